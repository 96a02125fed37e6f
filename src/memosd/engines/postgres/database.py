"""The connections to one database, and how reads and writes go over them.

A write is a function that runs inside a transaction. It may be run again: if the connection is lost before its commit
was sent, or the database gave it up for another's sake, nothing of it happened, and it starts anew on another
connection, for at most `PATIENCE` seconds. So a database that restarts, or whose standby takes over, is a pause and no
error. If the connection is lost after the commit was sent, nobody knows, and the caller is told so.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from memosd.domain.errors import StorageUnavailable
from memosd.engines.postgres import halfvec
from memosd.engines.postgres.session import Connection, Session, Transaction

T = TypeVar("T")

PATIENCE = 15.0
"""Seconds that a read or write waits for a database that is away."""
FIRST_PAUSE = 0.05
WAITED_FOR = 3.0
"""Seconds that a connection of the pool is waited for at a time: asking again makes a pool that gave up try again."""
RECONNECTED = 1.0
"""Seconds until the pool gives a connection up. As long as it does not, it waits twice as long before each attempt, in
the end minutes after the database is back."""
LONGEST_PAUSE = 1.0
CONNECTED = {
    "application_name": "memosd",
    "connect_timeout": "5",
    "target_session_attrs": "read-write",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
"""What a connection is asked for unless the URL says otherwise. Of several hosts it takes the one that can write."""
SESSION = (
    # A plan made for unknown operands may be fifty times slower than one for those at hand.
    "SET plan_cache_mode = force_custom_plan",
    "SET jit = off",
    # Of a disc without heads, and of what is in memory: else a filter would rather read all memories than look some up.
    "SET random_page_cost = 1.1",
    "SET statement_timeout = '60s'",
    "SET lock_timeout = '30s'",
    "SET idle_in_transaction_session_timeout = '60s'",
    # Under a strict filter the index goes on until it has found enough.
    "SET hnsw.iterative_scan = relaxed_order",
    # With 100 a twentieth of the best thirty was missed among 20,000 vectors, with 400 hardly any.
    "SET hnsw.ef_search = 400",
)
_PASSING = (
    errors.DeadlockDetected,
    errors.SerializationFailure,
    errors.ReadOnlySqlTransaction,
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.IdleInTransactionSessionTimeout,
)


def conninfo_of(url: str) -> str:
    """The connection string with what memosd asks for. Raises `StorageUnavailable` if it cannot be read, without
    libpq's words: they quote what it stumbled over, which may be the password."""
    try:
        return make_conninfo("", **{**CONNECTED, **conninfo_to_dict(url)})
    except psycopg.ProgrammingError:
        raise StorageUnavailable(
            "MEMOSD_DATABASE_URL cannot be read: write postgresql://user:password@host:port/database, with `%` of a "
            "password as %25 and a space as %20"
        ) from None


def unavailable(error: Exception) -> Exception:
    """`StorageUnavailable` if the cause lies outside the program; every other error is returned as it is."""
    if isinstance(error, PoolClosed):
        return StorageUnavailable("storage is closed")
    if isinstance(error, PoolTimeout):
        return StorageUnavailable(f"storage is unavailable: no connection to the database ({error})")
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError | errors.ReadOnlySqlTransaction):
        return StorageUnavailable(f"storage is unavailable: {str(error).strip() or type(error).__name__}")
    return error


async def configure(connection: Connection) -> None:
    halfvec.register(connection)
    await connection.execute(";".join(SESSION))


@dataclass(slots=True)
class _Attempt:
    committing: bool = False


class Database:
    """A pool of connections. `close` it when done."""

    def __init__(self, conninfo: str, *, connections: int) -> None:
        self.conninfo = conninfo
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            conninfo,
            min_size=1,
            max_size=connections,
            open=False,
            timeout=WAITED_FOR,
            reconnect_timeout=RECONNECTED,
            configure=configure,
            kwargs={"autocommit": True},
            name="memosd",
        )

    async def open(self) -> None:
        await self._pool.open()

    async def write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work` in a transaction; it is durable when this returns. `work` may be run more than once.

        Raises `StorageUnavailable`, or what `work` raises; then nothing of it was written, unless the error says that
        this is not known.
        """
        attempt = _Attempt()

        async def run(connection: Connection) -> T:
            attempt.committing = False
            tx = Transaction(connection)
            async with connection.pipeline() as pipeline, connection.transaction():
                result = await work(tx)
                await pipeline.sync()
                attempt.committing = True
            _check_ended(connection)
            tx.take_effect()
            return result

        return await self._patiently(run, attempt)

    async def read(self, work: Callable[[Session], Awaitable[T]], *, snapshot: bool = False) -> T:
        """Run `work`; each of its statements sees its own snapshot, or all the same one.

        Raises `StorageUnavailable`, or what `work` raises.
        """

        async def run(connection: Connection) -> T:
            if snapshot:
                async with connection.pipeline(), connection.transaction():
                    await connection.execute(_SNAPSHOT)
                    result = await work(Session(connection))
            else:
                result = await work(Session(connection))
            _check_ended(connection)
            return result

        return await self._patiently(run, _Attempt())

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[Connection]:
        """A connection outside the pool, for what takes long. Raises `StorageUnavailable`, also if it breaks."""
        try:
            async with await psycopg.AsyncConnection.connect(self.conninfo, autocommit=True) as connection:
                await configure(connection)
                yield connection
        except psycopg.Error as error:
            raise unavailable(error) from error

    @asynccontextmanager
    async def holding(self, lock: int) -> AsyncIterator[None]:
        """An advisory lock, alone, across all processes. It is held by a connection of its own, outside the pool, so
        that what is done under it need not wait for one; should that break, the lock ends early.

        Raises `StorageUnavailable`, also if others hold it for too long.
        """
        async with AsyncExitStack() as opened:
            connection = await self._connected(opened)
            await connection.execute("SELECT pg_advisory_lock(%s)", (lock,))
            yield

    async def _connected(self, opened: AsyncExitStack) -> Connection:
        """As `apart`, but with patience."""
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE
        while True:
            try:
                return await opened.enter_async_context(self.apart())
            except StorageUnavailable:
                if loop.time() > end:
                    raise
            await asyncio.sleep(LONGEST_PAUSE)

    async def close(self) -> None:
        """May be called twice."""
        await self._pool.close()

    async def _patiently(self, run: Callable[[Connection], Awaitable[T]], attempt: _Attempt) -> T:
        loop = asyncio.get_running_loop()
        end, pause = loop.time() + PATIENCE, FIRST_PAUSE
        while True:
            try:
                return await self._once(run)
            except PoolClosed as error:
                raise unavailable(error) from error
            except PoolTimeout as error:
                if loop.time() > end:
                    raise unavailable(error) from error
            except _Lost as error:
                if attempt.committing:
                    raise StorageUnavailable(
                        "the connection to the database was lost while a write was being committed: it is not known "
                        "whether it was"
                    ) from error
                if loop.time() > end:
                    raise unavailable(error) from error
            except psycopg.Error as error:
                if attempt.committing or not isinstance(error, _PASSING) or loop.time() > end:
                    raise unavailable(error) from error
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _once(self, run: Callable[[Connection], Awaitable[T]]) -> T:
        """On one connection of the pool. Raises `_Lost` if that breaks."""
        cancelled = _cancellations()
        # An error has to leave the pool's block as one: left without, it would commit what failed.
        async with self._pool.connection() as connection:
            try:
                result = await run(connection)
            except psycopg.Error as error:
                if connection.broken or _of_the_connection(error):
                    raise _Lost(str(error)) from error
                if isinstance(error, errors.ReadOnlySqlTransaction):
                    await connection.close()  # to a server that is a standby by now
                raise
            if _cancellations() > cancelled:
                # The driver waits by `asyncio.wait_for`, which before Python 3.12 may swallow it.
                raise asyncio.CancelledError
            return result


class _Lost(psycopg.OperationalError):
    """The connection broke. What was not being committed by then has not happened."""


def _check_ended(connection: Connection) -> None:
    """The driver leaves the transaction of a broken connection, and a pipeline without results, in silence."""
    if connection.info.transaction_status is not TransactionStatus.IDLE:
        raise _Lost("the connection broke before the transaction had ended")


def _of_the_connection(error: psycopg.Error) -> bool:
    """Whether the driver itself failed: it may do so before it knows that the connection is broken."""
    failed = isinstance(error, psycopg.OperationalError) and error.sqlstate is None
    return failed and not isinstance(error, errors.PipelineAborted)


def _cancellations() -> int:
    """How often the cancellation of this task was asked for."""
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()


_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
