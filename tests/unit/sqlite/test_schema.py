"""Migrations, their sum, and databases that are not ours."""

import re
from importlib.resources import files
from pathlib import Path

import apsw
import pytest

from memosd.domain.errors import StorageUnavailable
from memosd.engines.sqlite import SqliteEngine, schema
from memosd.engines.sqlite.archive import carried_or_derived
from memosd.engines.sqlite.engine import DATABASE
from memosd.engines.sqlite.statements import named_statements, statement

PACKAGE = files("memosd.engines.sqlite")


def test_all_migrations_together_equal_the_schema() -> None:
    """After a new migration, write what `schema.describe` says of it into schema.sql, and read the difference."""
    connection = apsw.Connection(":memory:")
    assert schema.migrate(connection) == len(schema.migrations())
    recorded = (PACKAGE / "schema.sql").read_text(encoding="utf-8")
    assert recorded.split("\n\n", 1)[1] == schema.describe(connection)


def test_migrations_are_numbered_without_gaps() -> None:
    assert [number for number, _ in schema.migrations()] == list(range(1, len(schema.migrations()) + 1))


def test_migrating_again_changes_nothing() -> None:
    connection = apsw.Connection(":memory:")
    schema.migrate(connection)
    before = schema.describe(connection)
    assert schema.migrate(connection) == len(schema.migrations())
    assert schema.describe(connection) == before


def test_a_migration_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = apsw.Connection(":memory:")
    monkeypatch.setattr(schema, "migrations", lambda: [(1, "CREATE TABLE one (a); CREATE TABLE one (a);")])
    with pytest.raises(apsw.SQLError):
        schema.migrate(connection)
    assert schema.describe(connection).strip() == ""
    assert schema.recorded_version(connection) == 0


@pytest.mark.parametrize(
    ("pragma", "value", "message"),
    [("user_version", 999, "newer memosd"), ("application_id", 42, "not made by memosd")],
)
async def test_a_database_of_others_is_refused_and_left_alone(
    directory: Path, pragma: str, value: int, message: str
) -> None:
    await SqliteEngine.open(directory).close()
    connection = apsw.Connection(str(directory / DATABASE))
    connection.pragma(pragma, value)
    for exclusive in (True, False):
        with pytest.raises(StorageUnavailable, match=message):
            SqliteEngine.open(directory, exclusive=exclusive)
    assert connection.pragma(pragma) == value
    connection.close()


def test_a_file_that_is_no_database_is_refused(directory: Path) -> None:
    directory.mkdir()
    (directory / DATABASE).write_bytes(b"This is a text, not a database. " * 200)
    with pytest.raises(StorageUnavailable, match="not a SQLite database"):
        SqliteEngine.open(directory)


def test_every_statement_that_is_named_exists_and_is_used() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.iterdir() if path.name.endswith(".py"))
    topics = [path.name.removesuffix(".sql") for path in (PACKAGE / "sql").iterdir()]
    used = set(re.findall(rf'"((?:{"|".join(topics)})\.\w+)"', sources))
    assert {name for name in used if not statement(name)} == set()
    there = {f"{topic}.{name}" for topic in topics for name in named_statements(topic)}
    counted_by_name = {name for name in there if name.startswith("checks.")}
    assert there - used - counted_by_name == set()


def test_a_dump_accounts_for_every_table() -> None:
    connection = apsw.Connection(":memory:")
    schema.migrate(connection)
    rows = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
        "AND name NOT LIKE 'text_index_%'"
    )
    assert {name for (name,) in rows} == carried_or_derived()
