"""Claim tasks, run them, settle them. The only loop in the program."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from memosd.domain.errors import MemosdError
from memosd.domain.tasks import Again, Failed, Outcome, Task
from memosd.ports.storage import TaskQueue

log = logging.getLogger(__name__)

IDLE = timedelta(seconds=5)
BREATH = 0.01
"""Seconds that an idle worker lets pass before it begins, so that those who brought the work are answered first."""
MAX_BACK_OFF = 300.0
LIVES = 2
"""Times `attempts`: so many runs has a task which never fails but is claimed once more each time, since whoever ran it
is gone. It may be what ends them."""


@dataclass(slots=True)
class Worker:
    """Runs at most `concurrency` tasks at once. `remember` ends a task itself (None) or says how it ended.

    prepare: what can be done for a task before its turn; done for the next of a lock when there is nothing to claim.
    lease: how long a claimed task is this worker's without renewal; renewed at a third of it.
    attempts: runs of a task that may fail before it is given up; those that a stop of the worker ended do not count.
    """

    queue: TaskQueue
    remember: Callable[[Task], Awaitable[Outcome | None]]
    concurrency: int = 2
    prepare: Callable[[Task], Awaitable[None]] | None = None
    lease: timedelta = timedelta(seconds=60)
    attempts: int = 5
    running: dict[str, Task] = field(default_factory=dict)
    led: set[str] = field(default_factory=set)
    """Leases of the running tasks whose followers have been prepared."""

    async def run(self) -> None:
        """Work until cancelled. What was running then is handed back, and is done again."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._heartbeat())
            free = asyncio.Semaphore(self.concurrency)
            while True:
                await free.acquire()
                claimed = await self._claim()
                if claimed:
                    group.create_task(self._freeing(free, self._run(claimed)))
                elif self.prepare and (following := await self._following()):
                    group.create_task(self._freeing(free, self.prepare(following)))
                else:
                    free.release()
                    await self._idle()

    async def drain(self) -> int:
        """Run what is ready, one after the other, until nothing is. Returns how many tasks were run."""
        ran = 0
        while task := await self._claim():
            await self._run(task)
            ran += 1
        return ran

    async def _claim(self) -> Task | None:
        try:
            claimed = await self.queue.claim(limit=1, lease=self.lease)
        except MemosdError as error:
            log.warning("no task could be claimed: %s", error)
            await asyncio.sleep(1)
            return None
        return claimed[0] if claimed else None

    async def _idle(self) -> None:
        try:
            await self.queue.wait(at_most=IDLE)
        except MemosdError as error:
            log.warning("the queue could not be read: %s", error)
            await asyncio.sleep(1)
        await asyncio.sleep(BREATH)

    async def _following(self) -> Task | None:
        """A task whose turn comes after one that is running, if it has not been prepared."""
        for lease, task in tuple(self.running.items()):
            try:
                following = None if lease in self.led else await self.queue.following(task)
            except MemosdError as error:
                log.warning("the queue could not be read: %s", error)
                return None
            if following and lease in self.running:
                self.led.add(lease)
                return following
        return None

    async def _freeing(self, free: asyncio.Semaphore, work: Awaitable[None]) -> None:
        try:
            await work
        finally:
            free.release()

    async def _run(self, task: Task) -> None:
        self.running[task.lease] = task
        try:
            outcome = await self.outcome(task)
            if outcome is not None:
                await self.queue.settle(task, outcome)
        except MemosdError as error:
            log.warning("task %s could not be settled and will run again: %s", task.id, error)
        except asyncio.CancelledError:
            await self._hand_back(task)
            raise
        finally:
            del self.running[task.lease]
            self.led.discard(task.lease)

    async def _hand_back(self, task: Task) -> None:
        """Another worker need not wait for the end of the lease."""
        try:
            await self.queue.settle(task, Again(timedelta(0), "the worker was stopped", counts=False))
        except MemosdError as error:
            log.warning("task %s is left to its lease: %s", task.id, error)

    async def outcome(self, task: Task) -> Outcome | None:
        """Run a claimed task. None if it wrote its own end; else how it is to be settled."""
        if task.attempt > LIVES * self.attempts:
            log.error("task %s is given up: its process has ended in all of its last runs", task.id)
            return Failed(f"given up: the process ended before it did, again and again; run {task.attempt - 1} times")
        try:
            return await self.remember(task)
        except MemosdError as error:
            if error.retryable and task.attempt < self.attempts:
                log.warning("task %s, attempt %d: %s", task.id, task.attempt, error)
                return Again(_back_off(task.attempt), str(error))
            log.error("task %s failed: %s", task.id, error)
            return Failed(str(error))
        except Exception:
            # The worker's one catch-all: a bug fails its task, which says so, and not the worker.
            log.exception("task %s failed", task.id)
            return Failed("internal fault; the server's log has the details under this task's id")

    async def _heartbeat(self) -> None:
        while True:
            await asyncio.sleep(self.lease.total_seconds() / 3)
            try:
                await self.queue.renew(tuple(self.running.values()), lease=self.lease)
            except MemosdError as error:
                log.warning("leases could not be renewed: %s", error)


def _back_off(attempt: int) -> timedelta:
    """Exponential with full jitter, so that what failed together does not come back together."""
    return timedelta(seconds=random.uniform(0.5, 1.0) * min(2.0**attempt, MAX_BACK_OFF))
