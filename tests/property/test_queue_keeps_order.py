"""Any sequence of queue operations: no task lost, order kept within a lock, no lock doubled."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memosd.domain.ids import TaskId
from memosd.domain.tasks import Again, Done, Failed, Outcome, State, Task
from memosd.ports.engine import Engine
from tests.support.bounded import BOUNDED
from tests.support.engines import ENGINES, Place, Places, opened
from tests.support.frozen import FrozenClock
from tests.support.records import LEASE, PROJECT, Records, batch

STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "add", "claim", "done", "failed", "again", "wait", "erase"]), st.integers(0, 7)),
    max_size=30,
)


class Queue:
    """The engine's queue beside a list of the unfinished tasks in order of arrival."""

    def __init__(self, engine: Engine, clock: FrozenClock) -> None:
        self.records = Records(engine.storage, engine.queue, engine.keys, {}, engine.files)
        self.clock = clock
        self.unfinished: list[Task] = []
        self.running: dict[str, Task] = {}
        self.users: dict[TaskId, str] = {}

    async def step(self, kind: str, number: int) -> None:
        user = f"user {number % 3}"
        if kind == "add":
            task = await self.records.accept(batch("x", user=user))
            self.unfinished.append(task)
            self.users[task.id] = user
        elif kind == "wait":
            self.clock.advance(LEASE / 3 * (number % 4))
        elif kind == "erase":
            await self.records.storage.erase_user(PROJECT, user)
            self._forget({id_ for id_, of in self.users.items() if of == user})
        elif kind == "claim":
            for task in await self.records.queue.claim(limit=1 + number % 3, lease=LEASE):
                assert task.id == next(one.id for one in self.unfinished if one.lock == task.lock), "out of order"
                self.running[task.lock] = task
        elif self.running:
            await self._settle(kind, sorted(self.running)[number % len(self.running)])

    async def _settle(self, kind: str, lock: str) -> None:
        outcomes: dict[str, Outcome] = {
            "done": Done(),
            "failed": Failed("x"),
            "again": Again(timedelta(seconds=5), "x"),
        }
        task = self.running.pop(lock)
        assert await self.records.queue.settle(task, outcomes[kind])
        if kind != "again":
            self._forget({task.id})

    def _forget(self, ids: set[TaskId]) -> None:
        self.unfinished = [task for task in self.unfinished if task.id not in ids]
        self.running = {lock: task for lock, task in self.running.items() if task.id not in ids}

    async def drain(self) -> None:
        """Everything that was not ended is still there, and comes in order."""
        self.clock.advance(timedelta(days=1))
        while self.unfinished:
            claimed = await self.records.queue.claim(limit=99, lease=LEASE)
            assert len({task.lock for task in claimed}) == len(claimed), "a lock was doubled"
            heads = {task.lock: task.id for task in reversed(self.unfinished)}
            assert {task.lock: task.id for task in claimed} == heads
            for task in claimed:
                assert await self.records.queue.settle(task, Done())
                record = await self.records.queue.record(PROJECT, task.id)
                assert record is not None
                assert record.state is State.DONE
            self._forget({task.id for task in claimed})
        assert await self.records.queue.claim(limit=99, lease=LEASE) == []


async def _run(place: Place, steps: list[tuple[str, int]]) -> None:
    clock = FrozenClock()
    async with opened(place, clock=clock) as engine:
        queue = Queue(engine, clock)
        for step in steps:
            await queue.step(*step)
        await queue.drain()


@pytest.mark.parametrize("kind", ENGINES)
@settings(BOUNDED, max_examples=40)
@given(steps=STEPS)
def test_the_queue_loses_doubles_and_reorders_nothing(places: Places, kind: str, steps: list[tuple[str, int]]) -> None:
    with places.new(kind) as place:
        asyncio.run(_run(place, steps))
