"""The worker's loop: claims, runs side by side, settles, and survives what goes wrong."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from memosd.domain.errors import Invalid, StorageUnavailable
from memosd.domain.ids import TaskId
from memosd.domain.tasks import Again, Done, Failed, Outcome, State, Task
from memosd.worker import LIVES, Worker
from tests.flows.conftest import PROJECT, Memosd

LONG = timedelta(seconds=30)

Run = Callable[[Task], Awaitable[Outcome | None]]


@asynccontextmanager
async def working(memosd: Memosd, run: Run, **more: object) -> AsyncIterator[Worker]:
    worker = Worker(memosd.engine.queue, run, **more)  # type: ignore[arg-type]
    loop = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        loop.cancel()
        with pytest.raises(asyncio.CancelledError):
            await loop


async def ended(memosd: Memosd, task: TaskId) -> tuple[State, str]:
    record = await memosd.engine.queue.finished(PROJECT, task, at_most=LONG)
    assert record is not None
    return record.state, record.reason


async def test_what_comes_in_is_worked_on(memosd: Memosd) -> None:
    async with working(memosd, memosd.worker.remember):
        task = await memosd.say(("user", "I keep bees on the roof."))
        assert await ended(memosd, task) == (State.DONE, "")
    assert len((await memosd.ask("bees")).facts) == 1


async def test_owners_run_side_by_side_and_one_owner_in_order(memosd: Memosd) -> None:
    started: list[TaskId] = []
    two, gate = asyncio.Event(), asyncio.Event()

    async def run(task: Task) -> Outcome:
        started.append(task.id)
        if len(started) == 2:
            two.set()
        await gate.wait()
        return Done()

    async with working(memosd, run, concurrency=2):
        first = await memosd.say(("user", "I keep bees."), user="ana")
        second = await memosd.say(("user", "I keep wasps."), user="ana")
        other = await memosd.say(("user", "I keep ants."), user="bob")
        await two.wait()
        assert set(started) == {first, other}
        gate.set()
        assert [(await ended(memosd, task))[0] for task in (first, second, other)] == [State.DONE] * 3
    assert started.index(first) < started.index(second)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (KeyError("a bug"), "internal fault; the server's log has the details under this task's id"),
        (Invalid("messages[0]: cannot be read"), "messages[0]: cannot be read"),
    ],
)
async def test_what_cannot_pass_fails_the_task_and_not_the_worker(
    memosd: Memosd, error: Exception, reason: str
) -> None:
    async def run(task: Task) -> Outcome:
        if task.id == broken:
            raise error
        return Done()

    broken = await memosd.say(("user", "I keep bees."))
    async with working(memosd, run):
        assert await ended(memosd, broken) == (State.FAILED, reason)
        after = await memosd.say(("user", "I keep wasps."))
        assert await ended(memosd, after) == (State.DONE, "")


async def test_a_cause_that_may_pass_is_given_up_after_the_last_attempt(memosd: Memosd) -> None:
    async def run(_: Task) -> Outcome:
        raise StorageUnavailable("the disk is full")

    task = await memosd.say(("user", "I keep bees."))
    async with working(memosd, run, attempts=1):
        assert await ended(memosd, task) == (State.FAILED, "the disk is full")


async def test_a_task_whose_process_ends_every_time_is_given_up(memosd: Memosd) -> None:
    task = await memosd.say(("user", "I keep bees."))
    await memosd.accept.settled()
    for _ in range(LIVES):
        [claimed] = await memosd.engine.queue.claim(limit=1, lease=timedelta(0))  # nobody settles it
        assert not isinstance(await Worker(memosd.engine.queue, done, attempts=1).outcome(claimed), Failed)
    async with working(memosd, done, attempts=1):
        state, reason = await ended(memosd, task)
    assert state is State.FAILED
    assert "the process ended before it did" in reason


async def test_a_worker_that_is_stopped_uses_up_no_attempt(memosd: Memosd) -> None:
    begun, never = asyncio.Event(), asyncio.Event()

    async def run(_: Task) -> Outcome:
        begun.set()
        await never.wait()
        return Done()

    task = await memosd.say(("user", "I keep bees."))
    for _ in range(3):
        begun.clear()
        async with working(memosd, run):
            await begun.wait()
    record = await memosd.engine.queue.record(PROJECT, task)
    assert record is not None
    assert (record.state, record.attempt) == (State.WAITING, 0)


async def done(_: Task) -> Outcome:
    return Done()


async def test_a_lease_is_renewed_while_the_task_runs(memosd: Memosd) -> None:
    renewed = asyncio.Event()
    renew = memosd.engine.queue.renew

    async def noticed(tasks: tuple[Task, ...], *, lease: timedelta) -> None:
        await renew(tasks, lease=lease)
        if tasks:
            renewed.set()

    async def run(_: Task) -> Outcome:
        await renewed.wait()
        return Done()

    memosd.engine.queue.renew = noticed  # type: ignore[method-assign,assignment]
    task = await memosd.say(("user", "I keep bees."))
    async with working(memosd, run, lease=timedelta(milliseconds=30)):
        assert (await ended(memosd, task))[0] is State.DONE


async def test_an_idle_slot_prepares_what_waits_for_its_turn(memosd: Memosd) -> None:
    order: list[tuple[str, TaskId]] = []
    prepared = asyncio.Event()

    async def prepare(task: Task) -> None:
        order.append(("prepare", task.id))
        prepared.set()

    async def run(task: Task) -> Outcome:
        order.append(("run", task.id))
        if task.id == first:
            await prepared.wait()
        return Done()

    first = await memosd.say(("user", "I keep bees."))
    second = await memosd.say(("user", "I keep wasps."))
    async with working(memosd, run, prepare=prepare, concurrency=2):
        assert (await ended(memosd, second))[0] is State.DONE
    assert order == [("run", first), ("prepare", second), ("run", second)]


async def test_what_was_read_before_its_turn_is_not_read_again(memosd: Memosd) -> None:
    await memosd.say(("user", "I keep bees on the roof."))
    task = await memosd.say(("user", "我在屋顶养蜂。"))
    await memosd.accept.settled()
    [first] = await memosd.engine.queue.claim(limit=1, lease=LONG)
    following = await memosd.engine.queue.following(first)
    assert following is not None
    await memosd.remember.prepare(following)
    embedded = list(memosd.embedder.texts)
    assert any("屋顶养蜂" in text for text in embedded)
    await memosd.engine.queue.settle(first, Done())
    assert await memosd.drain() == 1
    assert memosd.embedder.texts == embedded
    assert await ended(memosd, task) == (State.DONE, "")
    assert len((await memosd.ask("养蜂")).facts) >= 1


async def test_what_failed_before_its_turn_is_tried_again(memosd: Memosd) -> None:
    await memosd.say(("user", "I keep bees."))
    task = await memosd.say(("user", "I keep wasps."))
    await memosd.accept.settled()
    [first] = await memosd.engine.queue.claim(limit=1, lease=LONG)
    following = await memosd.engine.queue.following(first)
    assert following is not None
    storage = memosd.remember.storage
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(type(storage), "batch", unavailable)
        await memosd.remember.prepare(following)
    await memosd.engine.queue.settle(first, Done())
    [claimed] = await memosd.engine.queue.claim(limit=1, lease=LONG)
    outcome = await memosd.worker.outcome(claimed)
    assert isinstance(outcome, Again)
    assert outcome.reason == "the disk is full"
    assert await memosd.worker.outcome(claimed) is None
    assert await ended(memosd, task) == (State.DONE, "")


async def unavailable(*_: object) -> None:
    raise StorageUnavailable("the disk is full")
