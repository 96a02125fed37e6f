"""The connections of one data directory: one writer thread that groups commits, and a few readers.

A write is a function that runs on the writer thread inside a transaction. All writes that wait are taken together (at
most `MAX_GROUP`), each in a savepoint of one transaction, and become durable by one commit; then their callers go on.
A write that fails is rolled back alone. A read is a function that sees one snapshot of the database.
"""

import asyncio
import itertools
import queue
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar, cast

import apsw

from memosd.domain.errors import StorageUnavailable
from memosd.engines.common.codec import Value
from memosd.engines.sqlite.calls import Call, Delivery, unavailable
from memosd.engines.sqlite.journal import OWNER_SLOTS, Journal, Words
from memosd.engines.sqlite.readers import Read, Readers, in_snapshot
from memosd.engines.sqlite.statements import statement

T = TypeVar("T")

MAX_GROUP = 128
BUSY_MS = 5_000
STATEMENTS_KEPT = 256
PAGES_BETWEEN_CHECKPOINTS = 2_000


class Transaction:
    """What a write works with."""

    __slots__ = ("_effects", "_last", "_news", "connection", "indexed")

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection
        self._last: list[Callable[[], None]] = []
        self._effects: list[Callable[[], None]] = []
        self._news: list[Callable[[], None]] = []
        self.indexed: dict[int, dict[int, Words]] = {}
        """What the text index has been given: for each owner, what each memory is indexed under now."""

    def run(self, name: str, operands: Sequence[Value] = ()) -> None:
        """Run a named statement for what it does."""
        self.connection.execute(statement(name), operands)

    def run_many(self, name: str, rows: Sequence[Sequence[Value]]) -> None:
        self.connection.executemany(statement(name), rows)

    def run_last(self, name: str, operands: Sequence[Value] = ()) -> None:
        """Run a named statement after all that the write does otherwise, still inside its transaction.

        For full text: once it has been written to, every further statement that writes several rows makes it flush.
        """
        self._last.append(lambda: self.run(name, operands))

    def after_commit(self, effect: Callable[[], None]) -> None:
        """Call it on the writer thread once the write is durable, before its caller goes on; not after a rollback."""
        self._effects.append(effect)

    def after_answer(self, news: Callable[[], None]) -> None:
        """Call it on the writer thread once the caller has been answered, for those who wait for what was written."""
        self._news.append(news)

    def finish(self) -> None:
        for step in self._last:
            step()

    def take_effect(self) -> None:
        for effect in self._effects:
            effect()

    def tell(self) -> None:
        for news in self._news:
            news()


Write = Callable[[Transaction], T]


class _Write(Call):
    """A write on its way."""

    __slots__ = ("transaction", "work")

    def __init__(self, work: Write[Any], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.work = work
        self.transaction: Transaction | None = None

    def run(self, connection: apsw.Connection) -> None:
        self.transaction = Transaction(connection)
        self.result = self.work(self.transaction)
        self.transaction.finish()


class _Savepoint:
    """Runs one write of a group. Its error is kept for its caller, so that the others of the group are untouched."""

    def __init__(self, connection: apsw.Connection, call: _Write) -> None:
        self._connection = connection
        self._call = call

    def __enter__(self) -> None:
        self._connection.execute("SAVEPOINT write")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None:
            self._connection.execute("RELEASE write")
            return False
        if not self._connection.in_transaction:  # SQLite has rolled back the whole group, not only this write
            return False
        self._connection.execute("ROLLBACK TO write")
        self._connection.execute("RELEASE write")
        self._call.error = error
        return True


def connect(path: Path, *, create: bool) -> apsw.Connection:
    """A connection with the settings every connection has. Raises `StorageUnavailable`."""
    flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if create else 0)
    try:
        connection = apsw.Connection(str(path), flags=flags, statementcachesize=STATEMENTS_KEPT)
        connection.set_busy_timeout(BUSY_MS)
        if str(connection.pragma("journal_mode")) != "wal":
            connection.pragma("journal_mode", "wal")
        connection.pragma("synchronous", "full")
        connection.pragma("foreign_keys", True)
        connection.pragma("temp_store", "memory")
        connection.execute("PRAGMA secure_delete = FAST")  # deleted bytes are overwritten in pages that are written
        connection.pragma("mmap_size", 1 << 40)  # all of the file, whatever its size
        connection.pragma("wal_autocheckpoint", PAGES_BETWEEN_CHECKPOINTS)
    except apsw.Error as error:
        raise unavailable(error) from error
    return connection


class Database:
    """One database file. Open it with the event loop's other parts, close it with `close`.

    stamp: counts the commits that touched an owner; what was read before stamp n may lack what was written after it.
    """

    def __init__(self, path: Path, connection: apsw.Connection) -> None:
        self.path = path
        self.stamp = 0
        self.journal = Journal()
        self._touched = [0] * OWNER_SLOTS
        self._connection = connection
        self._waiting: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._closed = False
        self._writer = threading.Thread(target=self._serve_writes, name="memosd-sqlite-writer", daemon=True)
        self._writer.start()
        self._readers = Readers(lambda: connect(path, create=False))

    async def write(self, work: Write[T]) -> T:
        """Run `work` in a transaction; it is durable when this returns. `work` may be run again after a rollback.

        Raises `StorageUnavailable`, or what `work` raises; then nothing of it was written.
        """
        if self._closed:
            raise StorageUnavailable("storage is closed")
        call = _Write(work, asyncio.get_running_loop())
        self._waiting.put(call)
        return cast("T", await call.future)

    async def read(self, work: Read[T], *, snapshot: bool = True) -> T:
        """Run `work` on a reader thread, in one snapshot; without `snapshot`, each statement sees its own.

        With a snapshot, it is that of all reads that are asked for in the same turn of the event loop.

        Raises `StorageUnavailable`, or what `work` raises.
        """
        if self._closed:
            raise StorageUnavailable("storage is closed")
        return await (self._readers.read(work) if snapshot else self._readers.read_alone(work))

    async def read_apart(self, work: Read[T]) -> T:
        """Run `work`, which may take long, in one snapshot on a thread and a connection of its own.

        A full-text table keeps its structure in memory and does not look for news before it checks itself: on a
        connection that has searched, `quick_check` would call an index damaged that another connection has written to.
        """

        def run() -> T:
            connection = connect(self.path, create=False)
            try:
                return in_snapshot(connection, work)
            except apsw.Error as error:
                raise unavailable(error) from error
            finally:
                connection.close()

        if self._closed:
            raise StorageUnavailable("storage is closed")
        return await asyncio.to_thread(run)

    async def compact(self) -> None:
        """Write the database anew without what was deleted, and empty the log of changes. Nobody else may have it open.

        Raises `StorageUnavailable` if it could not be done.
        """

        def run() -> None:
            connection = connect(self.path, create=False)
            try:
                connection.execute("VACUUM")
                [(busy, _, _)] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                if busy:
                    raise StorageUnavailable("the database is in use and could not be compacted")
            except apsw.Error as error:
                raise unavailable(error) from error
            finally:
                connection.close()

        await asyncio.to_thread(run)

    async def walk_apart(self, work: Callable[[apsw.Connection], Iterator[T]]) -> AsyncIterator[T]:
        """What `work` yields, step by step, from one snapshot on a connection of its own."""
        if self._closed:
            raise StorageUnavailable("storage is closed")
        connection = await asyncio.to_thread(connect, self.path, create=False)
        try:
            connection.execute("BEGIN")
            steps = work(connection)
            while (step := await asyncio.to_thread(next, steps, None)) is not None:
                yield step
        except apsw.Error as error:
            raise unavailable(error) from error
        finally:
            connection.close()

    def touched(self, owner: int) -> int:
        """The stamp of the last commit that touched this owner (or one that shares its slot)."""
        return self._touched[owner % OWNER_SLOTS]

    def _touch(self, indexed: Sequence[Mapping[int, Mapping[int, Words]]]) -> None:
        """On the writer thread, after a commit and before its callers go on."""
        stamp = self.stamp + 1
        for owner, written in itertools.chain.from_iterable(one.items() for one in indexed):
            self.journal.note(stamp, owner, written)
            self._touched[owner % OWNER_SLOTS] = stamp
        self.stamp = stamp

    async def close(self) -> None:
        """Finish what was asked for, then close every connection. May be called twice."""
        if not self._closed:
            self._closed = True
            await asyncio.to_thread(self._end)

    def _end(self) -> None:
        self._waiting.put(None)
        self._writer.join()
        self._readers.close()
        self._connection.close()

    def _serve_writes(self) -> None:
        while (call := self._waiting.get()) is not None:
            group = [call]
            while len(group) < MAX_GROUP and not self._waiting.empty():
                following = self._waiting.get()
                if following is None:
                    self._waiting.put(None)
                    break
                group.append(following)
            with Delivery(group):
                self._commit(group)
            for done in group:
                if done.error is None and done.transaction is not None:
                    done.transaction.tell()

    def _commit(self, group: list[_Write]) -> None:
        try:
            self._write_group(group)
        except apsw.Error:
            if len(group) == 1:
                raise
            # One write may have failed all (a full disk rolls back everything): each has its own chance.
            for call in group:
                call.error = None
                with Delivery([call]):
                    self._write_group([call])

    def _write_group(self, group: list[_Write]) -> None:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            for call in group:
                if len(group) == 1:  # the transaction itself is the savepoint
                    call.run(connection)
                else:
                    with _Savepoint(connection, call):
                        call.run(connection)
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        written = [call.transaction for call in group if call.error is None and call.transaction is not None]
        self._touch([transaction.indexed for transaction in written])
        for transaction in written:
            transaction.take_effect()
