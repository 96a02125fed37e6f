"""Numbered migrations, each applied once and whole, by one process at a time."""

from memosd.domain.errors import StorageUnavailable
from memosd.engines.common.statements import numbered_migrations
from memosd.engines.postgres.session import PACKAGE, Connection

LOCK = 0x6D656D6F
"""`memo`: the advisory lock of whoever migrates."""

_VERSIONS = """
CREATE TABLE IF NOT EXISTS schema_versions (
    number integer PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


def migrations() -> list[tuple[int, str]]:
    """The numbered scripts, in order, from 1 without gaps."""
    return numbered_migrations(PACKAGE)


async def recorded_version(connection: Connection) -> int:
    """The number of the last migration that the database has seen, 0 for an empty one.

    Raises `StorageUnavailable` if it was written by a newer memosd.
    """
    cursor = await connection.execute("SELECT to_regclass('schema_versions') IS NOT NULL")
    known = await cursor.fetchone()
    if known is None or not known[0]:
        return 0
    cursor = await connection.execute("SELECT coalesce(max(number), 0) FROM schema_versions")
    row = await cursor.fetchone()
    version, newest = int(row[0]) if row else 0, migrations()[-1][0]
    if version > newest:
        raise StorageUnavailable(
            f"the database has schema {version}, this memosd knows {newest}: it was written by a newer memosd; "
            "start that version, or restore a backup"
        )
    return version


async def migrate(connection: Connection) -> int:
    """Apply what is missing, each script in a transaction of its own; returns the version reached.

    Processes that start together wait for one another. One that has nothing to do waits for nobody.
    """
    newest = migrations()[-1][0]
    if await recorded_version(connection) == newest:
        return newest
    await connection.execute("SET lock_timeout = 0")
    await connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    try:
        await connection.execute(_VERSIONS)
        version = await recorded_version(connection)
        for number, script in migrations():
            if number > version:
                async with connection.transaction():
                    await connection.execute(script.encode())
                    await connection.execute("INSERT INTO schema_versions (number) VALUES (%s)", (number,))
                version = number
    finally:
        await connection.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))
    return version
