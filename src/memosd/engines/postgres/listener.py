"""Waking other processes, by NOTIFY and LISTEN.

What is told makes others look sooner; they look from time to time anyway. So nothing is lost when a process dies
between a commit and its telling, or when the listening connection breaks. It is told after the commit, by a statement
of its own: a commit that notifies holds a lock of the whole database until it is durable; others would wait in line.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable

import psycopg

from memosd.domain.errors import StorageUnavailable
from memosd.engines.common.bell import Bell
from memosd.engines.postgres.database import Database
from memosd.engines.postgres.session import Connection, Session

log = logging.getLogger(__name__)

CHANNEL = "memosd"
ERASED = "erased"
"""What is told when something was deleted: nobody may keep it in memory."""
MAX_TOLD = 1_000
"""Names that wait to be told; others are left to those who look from time to time."""
QUIET = 5.0
"""Seconds of silence after which the connection is looked at."""
PAUSE = 1.0
"""Seconds before a broken listening connection is opened again."""


class Listener:
    """Rings the bell for what this process commits, and for what others tell."""

    def __init__(self, database: Database, bell: Bell, forget: Callable[[], None]) -> None:
        """forget: called when another process has deleted something, or may have."""
        self._database = database
        self._bell = bell
        self._forget = forget
        self._to_tell: dict[str, None] = {}
        self._told = asyncio.Event()
        self._stopped = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._speak())]
        for task in self._tasks:
            task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """May be called twice."""
        # A cancellation alone might get lost in the driver, see `database`.
        self._stopped = True
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Say at once if one has died: nobody waits for it, and `stop` comes at the very end."""
        if not task.cancelled() and (error := task.exception()) is not None:
            log.critical("other processes are no longer heard, or told; start this one again", exc_info=error)

    def tell(self, names: Iterable[str]) -> None:
        """Ring here at once, and in the other processes soon."""
        for name in names:
            self._bell.ring(name)
            if len(self._to_tell) < MAX_TOLD:
                self._to_tell[name] = None
        self._told.set()

    async def _speak(self) -> None:
        while not self._stopped:
            await self._told.wait()
            self._told.clear()
            names = list(self._to_tell)
            self._to_tell.clear()

            async def notify(session: Session, names: list[str] = names) -> None:
                await session.run("listener.notify", {"channel": CHANNEL, "names": names})

            try:
                await self._database.read(notify)
            except (StorageUnavailable, psycopg.Error) as error:
                log.info("other processes were not told of %d changes: %s", len(names), error)

    async def _listen(self) -> None:
        while not self._stopped:
            try:
                async with self._database.apart() as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self._missed()
                    await self._hear_all(connection)
            except (StorageUnavailable, psycopg.Error) as error:
                log.warning("the database cannot be listened to, trying again: %s", error)
            await asyncio.sleep(PAUSE)

    async def _hear_all(self, connection: Connection) -> None:
        """Until it is stopped, or the connection breaks, which asking it for something now and then brings to light."""
        while not self._stopped:
            async for notification in connection.notifies(timeout=QUIET):
                self._hear(notification.payload)
                if self._stopped:
                    return
            await connection.execute("SELECT 1")

    def _missed(self) -> None:
        """While nobody listened anything may have happened."""
        self._forget()
        self._bell.ring_all()

    def _hear(self, name: str) -> None:
        if name == ERASED:
            self._forget()
        else:
            self._bell.ring(name)
