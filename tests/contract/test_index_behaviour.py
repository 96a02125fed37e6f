"""What every index must do: find live memories within reach, filters and kinds, best first."""

import math
from datetime import timedelta

import numpy as np
import pytest

from memosd.domain.changes import REPEATED, Add, Retire
from memosd.domain.files import KnowledgeBase
from memosd.domain.filters import parse_filter
from memosd.domain.ids import KnowledgeBaseId
from memosd.domain.memories import Kind
from memosd.domain.scope import Owner, Reach
from memosd.domain.search import Span
from memosd.ports.engine import Engine
from tests.support.records import (
    MORNING,
    OTHER_PROJECT,
    PROJECT,
    Records,
    batch,
    content,
    memory_id,
    question,
    unit,
    vectors,
)

ANN, BOB = Reach(Owner.user("ann")), Reach(Owner.user("bob"))
INDEXES = ("text", "vector", "graph", "time")
DAY = timedelta(days=1)
TODAY = Span(MORNING - DAY, MORNING + DAY)


@pytest.mark.parametrize("index", INDEXES)
async def test_only_what_is_in_reach_is_found(records: Records, index: str) -> None:
    tea = content("tea", names=["tea"])
    await records.files.create_base(KnowledgeBase(KnowledgeBaseId("kb_1"), PROJECT, "teas", "", MORNING))
    knowledge = Owner.base("kb_1")
    [hers] = await records.remember(tea)
    [his] = await records.remember(tea, user="bob")
    [public] = await records.remember(tea, owner=Owner.public())
    [known] = await records.remember(tea, owner=knowledge)
    await records.remember(tea, project=OTHER_PROJECT)

    async def found(*reach: Reach) -> set[str]:
        return set(await records.found(index, question("tea", entities=["tea"], time=TODAY, reach=reach)))

    assert await found(ANN) == {hers}
    assert await found(BOB, Reach(Owner.public())) == {his, public}
    assert await found(Reach(knowledge)) == {known}
    assert await found(Reach(Owner.user("nobody"))) == set()
    assert await found() == set()


@pytest.mark.parametrize("index", INDEXES)
async def test_filters_and_kinds_are_exact_and_cost_no_recall(records: Records, index: str) -> None:
    wanted = content("tea with milk and much else besides", names=["tea"], tags=("wanted",), keys=("k",))
    [fact] = await records.remember(wanted)
    [preference] = await records.remember(content("tea", names=["tea"], tags=("wanted",), kind=Kind.PREFERENCE))
    better = [content("tea", names=["tea"], keys=()) for _ in range(40)]
    await records.remember(*better)
    reach = Reach(Owner.user("ann"), parse_filter({"and": [{"tags": {"contains": "wanted"}}]}))
    probe = question("tea", entities=["tea"], time=TODAY, reach=[reach], kinds=[Kind.FACT])
    assert await records.found(index, probe, limit=1) == [fact]
    both = question("tea", entities=["tea"], time=TODAY, reach=[reach])
    assert set(await records.found(index, both, limit=5)) == {fact, preference}
    assert await records.found(index, question("tea", entities=["tea"], time=TODAY, reach=[reach], kinds=[])) == []


@pytest.mark.parametrize("index", INDEXES)
@pytest.mark.parametrize("clause", [{"tags": {"contains": "wanted"}}, {"create_time": {"gte": "2025-01-01"}}])
async def test_what_passes_a_filter_follows_every_change(
    records: Records, index: str, clause: dict[str, dict[str, str]]
) -> None:
    tea = content("tea", names=["tea"], tags=("wanted",))
    reach = Reach(Owner.user("ann"), parse_filter({"and": [clause]}))
    probe = question("tea", entities=["tea"], time=TODAY, reach=[reach])
    [first] = await records.remember(tea)
    assert await records.found(index, probe) == [first]
    [second] = await records.remember(tea)
    assert set(await records.found(index, probe)) == {first, second}
    await records.storage.erase_memories(PROJECT, [first])
    assert await records.found(index, probe) == [second]
    await records.learn(batch("x"), Retire(second, because=REPEATED, version=1))
    assert await records.found(index, probe) == []


@pytest.mark.parametrize("index", INDEXES)
async def test_each_memory_once_though_reached_twice_and_at_most_the_limit(records: Records, index: str) -> None:
    ids = await records.remember(*(content("tea", names=["tea"]) for _ in range(5)))
    probe = question("tea", "tea", entities=["tea", " TEA"], time=TODAY, reach=[ANN, ANN])
    assert sorted(await records.found(index, probe)) == sorted(ids)
    assert len(await records.found(index, probe, limit=3)) == 3
    assert await records.found(index, probe, limit=0) == []


async def test_text_scores_by_the_weight_of_the_words(records: Records) -> None:
    both, common, rare = await records.remember(
        content("", terms=["茶", "喝", "喝", "喝"]), content("", terms=["茶"]), content("", terms=["喝", "绿茶"])
    )
    await records.remember(content("", terms=["茶"]))
    await records.remember(content("", terms=["绿茶"]), user="bob")
    scored = await records.indexes["text"].search(question("茶", "绿茶", "喝", "不"), limit=9)
    weight = {df: math.log(1 + (4 - df + 0.5) / (df + 0.5)) for df in (1, 2, 3)}
    expected = {rare: weight[1] + weight[2], both: weight[3] + weight[2], common: weight[3]}
    got = {one.id: one.score for one in scored}
    assert [one.id for one in scored][:2] == [rare, both]
    assert {id_: got[id_] for id_ in expected} == pytest.approx(expected)


async def test_text_takes_any_words_for_words(records: Records) -> None:
    [memory] = await records.remember(content("", terms=["and", "near", "c1", "não"]))
    assert await records.found("text", question("OR", '"', "x OR y", "*", "")) == []
    assert await records.found("text", question("near", "c1")) == [memory]
    assert await records.found("text", question("não")) == [memory]
    assert await records.found("text", question("nao")) == []
    assert await records.found("text", question()) == []


async def test_term_statistics_are_exact_for_each_owner(records: Records, engine: Engine) -> None:
    first, _ = await records.remember(content("tea tea milk"), content("tea"))
    await records.remember(content("tea"), user="bob")
    frequencies, facts = engine.statistics.document_frequencies, frozenset({Kind.FACT})
    assert await frequencies(PROJECT, [ANN], facts, ["tea", "milk", "rum", "?"]) == (
        2,
        {"tea": 2, "milk": 1, "rum": 0, "?": 0},
    )
    assert await frequencies(PROJECT, [ANN, BOB, ANN], facts, ["tea"]) == (3, {"tea": 3})
    await records.storage.erase_memories(PROJECT, [first])
    assert await frequencies(PROJECT, [ANN], facts, ["tea", "milk"]) == (1, {"tea": 1, "milk": 0})
    assert await frequencies(PROJECT, [Reach(Owner.user("nobody"))], facts, ["tea"]) == (0, {"tea": 0})


async def test_a_vector_scores_as_its_best_key_and_follows_every_change(records: Records) -> None:
    near, far = memory_id(), memory_id()
    await records.learn(
        batch("x"),
        Add(near, content("near", keys=("k", "l"))),
        Add(far, content("far")),
        vectors={near: vectors(unit(3), unit(1)), far: vectors(unit(1, 2))},
    )
    scored = await records.indexes["vector"].search(question(vector=unit(1)), limit=9)
    assert [one.id for one in scored] == [near, far]
    np.testing.assert_allclose([one.score for one in scored], [1, math.sqrt(0.5)], atol=1e-3)
    ids = []
    for axis in range(40):  # the matrix of the first search has to grow and to be swept
        added = Add(memory_id(), content("one more"))
        await records.learn(batch("x"), added, vectors={added.id: vectors(unit(axis % 8))})
        ids.append(added.id)
    await records.storage.erase_memories(PROJECT, ids[:-1])
    left = await records.found("vector", question(vector=unit(7)), limit=99)
    assert left[0] == ids[-1]
    assert set(left) == {near, far, ids[-1]}


async def test_vectors_of_another_model_are_never_compared(records: Records) -> None:
    await records.remember(content("tea"))
    assert await records.found("vector", question(model="another")) == []


async def test_the_graph_goes_one_hop_and_weaker_a_second(records: Records) -> None:
    direct, near, other = await records.remember(
        content("ann met Bob in Rome", names=["Bob", "Rome"]),
        content("Rome was hot", names=[" rome"]),
        content("tea", names=["tea"]),
    )
    scored = await records.indexes["graph"].search(question(entities=["BOB "]), limit=9)
    assert [one.id for one in scored] == [direct, near]
    assert scored[0].score > scored[1].score > 0
    assert other not in await records.found("graph", question(entities=["bob", "rome"]))
    assert await records.found("graph", question(entities=[])) == []
    assert await records.found("graph", question(entities=["", "nobody"])) == []


async def test_time_finds_what_was_said_or_held_then_nearest_first(records: Records) -> None:
    def at(days: float) -> timedelta:
        return timedelta(days=days)

    before = MORNING - at(400)
    said, held, began, over, later = await records.remember(
        content("said then", said_at=before),
        content("held then", holds_from=before - at(90), holds_until=before + at(90)),
        content("began long before", holds_from=before - at(300)),
        content("over by then", holds_from=before - at(300), holds_until=before - at(200)),
        content("later", said_at=before + at(50)),
    )
    span = Span(before - at(1), before + at(1))
    found = await records.found("time", question(time=span))
    assert found == [said, held, began]
    assert not {over, later} & set(found)
    assert await records.found("time", question()) == []
