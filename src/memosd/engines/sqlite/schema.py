"""Numbered migrations, each applied once and whole when a database is opened."""

import apsw

from memosd.domain.errors import StorageUnavailable
from memosd.engines.common.statements import numbered_migrations

APPLICATION_ID = 0x6D656D6F
"""`memo`: marks a SQLite file as ours."""

_SHADOWS = "text\\_index\\_%"


def migrations() -> list[tuple[int, str]]:
    """The numbered scripts, in order, from 1 without gaps."""
    return numbered_migrations("memosd.engines.sqlite")


def recorded_version(connection: apsw.Connection) -> int:
    """The number of the last migration that the database has seen, 0 for an empty one.

    Raises `StorageUnavailable` if the file is not memosd's or was written by a newer memosd.
    """
    version, application = int(connection.pragma("user_version")), int(connection.pragma("application_id"))
    newest = migrations()[-1][0]
    if application not in (0, APPLICATION_ID):
        raise StorageUnavailable("the database file was not made by memosd")
    if version > newest:
        raise StorageUnavailable(
            f"the database has schema {version}, this memosd knows {newest}: it was written by a newer memosd; "
            "start that version, or restore a backup"
        )
    return version


def migrate(connection: apsw.Connection) -> int:
    """Apply what is missing, each script in a transaction of its own; returns the version reached."""
    version = recorded_version(connection)
    for number, script in migrations():
        if number > version:
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.execute(script)
                connection.pragma("application_id", APPLICATION_ID)
                connection.pragma("user_version", number)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            version = number
    return version


def describe(connection: apsw.Connection) -> str:
    """The schema as the database holds it, without the tables that SQLite keeps for itself."""
    rows = connection.execute(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
        f"AND name NOT LIKE '{_SHADOWS}' ESCAPE '\\' ORDER BY rowid"
    )
    return "\n\n".join(f"{sql};" for (sql,) in rows) + "\n"
