"""The task queue: a table, leases, `SKIP LOCKED`, and a bell instead of polling.

Of the unfinished tasks of a lock only the oldest is `first`, and only a first task may be claimed. Whoever adds or ends
a task holds the advisory lock of the same name, and so keeps the mark.
"""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from memosd.domain.ids import ProjectId, TaskId
from memosd.domain.tasks import Outcome, State, Task, TaskRecord
from memosd.engines.common.bell import Bell, heard
from memosd.engines.common.codec import decode_task, decode_task_record, encode_job, instant, micros
from memosd.engines.common.queue import LONGEST_WAIT, WORK, Settled
from memosd.engines.postgres.database import Database
from memosd.engines.postgres.listener import Listener
from memosd.engines.postgres.locks import lock_names
from memosd.engines.postgres.session import Session, Transaction
from memosd.ports.index import Clock
from memosd.ports.storage import AT_ONCE, Backlog

_LOOK_AGAIN = 1.0
"""Seconds after which a task that is waited for is looked at even if nothing was heard of it."""


async def add(
    tx: Transaction, task: Task, batch: int | None, at: datetime, listener: Listener, *, hold: timedelta = AT_ONCE
) -> None:
    """Queue a task; it goes with its batch, if it has one. The task's lock is held.

    hold: it is not ready for so long, unless released; nobody is woken for it before.
    """
    operands = {
        "id": task.id,
        "project": task.project,
        "batch": batch,
        "job": encode_job(task.job),
        "lock": task.lock,
        "ready": micros(at + hold),
        "now": micros(at),
    }
    await tx.run("tasks.add", operands)
    if not hold:
        tx.after_commit(lambda: listener.tell([WORK]))


async def release(tx: Transaction, task: Task, at: datetime, listener: Listener) -> None:
    """Make a task ready that is still held."""
    await tx.run("tasks.release", {"project": task.project, "id": task.id, "now": micros(at)})
    tx.after_commit(lambda: listener.tell([WORK]))


async def holds_lease(tx: Transaction, task: Task) -> bool:
    operands = {"project": task.project, "id": task.id, "lease": task.lease}
    return bool(task.lease) and await tx.fetch_one("tasks.leased", operands) is not None


async def undisturbed(tx: Transaction, task: Task) -> bool:
    """Whether nobody runs the task but, perhaps, the holder of this lease; nobody begins to before the write ends."""
    operands = {"project": task.project, "id": task.id, "lease": task.lease}
    return await tx.fetch_one("tasks.undisturbed", operands) is not None


async def settle(tx: Transaction, task: Task, outcome: Outcome, at: datetime, listener: Listener) -> bool:
    """Record how a run ended, if its lease still holds. The task's lock is held."""
    settled = Settled.of(outcome, at)
    operands = {
        "project": task.project,
        "id": task.id,
        "lease": task.lease,
        "state": settled.state.value,
        "reason": _told(settled.reason),
        "ready": settled.ready,
        "now": micros(at),
        "undone": settled.undone,
    }
    if await tx.fetch_one("tasks.settle", operands) is None:
        return False
    await tx.run("tasks.advance", {"locks": [task.lock]})
    tx.after_commit(lambda: listener.tell([WORK, task.id]))
    return True


class PostgresQueue:
    """`memosd.ports.storage.TaskQueue` over the table `tasks`. The clocks of all machines have to agree in seconds."""

    def __init__(self, database: Database, bell: Bell, listener: Listener, clock: Clock) -> None:
        self._database = database
        self._bell = bell
        self._listener = listener
        self._clock = clock

    async def claim(self, *, limit: int, lease: timedelta) -> list[Task]:
        if limit < 1:
            return []
        now = self._clock()
        operands = {"limit": limit, "now": micros(now), "until": micros(now + lease), "lease": secrets.token_hex(8)}

        async def claim(session: Session) -> list[Task]:
            rows = await session.fetch_all("tasks.claim", operands)
            return [decode_task(row[1:]) for row in sorted(rows)]

        # One statement: should its answer be lost, the tasks come back with the end of the lease.
        return await self._database.read(claim)

    async def enqueue(self, task: Task) -> bool:
        now = self._clock()

        async def enqueue(tx: Transaction) -> bool:
            await lock_names(tx, [task.lock])
            if await tx.fetch_one("tasks.unfinished", {"lock": task.lock}) is not None:
                return False
            await add(tx, task, None, now, self._listener)
            return True

        return await self._database.write(enqueue)

    async def following(self, task: Task) -> Task | None:
        operands = {"lock": task.lock, "project": task.project, "id": task.id}

        async def read(session: Session) -> Task | None:
            row = await session.fetch_one("tasks.following", operands)
            return None if row is None else decode_task(row)

        return await self._database.read(read)

    async def renew(self, tasks: Sequence[Task], *, lease: timedelta) -> None:
        until = micros(self._clock() + lease)
        rows = [{"until": until, "project": t.project, "id": t.id, "lease": t.lease} for t in tasks]
        if rows:
            await self._database.write(lambda tx: tx.run_many("tasks.renew", rows))

    async def settle(self, task: Task, outcome: Outcome) -> bool:
        now = self._clock()

        async def write(tx: Transaction) -> bool:
            await lock_names(tx, [task.lock])
            return await settle(tx, task, outcome, now, self._listener)

        return await self._database.write(write)

    async def note(self, task: Task, text: str) -> None:
        operands = {"project": task.project, "id": task.id, "lease": task.lease, "text": _told(text)}
        await self._database.write(lambda tx: tx.run("tasks.note", operands))

    async def record(self, project: ProjectId, id: TaskId) -> TaskRecord | None:
        async def read(session: Session) -> TaskRecord | None:
            row = await session.fetch_one("tasks.record", {"id": id, "project": project})
            return None if row is None else decode_task_record(row)

        return await self._database.read(read)

    async def backlog(self) -> Backlog:
        async def read(session: Session) -> Backlog:
            [(waiting, running, failed, oldest)] = await session.fetch_all("tasks.backlog")
            return Backlog(waiting, running, failed, None if oldest is None else instant(oldest))

        return await self._database.read(read)

    async def wait(self, *, at_most: timedelta) -> None:
        with self._bell.listen(WORK) as rung:
            ready = await self._database.read(lambda session: session.fetch_value("tasks.next_ready"))
            seconds = at_most.total_seconds()
            if ready is not None:
                seconds = min(seconds, (instant(ready) - self._clock()).total_seconds())
            if seconds > 0:
                await heard(rung, within=min(seconds, LONGEST_WAIT))

    async def finished(self, project: ProjectId, id: TaskId, *, at_most: timedelta) -> TaskRecord | None:
        loop = asyncio.get_running_loop()
        end = loop.time() + at_most.total_seconds()
        with self._bell.listen(id) as rung:
            while True:
                rung.clear()
                record = await self.record(project, id)
                if record is None or record.state in (State.DONE, State.FAILED) or loop.time() >= end:
                    return record
                await heard(rung, within=min(_LOOK_AGAIN, end - loop.time()))


def _told(text: str) -> str:
    """What is only told to people, as PostgreSQL can hold it."""
    return text.replace("\0", "\ufffd")
