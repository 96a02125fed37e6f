"""Posting lists that were read once are kept in step with what is written, whatever is still known of it."""

import random
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memosd.domain.changes import REPEATED, Add, Restore, Retire, Revise
from memosd.domain.ids import MemoryId
from memosd.domain.memories import Kind
from memosd.domain.scope import Owner, Reach
from memosd.engines.sqlite import SqliteEngine
from memosd.engines.sqlite.journal import Journal, Words
from memosd.engines.sqlite.postings import Postings, changed
from memosd.engines.sqlite.text import TextStatistics
from memosd.ports.storage import BY_REQUEST, Amendment
from tests.support.records import MORNING, PROJECT, Records, batch, content, memory_id

WORDS = ("tea", "milk", "rum", "茶")
NUMBERS = st.sets(st.integers(1, 30))


@given(NUMBERS, st.dictionaries(st.integers(1, 30), st.sampled_from([frozenset(), frozenset("a"), frozenset("ab")])))
def test_a_list_is_changed_as_a_set_is(numbers: set[int], written: Mapping[int, Words]) -> None:
    expected = (numbers - written.keys()) | {number for number, words in written.items() if "a" in words}
    found = changed(np.array(sorted(numbers), dtype=np.int64), "a", written)
    assert found.tolist() == sorted(expected)


def test_what_was_written_last_counts_and_what_is_forgotten_is_not_guessed() -> None:
    journal = Journal(most=3, most_of_owner=2)
    first, second = frozenset({"a"}), frozenset({"b"})
    journal.note(1, 7, {1: first, 2: first})
    journal.note(2, 7, {1: second})
    assert journal.since(7, 0) == {1: second, 2: first}
    assert journal.since(7, 1) == {1: second}
    assert journal.since(7, 2) == {}
    journal.note(3, 7, {3: first})  # one too many of this owner
    assert journal.since(7, 0) is None
    assert journal.since(7, 1) == {1: second, 3: first}
    journal.note(4, 8, {4: first, 5: first})  # one too many of all
    assert journal.since(7, 1) is None
    assert journal.since(7, 2) == {3: first}
    assert journal.since(8, 0) == {4: first, 5: first}


@pytest.mark.parametrize("most", [0, 2, 1_000])
async def test_frequencies_are_those_of_lists_read_anew(engine: SqliteEngine, records: Records, most: int) -> None:
    engine.database.journal = Journal(most=most)
    chance = random.Random(most)
    kinds, reach = frozenset({Kind.FACT, Kind.PREFERENCE}), [Reach(Owner.user("ann")), Reach(Owner.user("bob"))]
    live: list[tuple[MemoryId, str]] = []
    retired: list[tuple[MemoryId, str]] = []

    def some() -> dict[str, object]:
        words = chance.sample(WORDS, chance.randint(0, 3))
        return {"terms": words, "kind": chance.choice([Kind.FACT, Kind.PREFERENCE])}

    async def version(name: MemoryId) -> int:
        [memory] = await records.storage.memories(PROJECT, [name])
        return memory.version

    for _ in range(80):
        what = chance.choice(["add", "add", "revise", "retire", "restore", "erase"])
        user = chance.choice(["ann", "bob"])
        if what == "add" or not live:
            added = memory_id()
            await records.learn(batch("x", user=user), Add(added, content("x", **some())))  # type: ignore[arg-type]
            live.append((added, user))
        elif what == "revise":
            one, user = chance.choice(live)
            change = Revise(one, content("y", **some()), version=await version(one))  # type: ignore[arg-type]
            await records.learn(batch("x", user=user), change)
        elif what == "retire":
            one, user = live.pop(chance.randrange(len(live)))
            await records.learn(batch("x", user=user), Retire(one, because=REPEATED, version=await version(one)))
            retired.append((one, user))
        elif what == "restore" and retired:
            one, user = retired.pop()
            again = Restore(one, content("z", **some()), version=await version(one))  # type: ignore[arg-type]
            await records.storage.amend(Amendment(PROJECT, Owner.user(user), again, BY_REQUEST, MORNING))
            live.append((one, user))
        elif what == "erase":
            one, _ = live.pop(chance.randrange(len(live)))
            await engine.storage.erase_memories(PROJECT, [one])
        anew = TextStatistics(engine.database, Postings(engine.database, limit=1_000_000))
        expected = await anew.document_frequencies(PROJECT, reach, kinds, WORDS)
        assert await engine.statistics.document_frequencies(PROJECT, reach, kinds, WORDS) == expected
