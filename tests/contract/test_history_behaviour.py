"""History: every change is an event, what was believed at a time follows, and one memory can be amended."""

import hashlib
from datetime import datetime, timedelta

import pytest

from memosd.domain.changes import REPEATED, Add, Change, Restore, Retire, Revise
from memosd.domain.errors import Outdated
from memosd.domain.files import KnowledgeBase
from memosd.domain.filters import Field, FieldIs
from memosd.domain.history import Action, Cause, CauseKind
from memosd.domain.ids import KnowledgeBaseId, MemoryId, TaskId
from memosd.domain.memories import Kind
from memosd.domain.scope import Owner, Reach
from memosd.domain.tasks import Feedback, Task
from memosd.engines.common.events import PORTION
from memosd.ports.storage import Amendment, Edit
from tests.support.records import (
    MODEL,
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

ANN = (Reach(Owner.user("ann")),)
KEY = Cause(CauseKind.KEY, "key_1")
HOUR = timedelta(hours=1)
LATER = MORNING + HOUR


async def test_each_change_is_an_event_with_its_cause(records: Records) -> None:
    taken = batch("tea")
    task = await records.claim(await records.accept(taken))
    old, new, same = memory_id(), memory_id(), memory_id()
    changes = [Add(each, content("tea")) for each in (old, new, same)]
    await records.apply(task, taken, *changes)
    later = batch("more tea")
    next_task = await records.claim(await records.accept(later))
    changed: list[Change] = [
        Revise(new, content("more tea"), version=1),
        Retire(old, "superseded by a newer memory", new, version=1),
        Retire(same, REPEATED, new, version=1),
    ]
    await records.apply(next_task, later, *changed, at=LATER)

    story = await records.storage.history(PROJECT, new)
    assert [(e.action, e.before, e.after) for e in story] == [(Action.MADE, None, 1), (Action.REVISED, 1, 2)]
    assert [e.cause for e in story] == [Cause(CauseKind.MESSAGE, t.id) for t in (task, next_task)]
    [_, gone] = await records.storage.history(PROJECT, old)
    assert (gone.action, gone.before, gone.after, gone.other) == (Action.SUPERSEDED, 1, None, new)
    [_, merged] = await records.storage.history(PROJECT, same)
    assert merged.action is Action.MERGED
    done = await records.storage.done_by(PROJECT, next_task.id)
    assert [(kind, event.subject) for kind, event in done] == [(Kind.FACT, each) for each in (new, old, same)]
    assert await records.storage.history(OTHER_PROJECT, new) == []
    assert await records.storage.done_by(OTHER_PROJECT, next_task.id) == []


async def test_what_was_believed_at_a_time(records: Records) -> None:
    name = memory_id()
    await records.learn(batch("tea"), Add(name, content("tea", tags=("hot",))))
    await records.learn(batch("coffee"), Revise(name, content("coffee"), version=1), at=LATER)
    archived = Amendment(PROJECT, ANN[0].owner, Retire(name, "archived", version=2), KEY, LATER + HOUR)
    await records.storage.amend(archived)

    async def past(at: datetime, *reaches: Reach) -> list[tuple[str, int]]:
        found = await records.storage.believed(PROJECT, reaches or ANN, frozenset(Kind), at=at, limit=9)
        return [(memory.content.value, memory.version) for memory in found]

    assert await past(MORNING - HOUR) == []
    assert await past(MORNING) == [("tea", 1)]
    assert await past(LATER) == [("coffee", 2)]
    assert await past(LATER + HOUR) == []
    assert await past(MORNING, Reach(ANN[0].owner, FieldIs(Field.TAGS, "hot"))) == [("tea", 1)]
    assert await past(LATER, Reach(ANN[0].owner, FieldIs(Field.TAGS, "hot"))) == [], "as it was labelled then"
    assert await past(MORNING, Reach(Owner.user("bob"))) == []
    assert await records.storage.believed(PROJECT, ANN, frozenset({Kind.SKILL}), at=LATER, limit=9) == []


async def test_the_newest_of_each_reach_that_pass_are_believed(records: Records) -> None:
    """Neither many of another owner nor many that the filter keeps out take the place of what is asked for."""
    public = Owner.public()
    for value, kind, tags in (("old", Kind.FACT, ("x",)), ("skill", Kind.SKILL, ("x",)), ("older", Kind.FACT, ())):
        await records.learn(batch(value), Add(memory_id(), content(value, kind=kind, tags=tags)))
    await records.learn(batch("for all", owner=public), Add(memory_id(), content("for all")))
    added = [Add(memory_id(), content(f"{n}")) for n in range(PORTION + 1)]
    await records.learn(batch("much"), *added)

    async def past(*reaches: Reach, kind: Kind = Kind.FACT, limit: int = 2) -> list[str]:
        found = await records.storage.believed(PROJECT, reaches, frozenset({kind}), at=MORNING, limit=limit)
        return [memory.content.value for memory in found]

    tagged = Reach(ANN[0].owner, FieldIs(Field.TAGS, "x"))
    assert await past(*ANN, Reach(public)) == [f"{PORTION}", f"{PORTION - 1}", "for all"]
    assert await past(tagged) == ["old"]
    assert await past(tagged, *ANN, limit=1) == ["old", f"{PORTION}"]
    assert await past(*ANN, kind=Kind.SKILL) == ["skill"]
    assert len(await past(*ANN, limit=PORTION + 2)) == PORTION + 2


async def test_a_memory_is_amended_only_as_it_stands(records: Records) -> None:
    [name] = await records.remember(content("tea"))
    owner = Owner.user("ann")
    retire, restore = Retire(name, "archived", version=1), Restore(name, content("green tea"), version=1)

    async def amend(change: Revise | Retire | Restore, whose: Owner = owner) -> None:
        await records.storage.amend(Amendment(PROJECT, whose, change, KEY, LATER, vectors(unit(0)), MODEL))

    async def refused(change: Revise | Retire | Restore, whose: Owner = owner) -> None:
        with pytest.raises(Outdated):
            await amend(change, whose)

    await refused(restore)  # it is not retired
    await refused(retire, Owner.user("bob"))
    await refused(Retire(MemoryId("mem_none"), "archived", version=1))
    await amend(retire)
    assert await records.found_anywhere(question("tea")) == set()
    await refused(Revise(name, content("black tea"), version=1))  # it is retired
    await refused(Restore(name, content("black tea"), version=2))
    await amend(restore)
    await refused(Revise(name, content("black tea"), version=1))
    await refused(Retire(name, "archived", version=1))
    assert await records.found_anywhere(question("tea")) == {name}
    [memory] = await records.storage.memories(PROJECT, [name])
    assert (memory.content.value, memory.version, memory.retired_because) == ("green tea", 2, None)
    story = await records.storage.history(PROJECT, name)
    assert [event.action for event in story] == [Action.MADE, Action.RETIRED, Action.RESTORED]
    assert story[-1].cause == KEY


async def test_a_deletion_leaves_a_receipt_and_nothing_else(records: Records) -> None:
    [name] = await records.remember(content("tea"))
    await records.storage.erase_memories(PROJECT, [name], by=KEY)
    [receipt] = await records.storage.history(PROJECT, name)
    assert (receipt.action, receipt.cause, receipt.before, receipt.after) == (Action.DELETED, KEY, None, None)

    await records.remember(content("coffee"))
    await records.storage.erase_user(PROJECT, "ann", by=KEY)
    subject = f"user/{hashlib.sha256(b'ann').hexdigest()}"
    [receipt] = await records.storage.history(PROJECT, subject)
    assert (receipt.action, receipt.cause) == (Action.DELETED, KEY)
    assert await records.storage.believed(PROJECT, ANN, frozenset(Kind), at=LATER, limit=9) == []


async def test_feedback_writes_where_its_owners_say(records: Records) -> None:
    base, gone = Owner.base("handbook"), Owner.base("torn up")
    await records.files.create_base(KnowledgeBase(KnowledgeBaseId(base.id), PROJECT, "Handbook", "", MORNING))
    taken = batch("the limit is 600")
    waiting = Task(TaskId("task_feedback"), PROJECT, Feedback(taken.id, ("handbook",)), f"{PROJECT}/{taken.owner}")
    await records.storage.accept(taken, task=waiting)
    task = await records.claim(waiting)
    assert task.job == waiting.job
    name, late = memory_id(), memory_id()
    changes = (Add(name, content("limit 600")), Add(late, content("limit 600")))
    rows = {each: vectors(unit(0)) for each in (name, late)}
    edit = Edit(task, taken, changes, rows, MODEL, LATER, owners={name: base, late: gone})
    assert await records.storage.apply(edit)
    assert await records.found_anywhere(question("limit")) == set()
    assert await records.found_anywhere(question("limit", reach=[Reach(base), Reach(gone)])) == {name}
    assert await records.storage.history(PROJECT, late) == []
    [made] = await records.storage.history(PROJECT, name)
    assert made.cause == Cause(CauseKind.FEEDBACK, task.id)
