"""Engines whose vector or graph search is answered by an index beside the records, in step and never by the records."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from memosd.domain.search import Scored
from memosd.engines.qdrant.shards import EdgeShards
from memosd.engines.sqlite import SqliteEngine
from memosd.flows.following import LargeScopes
from memosd.ports.index import Index, Probe
from tests.support.records import DIMENSION, MODEL


class Forbidden:
    """Stands where the exact index stands. Scopes with nothing live have no shard, and are asked here."""

    name = "vector"

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        return []


@dataclass
class Tended:
    """Each search comes after a round of tending, so that every scope that has memories has its shard."""

    scopes: LargeScopes
    name: str = "vector"

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        await self.scopes.tend_once()
        return await self.scopes.search(probe, limit=limit)


def large_scopes(
    engine: SqliteEngine, directory: Path, *, exact: Index | None = None, least: int = 1, dimension: int = DIMENSION
) -> LargeScopes:
    shards = EdgeShards(directory, MODEL, dimension, optimise=False)
    return LargeScopes(exact or Forbidden(), engine.changes, shards, MODEL, least)


def with_indexes(engine: SqliteEngine, *indexes: Index) -> SqliteEngine:
    """The engine with these in the place of its own indexes of the same names."""
    own: Sequence[Index] = engine.indexes
    others = {index.name: index for index in indexes}
    return replace(engine, indexes=tuple(others.get(index.name, index) for index in own))
