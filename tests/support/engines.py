"""The engines that every behaviour suite runs over. None is ever skipped: one that cannot be opened fails its tests."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

from harness.postgres import Postgres
from memosd.engines.postgres import PostgresEngine, schema
from memosd.engines.sqlite import SqliteEngine
from memosd.ports.engine import Engine
from memosd.ports.index import Clock

ENGINES = ("sqlite", "postgres")
TEMPLATE = "memosd_template"


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an engine keeps its records: a directory, or the URL of a database. Opened again, it finds them again."""

    where: Path | str

    async def open(self, *, clock: Clock = utc_now) -> Engine:
        if isinstance(self.where, Path):
            return SqliteEngine.open(self.where, clock=clock)
        return await PostgresEngine.open(self.where, clock=clock, connections=4)


@dataclass(frozen=True, slots=True)
class Places:
    """Makes empty places."""

    server: Postgres
    _numbers: Iterator[int] = field(default_factory=count)

    @contextmanager
    def new(self, kind: str) -> Iterator[Place]:
        match kind:
            case "sqlite":
                with tempfile.TemporaryDirectory() as directory:
                    yield Place(Path(directory) / "data")
            case "postgres":
                name = f"test_{next(self._numbers)}"
                self._administer("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, TEMPLATE)
                yield Place(self.server.url(name))
                self._administer("DROP DATABASE {} WITH (FORCE)", name)

    def _administer(self, command: str, *names: str) -> None:
        with psycopg.connect(self.server.url(), autocommit=True) as connection:
            connection.execute(sql.SQL(command).format(*map(sql.Identifier, names)))


async def make_template(server: Postgres) -> None:
    """A database with the schema and nothing in it, to be copied for each test."""
    async with await psycopg.AsyncConnection.connect(server.url(), autocommit=True) as connection:
        await connection.execute(f"CREATE DATABASE {TEMPLATE}")
    async with await psycopg.AsyncConnection.connect(server.url(TEMPLATE), autocommit=True) as connection:
        await schema.migrate(connection)


@asynccontextmanager
async def opened(place: Place, *, clock: Clock = utc_now) -> AsyncIterator[Engine]:
    engine = await place.open(clock=clock)
    try:
        yield engine
    finally:
        await engine.close()
