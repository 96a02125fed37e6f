"""Migrations, their sum, processes that migrate at once, and databases that are newer."""

import asyncio
import re
from importlib.resources import files

import psycopg
import pytest

from harness.postgres import Postgres
from memosd.domain.errors import StorageUnavailable
from memosd.engines.postgres import PostgresEngine, schema
from memosd.engines.postgres.archive import carried_or_derived
from memosd.engines.postgres.session import named_statements, statement
from tests.support.engines import TEMPLATE, Places
from tests.support.records import PROJECT, Records, content

PACKAGE = files("memosd.engines.postgres")


def test_all_migrations_together_equal_the_schema(places: Places) -> None:
    """After a new migration, write what `Postgres.schema_of` says of it into schema.sql, and read the difference."""
    recorded = (PACKAGE / "schema.sql").read_text(encoding="utf-8")
    assert recorded.split("\n\n", 1)[1] == places.server.schema_of(TEMPLATE)


def test_migrations_are_numbered_without_gaps() -> None:
    assert [number for number, _ in schema.migrations()] == list(range(1, len(schema.migrations()) + 1))


@pytest.fixture
async def empty(postgres_server: Postgres) -> str:
    async with await psycopg.AsyncConnection.connect(postgres_server.url(), autocommit=True) as connection:
        await connection.execute("DROP DATABASE IF EXISTS bare WITH (FORCE)")
        await connection.execute("CREATE DATABASE bare")
    return postgres_server.url("bare")


async def test_processes_that_start_together_migrate_once(empty: str) -> None:
    engines = await asyncio.gather(*(PostgresEngine.open(empty, connections=2) for _ in range(4)))
    async with engines[0].database.apart() as connection:
        cursor = await connection.execute("SELECT number FROM schema_versions ORDER BY number")
        assert await cursor.fetchall() == [(number,) for number, _ in schema.migrations()]
    for engine in engines:
        await engine.close()


async def test_a_migration_that_fails_leaves_nothing(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "migrations", lambda: [(1, "CREATE TABLE one (a int); CREATE TABLE one (a int);")])
    async with await psycopg.AsyncConnection.connect(empty, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.DuplicateTable):
            await schema.migrate(connection)
        assert await schema.recorded_version(connection) == 0
        cursor = await connection.execute("SELECT to_regclass('one')")
        assert await cursor.fetchone() == (None,)


async def test_a_newer_database_is_refused(url: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("INSERT INTO schema_versions (number) VALUES (999)")
    with pytest.raises(StorageUnavailable, match="newer memosd"):
        await PostgresEngine.open(url)


def test_every_statement_that_is_named_exists_and_is_used() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.iterdir() if path.name.endswith(".py"))
    topics = [path.name.removesuffix(".sql") for path in (PACKAGE / "sql").iterdir()]
    used = set(re.findall(rf'"((?:{"|".join(topics)})\.\w+)"', sources))
    assert {name for name in used if not statement(name)} == set()
    there = {f"{topic}.{name}" for topic in topics for name in named_statements(topic)}
    counted_by_name = {name for name in there if name.startswith("checks.")}
    assert there - used - counted_by_name == set()


async def test_a_dump_accounts_for_every_table(url: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        assert {name for (name,) in await cursor.fetchall()} == carried_or_derived()


async def test_compacting_leaves_the_schema_as_it_is(places: Places, records: Records, engine: PostgresEngine) -> None:
    await records.remember(content("tea", names=["Rome"], tags=("t",)), info={"place": "Rome"})
    await engine.tend()
    await records.storage.erase_user(PROJECT, "ann")
    await engine.compact(lambda progress: None)
    name = engine.database.conninfo.split("dbname=")[1].split()[0]
    recorded = (PACKAGE / "schema.sql").read_text(encoding="utf-8")
    assert recorded.split("\n\n", 1)[1] == places.server.schema_of(name)
