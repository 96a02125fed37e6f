"""What is seen to in the background, by one process at a time: statistics, and the indexes of large owners."""

from psycopg import sql

from memosd.engines.postgres import vectors
from memosd.engines.postgres.database import Database
from memosd.engines.postgres.session import Session

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
