"""The readers of one data directory: a few threads, each with a connection of its own.

What is asked for in one turn of the event loop goes to one reader together, and sees one snapshot: a search asks for
many small things at once, and would take longer to wake a thread for each, and to have them take turns, than to read.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import apsw

from memosd.domain.errors import StorageUnavailable
from memosd.engines.sqlite.calls import Call, Delivery, unavailable

T = TypeVar("T")

Read = Callable[[apsw.Connection], T]

READERS = 3
MAX_TOGETHER = 16
"""Reads that one reader takes together: the others are free for what comes meanwhile."""


class _Asked(Call):
    __slots__ = ("work",)

    def __init__(self, work: Read[object], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.work = work


class Readers:
    """connect: opens a connection."""

    def __init__(self, connect: Callable[[], apsw.Connection]) -> None:
        self._connect = connect
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="memosd-sqlite-reader")
        self._of_thread = threading.local()
        self._opened: list[apsw.Connection] = []

    async def read(self, work: Read[T]) -> T:
        """Run `work` with whatever else is asked for in this turn of the event loop, in one snapshot.

        Raises `StorageUnavailable`, or what `work` raises.
        """
        loop = asyncio.get_running_loop()
        asked = _Asked(work, loop)
        together: list[_Asked] = getattr(self._of_thread, "together", [])
        if together and together[0].loop is loop and len(together) < MAX_TOGETHER:
            together.append(asked)
        else:
            self._of_thread.together = [asked]
            loop.call_soon(self._send, self._of_thread.together)
        answer: T = await asked.future
        return answer

    async def read_alone(self, work: Read[T]) -> T:
        """Run `work` by itself; each of its statements sees a snapshot of its own.

        Raises `StorageUnavailable`, or what `work` raises.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run_alone, work)

    def _send(self, together: list[_Asked]) -> None:
        if self._of_thread.together is together:
            self._of_thread.together = []
        try:
            self._threads.submit(self._run, together)
        except RuntimeError as error:  # closed in the meantime
            with Delivery(together):
                raise StorageUnavailable("storage is closed") from error

    def _run(self, together: list[_Asked]) -> None:
        with Delivery(together):
            in_snapshot(self._connection(), lambda connection: _run_each(connection, together))

    def _run_alone(self, work: Read[T]) -> T:
        try:
            return work(self._connection())
        except apsw.Error as error:
            raise unavailable(error) from error

    def _connection(self) -> apsw.Connection:
        connection: apsw.Connection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = self._connect()
            connection.pragma("query_only", True)
            self._of_thread.connection = connection
            self._opened.append(connection)
        return connection

    def close(self) -> None:
        """Finish what was asked for, then close every connection."""
        self._threads.shutdown()
        for connection in self._opened:
            connection.close()


def _run_each(connection: apsw.Connection, together: list[_Asked]) -> None:
    for asked in together:
        if not asked.future.done():  # cancelled by its caller
            with asked:
                asked.result = asked.work(connection)


def in_snapshot(connection: apsw.Connection, work: Read[T]) -> T:
    connection.execute("BEGIN")
    try:
        return work(connection)
    finally:
        connection.execute("ROLLBACK")
