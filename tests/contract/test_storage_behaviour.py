"""What every record database must do: accepting, reading back, changing, keeping history."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from memosd.domain.changes import Add, Restore, Retire, Revise
from memosd.domain.errors import Outdated
from memosd.domain.filters import parse_filter
from memosd.domain.ids import BatchId, MemoryId
from memosd.domain.memories import Entity, Kind, Stage, View
from memosd.domain.messages import Role
from memosd.domain.scope import Owner, OwnerKind, Reach
from memosd.domain.tasks import Done, State
from memosd.ports.storage import BY_REQUEST, Amendment
from tests.support.records import (
    MODEL,
    MORNING,
    OTHER_PROJECT,
    PROJECT,
    Records,
    batch,
    content,
    memory_id,
    message,
    question,
    unit,
    vectors,
)

ANN = (Reach(Owner.user("ann")),)


async def test_a_batch_reads_back_as_it_was_accepted(records: Records) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "北京"}'}}
    taken = batch(
        message("我下周去北京 🚄"),
        message("", role=Role.ASSISTANT),
        message('{"°C": 21}', role=Role.TOOL),
        agent="agent",
        app="app",
        tags=("travel", "旅行"),
        info={"scene": "chat", "level": 3, "ratio": 0.5, "places": ("北京", "Berlin")},
        owner=Owner(OwnerKind.KNOWLEDGE_BASE, "kb_1"),
    )
    first, second, third = taken.messages
    taken = replace(taken, messages=(first, replace(second, tool_calls=(call,)), replace(third, tool_call_id="call_1")))
    await records.accept(taken)
    assert await records.storage.batch(taken.id) == taken


async def test_an_unknown_batch_is_none(records: Records) -> None:
    assert await records.storage.batch(BatchId("batch_x")) is None


async def test_drafts_are_found_at_once(records: Records) -> None:
    taken = batch("I like green tea", agent="agent", info={"scene": "chat"})
    draft = Add(
        memory_id(),
        content("ann likes green tea", sources=taken.messages, names=["Green Tea"], stage=Stage.DRAFT, tags=("drink",)),
    )
    await records.accept(taken, draft)
    assert await records.found("text", question("tea")) == [draft.id]
    assert await records.found("graph", question(entities=["green tea"])) == [draft.id]
    assert await records.found("vector", question()) == []
    [memory] = await records.storage.memories(PROJECT, [draft.id])
    assert memory.content == draft.content
    assert (memory.user, memory.owner, memory.conversation) == ("ann", Owner.user("ann"), "c1")
    assert (memory.agent, memory.app, memory.info) == ("agent", None, {"scene": "chat"})
    assert (memory.created_at, memory.updated_at, memory.version) == (MORNING, MORNING, 1)
    assert memory.active


async def test_everything_of_a_content_is_kept(records: Records) -> None:
    taken = batch("她搬到了上海")
    full = content(
        "安娜搬到了上海",
        sources=taken.messages,
        terms=["安娜", "上海", "上海", "搬"],
        kind=Kind.PREFERENCE,
        keys=("她搬到了上海", "搬家"),
        tags=("home", "家"),
        view=View.ASSISTANT,
        language="zh",
        confidence=0.25,
        said_at=MORNING + timedelta(microseconds=1),
        holds_from=MORNING - timedelta(days=400),
        holds_until=MORNING + timedelta(days=4000),
        detail={"preference_type": "explicit", "reasoning": "她说过", "score": 0.5, "list": [1, None]},
    )
    full = replace(full, entities=(Entity("person", "安娜"), Entity("place", " Shanghai ")))
    add = Add(memory_id(), full)
    await records.learn(taken, add)
    [memory] = await records.storage.memories(PROJECT, [add.id])
    assert memory.content == full


async def test_memories_come_in_the_order_asked_and_only_of_the_project(records: Records) -> None:
    first, second = await records.remember(content("one"), content("two"))
    [foreign] = await records.remember(content("three"), project=OTHER_PROJECT)
    found = await records.storage.memories(PROJECT, [second, foreign, MemoryId("mem_x"), first])
    assert [memory.id for memory in found] == [second, first]


async def test_messages_are_scoped_by_project(records: Records) -> None:
    taken, foreign = batch("hello"), batch("bonjour", project=OTHER_PROJECT)
    await records.accept(taken)
    await records.accept(foreign)
    ours, theirs = taken.messages[0], foreign.messages[0]
    assert await records.storage.messages(PROJECT, [ours.id, theirs.id]) == {ours.id: ours}


async def test_a_conversation_is_its_last_messages_in_order_of_time(records: Records) -> None:
    late = message("late", said_at=MORNING + timedelta(hours=1))
    early = message("early", said_at=MORNING - timedelta(hours=1))
    now = [message("system", role=Role.SYSTEM), message("now"), message("at the same time", role=Role.ASSISTANT)]
    await records.accept(batch(late))
    await records.accept(batch(early, *now))
    await records.accept(batch("elsewhere", conversation="c2"))
    await records.accept(batch("another's", user="bob"))
    roles = (Role.USER, Role.ASSISTANT)
    found = await records.storage.conversation(PROJECT, "ann", "c1", roles=roles, limit=10)
    assert [one.text for one in found] == ["early", "now", "at the same time", "late"]
    last = await records.storage.conversation(PROJECT, "ann", "c1", roles=roles, limit=2)
    assert [one.text for one in last] == ["at the same time", "late"]


async def test_talk_before_is_what_arrived_before_the_batch(records: Records) -> None:
    taken = [batch("one", "two"), batch("three"), batch("four")]
    for one in taken:
        await records.accept(one)
    await records.accept(batch("elsewhere", conversation="c2"))
    assert [one.text for one in await records.storage.talk_before(taken[2], limit=2)] == ["two", "three"]
    assert [one.text for one in await records.storage.talk_before(taken[1], limit=9)] == ["one", "two"]
    assert await records.storage.talk_before(taken[0], limit=9) == []


async def test_talk_before_is_for_the_same_owner(records: Records) -> None:
    private, shared = batch("for myself"), batch("for everybody", owner=Owner.public())
    base = batch("for a base", owner=Owner.base("kb_a"))
    for one in (private, shared, base):
        await records.accept(one)
    for owner, before in ((None, "for myself"), (Owner.public(), "for everybody"), (Owner.base("kb_a"), "for a base")):
        following = batch("forty, not a cent more", owner=owner)
        await records.accept(following)
        assert [one.text for one in await records.storage.talk_before(following, limit=9)] == [before]


async def test_copies_for_other_owners_have_no_talk_before_them(records: Records) -> None:
    """They are of no conversation: what else went to the same base may be of any."""
    owner = Owner.base("kb_a")
    await records.accept(batch("from the board", owner=owner, conversation=""))
    following = batch("from the canteen", owner=owner, conversation="")
    await records.accept(following)
    assert await records.storage.talk_before(following, limit=9) == []


async def test_made_from_finds_live_memories_by_their_messages(records: Records) -> None:
    taken = batch("one", "two", "three")
    one, two, three = taken.messages
    adds = [
        Add(memory_id(), content("a", sources=[one, two])),
        Add(memory_id(), content("b", sources=[two])),
        Add(memory_id(), content("c", sources=[three])),
    ]
    await records.learn(taken, *adds)
    other = batch("x")
    await records.learn(other, Retire(adds[1].id, "outdated", version=1))
    found = await records.storage.made_from(PROJECT, [two.id, one.id])
    assert [memory.id for memory in found] == [adds[0].id]
    assert await records.storage.made_from(OTHER_PROJECT, [one.id]) == []
    found = await records.storage.made_from(PROJECT, [two.id], retired=True)
    assert [memory.id for memory in found] == [adds[0].id, adds[1].id]


async def test_a_revision_takes_the_drafts_place_under_its_id(records: Records) -> None:
    taken = batch("I live in Berlin")
    draft = Add(memory_id(), content("i live in berlin", sources=taken.messages, names=["I"], stage=Stage.DRAFT))
    task = await records.claim(await records.accept(taken, draft))
    refined = content(
        "ann lives in germany", sources=taken.messages, names=["Germany"], keys=("where ann lives", "germany")
    )
    later = MORNING + timedelta(minutes=1)
    embedded = {draft.id: vectors(unit(1), unit(2))}
    assert await records.apply(
        task, taken, Revise(draft.id, refined, version=1), at=later, vectors=embedded, note="1 refined"
    )
    assert await records.found("text", question("germany")) == [draft.id]
    assert await records.found("text", question("berlin")) == []
    assert await records.found("graph", question(entities=["i"])) == []
    assert await records.found("graph", question(entities=["GERMANY "])) == [draft.id]
    assert await records.found("vector", question(vector=unit(2))) == [draft.id]
    [memory] = await records.storage.memories(PROJECT, [draft.id])
    assert (memory.version, memory.created_at, memory.updated_at) == (2, MORNING, later)
    old, new = await records.storage.versions(PROJECT, draft.id)
    assert (old.version, old.content, old.updated_at) == (1, draft.content, MORNING)
    assert new == memory
    record = await records.queue.record(PROJECT, task.id)
    assert record is not None
    assert (record.state, record.reason) == (State.DONE, "1 refined")


async def test_a_retired_memory_leaves_search_and_stays_in_the_history(records: Records) -> None:
    [old] = await records.remember(content("ann lives in berlin", names=["berlin"]))
    new = Add(memory_id(), content("ann lives in paris", names=["paris"]))
    later = MORNING + timedelta(days=1)
    await records.learn(batch("I moved"), Retire(old, "superseded", new.id, version=1), new, at=later)
    probe = question("berlin", "lives", entities=["berlin", "paris"])
    assert await records.found_anywhere(probe) == {new.id}
    [memory] = await records.storage.memories(PROJECT, [old])
    assert (memory.retired_at, memory.retired_because, memory.replaced_by) == (later, "superseded", new.id)
    assert not memory.active
    page = await records.storage.browse(PROJECT, "ann", reach=ANN, kinds=frozenset(Kind), offset=0, limit=9)
    assert [one.id for one in page.memories] == [new.id]
    assert await records.storage.versions(PROJECT, old) == [memory]


async def test_the_first_retirement_counts_and_the_retired_are_not_revised(records: Records) -> None:
    [old] = await records.remember(content("ann lives in berlin"))
    await records.learn(
        batch("x"),
        Retire(old, "first", version=1),
        Retire(old, "second", version=1),
        Revise(old, content("ann in rome"), version=1),
    )
    [memory] = await records.storage.memories(PROJECT, [old])
    assert (memory.retired_because, memory.version) == ("first", 1)
    assert await records.found_anywhere(question("rome", "berlin")) == set()


async def test_an_edit_changes_its_own_owners_memories_only(records: Records) -> None:
    [hers] = await records.remember(content("ann likes tea"))
    taken = batch("x", user="bob")
    task = await records.claim(await records.accept(taken))
    for change in (Retire(hers, "never", version=1), Revise(hers, content("bob was here"), version=1)):
        with pytest.raises(Outdated):
            await records.apply(task, taken, change)
    [memory] = await records.storage.memories(PROJECT, [hers])
    assert memory.active
    assert memory.version == 1


@pytest.mark.parametrize("meanwhile", ["revised", "retired", "restored", "deleted"])
async def test_an_edit_made_from_what_has_changed_since_is_refused_whole(records: Records, meanwhile: str) -> None:
    tea, milk = await records.remember(content("tea"), content("milk"))
    taken = batch("x")
    task = await records.claim(await records.accept(taken))

    async def amend(change: Revise | Retire | Restore) -> None:
        amendment = Amendment(PROJECT, Owner.user("ann"), change, BY_REQUEST, MORNING, vectors(unit(0)), MODEL)
        await records.storage.amend(amendment)

    if meanwhile == "revised":
        await amend(Revise(tea, content("green tea"), version=1))
    elif meanwhile == "deleted":
        await records.storage.erase_memories(PROJECT, [tea])
    else:
        await amend(Retire(tea, "archived", version=1))
    if meanwhile == "restored":
        await amend(Restore(tea, content("tea"), version=1))
    before = await records.storage.memories(PROJECT, [tea, milk])

    added = Add(memory_id(), content("coffee"))
    for change in (Revise(tea, content("black tea"), version=1), Retire(tea, "superseded", added.id, version=1)):
        with pytest.raises(Outdated):
            await records.apply(task, taken, added, Revise(milk, content("oat milk"), version=1), change)
    assert await records.storage.memories(PROJECT, [tea, milk, added.id]) == before
    assert await records.found("text", question("coffee", "oat", "black")) == []
    assert await records.apply(task, taken, added), "the task is still ours to run"


async def test_the_changes_of_one_edit_to_one_memory_name_the_version_before_it(records: Records) -> None:
    [tea] = await records.remember(content("tea"))
    added = Add(memory_id(), content("coffee"))
    revised, retired = Revise(tea, content("green tea"), version=1), Retire(tea, "superseded", added.id, version=1)
    await records.learn(batch("x"), added, revised, retired, Retire(added.id, "at once", version=1))
    old, new = await records.storage.memories(PROJECT, [tea, added.id])
    assert (old.version, old.retired_because, old.content.value) == (2, "superseded", "green tea")
    assert (new.version, new.retired_because) == (1, "at once")


async def test_nothing_is_applied_without_the_lease(records: Records) -> None:
    taken = batch("x")
    unclaimed = await records.accept(taken)
    add = Add(memory_id(), content("ann likes tea"))
    assert not await records.apply(unclaimed, taken, add)
    task = await records.claim(unclaimed)
    assert await records.apply(task, taken, add)
    assert not await records.apply(task, taken, Add(memory_id(), content("ann likes tea twice")))
    assert await records.found("text", question("tea")) == [add.id]


async def test_an_edit_is_applied_whole_or_not_at_all(records: Records) -> None:
    [known] = await records.remember(content("ann likes tea"))
    taken = batch("x")
    task = await records.claim(await records.accept(taken))
    with pytest.raises(Exception, match=r"(?i)unique"):
        await records.apply(task, taken, Add(memory_id(), content("tea too")), Add(known, content("the same id")))
    assert await records.found("text", question("tea")) == [known]
    assert await records.apply(task, taken)


async def test_vectors_must_fit_the_content(records: Records) -> None:
    taken = batch("x")
    task = await records.claim(await records.accept(taken))
    add = Add(memory_id(), content("tea", keys=("two", "three", "four")))
    with pytest.raises(ValueError, match="3 keys"):
        await records.apply(task, taken, add, vectors={add.id: vectors(unit(0))})


async def test_ranked_gives_vectors_and_neighbours(records: Records) -> None:
    taken = batch("one", "two", "three")
    first, second, third = memory_id(), memory_id(), memory_id()
    await records.learn(
        taken,
        Add(third, content("third"), after=second),
        Add(first, content("first", keys=("a key", "another"))),
        Add(second, content("second"), after=first),
        vectors={first: vectors(unit(0), unit(1, 2))},
    )
    draft = Add(memory_id(), content("fourth", stage=Stage.DRAFT), after=third)
    await records.accept(batch("four"), draft)
    ids = [draft.id, second, first, third]
    ranked = {one.memory.id: one for one in await records.storage.ranked(PROJECT, ids, model=MODEL)}
    assert list(ranked) == ids
    assert [ranked[each].before for each in (first, second, third, draft.id)] == [None, first, second, third]
    assert ranked[draft.id].vectors.shape[0] == 0
    np.testing.assert_allclose(ranked[first].vectors, vectors(unit(0), unit(1, 2)), atol=1e-3)
    assert ranked[first].vectors.dtype == np.float32
    other = await records.storage.ranked(PROJECT, [first], model="another")
    assert other[0].vectors.shape[0] == 0
    assert await records.storage.ranked(OTHER_PROJECT, ids, model=MODEL) == []


async def test_ranked_names_a_neighbour_that_was_not_asked_for(records: Records) -> None:
    taken = batch("one", "two")
    first, second = memory_id(), memory_id()
    await records.learn(taken, Add(first, content("first")), Add(second, content("second"), after=first))
    [ranked] = await records.storage.ranked(PROJECT, [second], model=MODEL)
    assert ranked.before == first


async def test_browsing_pages_newest_first_within_reach_kind_and_user(records: Records) -> None:
    ids = []
    for day in range(5):
        add = Add(memory_id(), content(f"day {day}", tags=("even",) if day % 2 == 0 else ()))
        await records.learn(batch("x"), add, at=MORNING + timedelta(days=day))
        ids.append(add.id)
    [preference] = await records.remember(content("tea", kind=Kind.PREFERENCE))
    [public] = await records.remember(content("ours", tags=("even",)), owner=Owner.public())
    await records.remember(content("bob's"), owner=Owner.public(), user="bob")
    facts = frozenset({Kind.FACT})
    page = await records.storage.browse(PROJECT, "ann", reach=ANN, kinds=facts, offset=1, limit=2)
    assert page.total == 5
    assert [memory.id for memory in page.memories] == [ids[3], ids[2]]
    even = parse_filter({"and": [{"tags": {"contains": "even"}}]})
    both = (Reach(Owner.user("ann"), even), Reach(Owner.public()))
    page = await records.storage.browse(PROJECT, "ann", reach=both, kinds=facts, offset=0, limit=9)
    assert [memory.id for memory in page.memories] == [ids[4], ids[2], public, ids[0]]
    kinds = frozenset({Kind.PREFERENCE})
    page = await records.storage.browse(PROJECT, "ann", reach=ANN, kinds=kinds, offset=0, limit=9)
    assert [memory.id for memory in page.memories] == [preference]


async def test_many_writers_at_once_all_succeed_alone(records: Records) -> None:
    good = [batch(f"message {i}", user=f"user {i % 3}") for i in range(50)]
    twice = batch("twice")
    await records.accept(twice)
    results = await asyncio.gather(
        *(records.accept(one) for one in good[:25]),
        records.accept(twice),
        *(records.accept(one) for one in good[25:]),
        return_exceptions=True,
    )
    assert [isinstance(result, Exception) for result in results] == [i == 25 for i in range(51)]
    assert all([await records.storage.batch(one.id) == one for one in good])


async def test_a_first_form_is_not_written_while_somebody_else_refines(records: Records) -> None:
    taken = batch("tea")
    task = await records.accept(taken)
    running = await records.claim(task)
    draft = [Add(memory_id(), content("tea", sources=taken.messages, stage=Stage.DRAFT))]
    assert not await records.storage.draft(taken, draft, task=task)
    assert await records.storage.made_from(PROJECT, [m.id for m in taken.messages]) == []
    assert await records.storage.draft(taken, draft, task=running)
    assert [m.id for m in await records.storage.made_from(PROJECT, [m.id for m in taken.messages])] == [draft[0].id]
    await records.queue.settle(running, Done())
    assert not await records.storage.draft(taken, draft, task=running)
