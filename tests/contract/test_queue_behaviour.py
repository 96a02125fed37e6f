"""What every task queue must do: order and exclusion for each lock, leases, outcomes, waking."""

import asyncio
from datetime import timedelta

import pytest

from memosd.domain.changes import Add
from memosd.domain.ids import TaskId
from memosd.domain.memories import Stage
from memosd.domain.tasks import Again, Done, Failed, Reembed, State, Task
from memosd.ports.storage import Backlog
from tests.support.frozen import FrozenClock
from tests.support.records import LEASE, MORNING, OTHER_PROJECT, PROJECT, Records, batch, content, memory_id, task_of

SOON = timedelta(seconds=5)
AT_ONCE = timedelta(0)


async def claim(records: Records, limit: int = 10) -> list[Task]:
    return await records.queue.claim(limit=limit, lease=LEASE)


async def names(records: Records, limit: int = 10) -> list[TaskId]:
    return [task.id for task in await claim(records, limit)]


async def test_a_task_waits_for_its_first_form(records: Records) -> None:
    for taken, drafts in (
        (batch("1"), [Add(memory_id(), content("tea", stage=Stage.DRAFT))]),
        (batch("2", user="bob"), []),
    ):
        task = task_of(taken)
        await records.storage.accept(taken, task=task, hold=SOON)
        assert await claim(records) == []
        assert await records.storage.draft(taken, drafts, task=task)
        assert await names(records) == [task.id]


async def test_a_task_waits_for_its_first_form_no_longer_than_said(records: Records, clock: FrozenClock) -> None:
    taken = batch("1")
    task = task_of(taken)
    await records.storage.accept(taken, task=task, hold=SOON)
    assert await claim(records) == []
    clock.advance(SOON)
    [claimed] = await claim(records)
    assert not await records.storage.draft(taken, [], task=task), "somebody is refining it"
    assert await records.queue.settle(claimed, Again(SOON, "later"))
    assert await records.storage.draft(taken, [], task=task)
    assert await claim(records) == [], "a task that is to be tried again later is not hurried"


async def test_one_task_of_a_lock_at_a_time_and_in_order(records: Records) -> None:
    first, second = await records.accept(batch("1")), await records.accept(batch("2"))
    other = await records.accept(batch("3", user="bob"))
    claimed = await claim(records)
    assert [task.id for task in claimed] == [first.id, other.id]
    assert [(task.job, task.lock, task.attempt) for task in claimed] == [
        (first.job, first.lock, 1),
        (other.job, other.lock, 1),
    ]
    assert claimed[0].lease != claimed[1].lease
    assert await claim(records) == []
    assert await records.queue.settle(claimed[0], Done("fine"))
    assert await names(records) == [second.id]


async def test_the_next_of_a_lock_can_be_seen_before_its_turn(records: Records) -> None:
    await records.accept(batch("1"))
    second = await records.accept(batch("2"))
    await records.accept(batch("3"))
    other = await records.accept(batch("4", user="bob"))
    first, alone = await claim(records)
    assert alone.id == other.id
    assert await records.queue.following(alone) is None
    seen = await records.queue.following(first)
    assert seen == second
    assert await claim(records) == []
    await records.queue.settle(first, Done())
    assert await names(records) == [second.id]


async def test_at_most_the_limit_is_claimed(records: Records) -> None:
    tasks = [await records.accept(batch("x", user=f"user {i}")) for i in range(4)]
    assert await names(records, 0) == []
    assert await names(records, 3) == [task.id for task in tasks[:3]]
    assert await names(records, 3) == [tasks[3].id]


@pytest.mark.parametrize(
    ("outcome", "state", "reason"),
    [(Done(), State.DONE, ""), (Done("nothing new"), State.DONE, "nothing new"), (Failed("why"), State.FAILED, "why")],
)
async def test_how_a_run_ended_is_kept(
    records: Records, clock: FrozenClock, outcome: Done | Failed, state: State, reason: str
) -> None:
    task = await records.claim(await records.accept(batch("x")))
    clock.advance(SOON)
    assert await records.queue.settle(task, outcome)
    record = await records.queue.record(PROJECT, task.id)
    assert record is not None
    assert (record.state, record.reason, record.attempt) == (state, reason, 1)
    assert (record.created_at, record.updated_at) == (MORNING, MORNING + SOON)
    assert await records.queue.record(OTHER_PROJECT, task.id) is None
    assert not await records.queue.settle(task, Done("again"))


async def test_a_task_to_be_tried_again_holds_its_lock_and_waits_its_time(records: Records, clock: FrozenClock) -> None:
    task = await records.claim(await records.accept(batch("1")))
    following = await records.accept(batch("2"))
    assert await records.queue.settle(task, Again(SOON, "model is away"))
    assert await claim(records) == []
    record = await records.queue.record(PROJECT, task.id)
    assert record is not None
    assert (record.state, record.reason) == (State.WAITING, "model is away")
    clock.advance(SOON)
    [again] = await claim(records)
    assert (again.id, again.attempt) == (task.id, 2)
    await records.queue.settle(again, Failed("for good"))
    assert await names(records) == [following.id]


async def test_a_run_that_does_not_count_is_as_if_it_never_was(records: Records) -> None:
    task = await records.claim(await records.accept(batch("1")))
    assert await records.queue.settle(task, Again(timedelta(0), "the worker was stopped", counts=False))
    [again] = await claim(records)
    assert (again.id, again.attempt) == (task.id, task.attempt)


async def test_an_expired_lease_is_lost_to_the_next_who_claims(records: Records, clock: FrozenClock) -> None:
    slow = await records.claim(await records.accept(batch("x")))
    clock.advance(LEASE)
    [fast] = await claim(records)
    assert (fast.id, fast.attempt) == (slow.id, 2)
    assert not await records.queue.settle(slow, Done())
    assert await records.queue.settle(fast, Done())


async def test_a_renewed_lease_holds_on(records: Records, clock: FrozenClock) -> None:
    task = await records.claim(await records.accept(batch("x")))
    clock.advance(LEASE / 2)
    await records.queue.renew([task], lease=LEASE)
    clock.advance(LEASE / 2)
    assert await claim(records) == []
    clock.advance(LEASE / 2)
    assert await names(records) == [task.id]


async def test_the_backlog_counts(records: Records, clock: FrozenClock) -> None:
    assert await records.queue.backlog() == Backlog(0, 0, 0, None)
    tasks = [await records.accept(batch("x", user=f"user {i}")) for i in range(4)]
    assert len(tasks) == 4
    failed, running = await claim(records, 2)
    await records.queue.settle(failed, Failed("why"))
    assert running.attempt == 1
    clock.advance(SOON)
    assert await records.queue.backlog() == Backlog(waiting=2, running=1, failed=1, oldest_waiting=MORNING)


async def test_waiting_ends_when_there_is_something_to_claim(records: Records, clock: FrozenClock) -> None:
    async with asyncio.timeout(20):
        waiting = asyncio.create_task(records.queue.wait(at_most=timedelta(minutes=5)))
        await asyncio.gather(waiting, records.accept(batch("1")))
        await records.queue.wait(at_most=timedelta(minutes=5))
        [task] = await claim(records)
        await records.accept(batch("2"))
        waiting = asyncio.create_task(records.queue.wait(at_most=timedelta(minutes=5)))
        await asyncio.gather(waiting, records.queue.settle(task, Done()))
        [task] = await claim(records)
        clock.advance(LEASE)
        await records.queue.wait(at_most=timedelta(minutes=5))


async def test_waiting_ends_after_its_time(records: Records) -> None:
    async with asyncio.timeout(20):
        await records.queue.wait(at_most=timedelta(milliseconds=10))
        await records.queue.wait(at_most=AT_ONCE)


async def test_finished_answers_when_the_task_has_ended(records: Records) -> None:
    task = await records.claim(await records.accept(batch("x")))
    async with asyncio.timeout(20):
        unfinished = await records.queue.finished(PROJECT, task.id, at_most=AT_ONCE)
        assert unfinished is not None
        assert unfinished.state is State.RUNNING
        waiting = asyncio.create_task(records.queue.finished(PROJECT, task.id, at_most=timedelta(minutes=5)))
        await asyncio.gather(waiting, records.queue.settle(task, Failed("why")))
        record = waiting.result()
        assert record is not None
        assert (record.state, record.reason) == (State.FAILED, "why")
        assert await records.queue.finished(PROJECT, task.id, at_most=timedelta(minutes=5)) == record
        assert await records.queue.finished(OTHER_PROJECT, task.id, at_most=timedelta(minutes=5)) is None


async def test_finished_hears_of_an_edit_and_of_a_deletion(records: Records) -> None:
    one, two = batch("1"), batch("2", user="bob")
    first = await records.claim(await records.accept(one))
    second = await records.accept(two)
    async with asyncio.timeout(20):
        waiting = [
            asyncio.create_task(records.queue.finished(PROJECT, task.id, at_most=timedelta(minutes=5)))
            for task in (first, second)
        ]
        await asyncio.gather(*waiting, records.apply(first, one), records.storage.erase_user(PROJECT, "bob"))
    done, gone = (task.result() for task in waiting)
    assert done is not None
    assert done.state is State.DONE
    assert gone is None


async def test_a_task_without_a_batch_is_queued_once_at_a_time(records: Records) -> None:
    task = Task(TaskId("task_a"), PROJECT, Reembed("model"), lock="embeddings")
    assert await records.queue.enqueue(task)
    assert not await records.queue.enqueue(Task(TaskId("task_b"), PROJECT, Reembed("model"), lock="embeddings"))
    [claimed] = await claim(records)
    assert (claimed.id, claimed.job) == (task.id, task.job)
    assert not await records.queue.enqueue(Task(TaskId("task_b"), PROJECT, Reembed("other"), lock="embeddings"))
    assert await records.queue.settle(claimed, Done())
    assert await records.queue.enqueue(Task(TaskId("task_b"), PROJECT, Reembed("other"), lock="embeddings"))
