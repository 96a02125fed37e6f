"""What is seen to in the background, by one process at a time: statistics, and the indexes of large owners."""

from collections.abc import Callable

import psycopg
from psycopg import sql

from memosd.engines.postgres import vectors
from memosd.engines.postgres.database import Database, unavailable
from memosd.engines.postgres.session import Session
from memosd.ports.storage import Progress

_TENDING = 0x74656E64
"""`tend`: the advisory lock of whoever is at it."""


async def tend(database: Database) -> list[str]:
    """Says what it did; nothing, if another process is at it. May take minutes; nobody waits for it."""
    async with database.apart() as connection:
        session = Session(connection)
        if not await session.fetch_value("care.begin", {"lock": _TENDING}):
            return []
        await connection.execute("SET statement_timeout = 0")
        await connection.execute("SET lock_timeout = 0")
        return [*await _analyse(session), *await vectors.tend(session)]


async def _analyse(session: Session) -> list[str]:
    """Without statistics the planner takes one row of a project for all that it has, and reads the whole of one table
    for each row of another. Autovacuum makes them in time, but not in the first minute of a database."""
    done = []
    for (table,) in await session.fetch_all("care.never_analysed"):
        await session.connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))
        done.append(f"analysed {table}")
    return done


async def rewrite(database: Database, progress: Callable[[Progress], None]) -> None:
    """Write every table and its indexes anew, without what was deleted. Raises `StorageUnavailable`.

    The statistics are made anew as well: they hold values of columns. Their old rows go with their table, if the
    database's user owns the database; else with the next vacuum of whoever does.
    """
    async with database.apart() as connection:
        try:
            await connection.execute("SET statement_timeout = 0")
            await connection.execute("SET lock_timeout = 0")
            session = Session(connection)
            tables = [table for (table,) in await session.fetch_all("care.tables")]
            for done, table in enumerate(tables, 1):
                await connection.execute(sql.SQL("VACUUM (FULL, ANALYZE) {}").format(sql.Identifier(table)))
                progress(Progress(done, len(tables), "tables"))
            for (statement,) in await session.fetch_all("care.forget_statistics"):
                await connection.execute(statement.encode())
            await connection.execute("VACUUM (FULL) pg_catalog.pg_statistic")
        except psycopg.OperationalError as error:
            raise unavailable(error) from error
