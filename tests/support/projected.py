"""Engines whose vector or graph search is answered by an index beside the records, in step and never by the records."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from memosd.domain.search import Scored
from memosd.engines.qdrant.server import QdrantServer, QdrantVectors
from memosd.engines.qdrant.shards import EdgeShards
from memosd.engines.sqlite import SqliteEngine
from memosd.flows.beside import Beside
from memosd.flows.large_scopes import LargeScopes
from memosd.ports.engine import Engine
from memosd.ports.index import Index, Probe
from memosd.ports.projection import Whole
from tests.support.records import DIMENSION, MODEL


@dataclass
class Forbidden:
    """Stands where the exact index stands. Scopes with nothing live have no shard, and are asked here."""

    name: str = "vector"

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        return []


@dataclass
class Tended:
    """Each search comes after a round of tending, so that the index beside the records is there."""

    index: LargeScopes | Beside

    @property
    def name(self) -> str:
        return self.index.name

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        await self.index.tend_once()
        return await self.index.search(probe, limit=limit)


@dataclass
class OneClient:
    """A Qdrant in the memory of its client, which would be empty at each opening: opened once."""

    server: QdrantServer
    opened: QdrantVectors | None = None

    async def open(self) -> QdrantVectors:
        self.opened = self.opened or await self.server.open()
        return self.opened

    async def clear(self) -> None:
        self.opened = None


def large_scopes(
    engine: SqliteEngine, directory: Path, *, exact: Index | None = None, least: int = 1, dimension: int = DIMENSION
) -> LargeScopes:
    shards = EdgeShards(directory, MODEL, dimension, optimise=False)
    return LargeScopes(exact or Forbidden(), engine.changes, shards, MODEL, least)


def qdrant_server(engine: SqliteEngine, *, dimension: int = DIMENSION) -> Beside:
    """Over the client's local mode: the same calls and filters, but it is not the server."""
    whole = OneClient(QdrantServer(":memory:", None, MODEL, dimension))
    return Beside(Forbidden(), engine.changes, whole, MODEL, "the vector database")


def graph(engine: SqliteEngine, whole: Whole) -> Beside:
    return Beside(Forbidden("graph"), engine.changes, whole, None, "the graph database")


def with_indexes(engine: Engine, *indexes: Index) -> Engine:
    """The engine with these in the place of its own indexes of the same names."""
    own: Sequence[Index] = engine.indexes
    others = {index.name: index for index in indexes}
    assert isinstance(engine, SqliteEngine)
    return replace(engine, indexes=tuple(others.get(index.name, index) for index in own))
