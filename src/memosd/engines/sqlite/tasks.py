"""The task queue: a table, leases, and a bell instead of polling.

Of the unfinished tasks of a lock only the oldest is `first`, and only a first task may be claimed; triggers of the
database keep the mark. That gives order and exclusion for each lock without looking at the others of the lock.
"""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import apsw

from memosd.domain.ids import ProjectId, TaskId
from memosd.domain.tasks import Outcome, State, Task, TaskRecord
from memosd.engines.common.bell import Bell, heard
from memosd.engines.common.codec import decode_task, decode_task_record, encode_job, instant, micros
from memosd.engines.common.queue import LONGEST_WAIT, WORK, Settled
from memosd.engines.sqlite.database import Database, Transaction
from memosd.engines.sqlite.statements import fetch_all, fetch_one, fetch_value, statement
from memosd.ports.index import Clock
from memosd.ports.storage import AT_ONCE, Backlog


def add(tx: Transaction, task: Task, batch: int | None, at: datetime, bell: Bell, *, hold: timedelta = AT_ONCE) -> None:
    """Queue a task; it goes with its batch, if it has one. hold: it is not ready for so long, unless released;
    nobody is woken for it before."""
    now = micros(at)
    tx.run("tasks.add", (task.id, task.project, batch, encode_job(task.job), task.lock, micros(at + hold), now, now))
    if not hold:
        tx.after_answer(lambda: bell.ring(WORK))


def release(tx: Transaction, task: Task, at: datetime, bell: Bell) -> None:
    """Make a task ready that is still held."""
    tx.run("tasks.release", (micros(at), task.id))
    tx.after_answer(lambda: bell.ring(WORK))


def holds_lease(tx: Transaction, task: Task) -> bool:
    return bool(task.lease) and fetch_one(tx.connection, "tasks.leased", (task.id, task.lease)) is not None


def undisturbed(tx: Transaction, task: Task) -> bool:
    """Whether nobody runs the task but, perhaps, the holder of this lease."""
    return fetch_one(tx.connection, "tasks.undisturbed", (task.id, task.lease)) is not None


def settle(tx: Transaction, task: Task, outcome: Outcome, at: datetime, bell: Bell) -> bool:
    """Record how a run ended, if its lease still holds."""
    settled = Settled.of(outcome, at)
    operands = (settled.state.value, settled.reason, settled.ready, micros(at), settled.undone, task.id, task.lease)
    tx.run("tasks.settle", operands)
    if not tx.connection.changes():
        return False

    def tell() -> None:
        bell.ring(WORK)
        bell.ring(task.id)

    tx.after_answer(tell)
    return True


def free_all(connection: apsw.Connection, at: datetime) -> None:
    """Make every running task claimable: those who ran them are gone."""
    connection.execute(statement("tasks.free_all"), (micros(at),))


class SqliteQueue:
    """`memosd.ports.storage.TaskQueue` over the table `tasks`."""

    def __init__(self, database: Database, bell: Bell, clock: Clock) -> None:
        self._database = database
        self._bell = bell
        self._clock = clock

    async def claim(self, *, limit: int, lease: timedelta) -> list[Task]:
        if limit < 1:
            return []
        now = self._clock()
        return await self._database.write(lambda tx: _claim(tx, limit, micros(now), micros(now + lease)))

    async def enqueue(self, task: Task) -> bool:
        now = self._clock()

        def enqueue(tx: Transaction) -> bool:
            if fetch_one(tx.connection, "tasks.unfinished", (task.lock,)) is not None:
                return False
            add(tx, task, None, now, self._bell)
            return True

        return await self._database.write(enqueue)

    async def following(self, task: Task) -> Task | None:
        row = await self._database.read(
            lambda connection: fetch_one(connection, "tasks.following", (task.lock, task.id)), snapshot=False
        )
        return None if row is None else decode_task(row)

    async def renew(self, tasks: Sequence[Task], *, lease: timedelta) -> None:
        until = micros(self._clock() + lease)
        rows = [(until, task.id, task.lease) for task in tasks]
        if rows:
            await self._database.write(lambda tx: tx.run_many("tasks.renew", rows))

    async def settle(self, task: Task, outcome: Outcome) -> bool:
        now = self._clock()
        return await self._database.write(lambda tx: settle(tx, task, outcome, now, self._bell))

    async def note(self, task: Task, text: str) -> None:
        await self._database.write(lambda tx: tx.run("tasks.note", (text, task.id, task.lease)))

    async def record(self, project: ProjectId, id: TaskId) -> TaskRecord | None:
        return await self._database.read(lambda connection: _record(connection, project, id))

    async def backlog(self) -> Backlog:
        return await self._database.read(_backlog)

    async def wait(self, *, at_most: timedelta) -> None:
        with self._bell.listen(WORK) as rung:
            ready = await self._database.read(lambda connection: fetch_value(connection, "tasks.next_ready"))
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
                if record is None or record.state in (State.DONE, State.FAILED):
                    return record
                if not await heard(rung, within=end - loop.time()):
                    return record


def _claim(tx: Transaction, limit: int, now: int, until: int) -> list[Task]:
    claimed = []
    for number, own_id, project, job, lock, attempt in fetch_all(tx.connection, "tasks.ready", (now, limit)):
        lease = secrets.token_hex(8)
        tx.run("tasks.claim", (attempt + 1, lease, until, now, number))
        claimed.append(decode_task((own_id, project, job, lock, attempt + 1, lease)))
    return claimed


def _record(connection: apsw.Connection, project: ProjectId, id: TaskId) -> TaskRecord | None:
    row = fetch_one(connection, "tasks.record", (id, project))
    return None if row is None else decode_task_record(row)


def _backlog(connection: apsw.Connection) -> Backlog:
    waiting, running, failed, oldest = fetch_all(connection, "tasks.backlog")[0]
    return Backlog(waiting, running, failed, None if oldest is None else instant(oldest))
