"""The directory of shards: which owners have one, building them, throwing them away."""

import asyncio
import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from memosd.domain.errors import SearchUnavailable
from memosd.engines.qdrant.edge import EdgeVectors, State
from memosd.engines.qdrant.points import scope_name
from memosd.ports.projection import Changes, Scope

CHUNK = 500
"""Changes taken in at a time."""


@dataclass(slots=True)
class EdgeShards:
    """Shards under `directory`, one for each scope that has one, of vectors of this model."""

    directory: Path
    model: str
    dimensions: int
    optimise: bool = True
    """Whether shards get their graph; without, every point is compared, which takes as long as an exact search."""

    def path(self, scope: Scope) -> Path:
        return self.directory / hashlib.sha256(scope_name(scope).encode()).hexdigest()[:24]

    def has(self, scope: Scope) -> bool:
        path = self.path(scope)
        return path.is_dir() or _ready(path).is_dir()

    async def open(self, scope: Scope) -> EdgeVectors:
        """Raises `SearchUnavailable` if it is damaged, or was built for another model."""
        path = self.path(scope)
        if _ready(path).exists():
            await asyncio.to_thread(_take_place, _ready(path), path)
        shard = await EdgeVectors.open(path)
        expected = State(scope_name(scope), shard.identity, self.model, self.dimensions, shard.position)
        if shard.state != expected:
            await shard.close()
            raise SearchUnavailable(f"the vector index {path} is of {shard.state}, not {expected}")
        return shard

    async def prepare(self, scope: Scope, changes: Changes) -> None:
        path = self.path(scope)
        building = path.with_suffix(".building")
        identity = (await changes.standing(scope)).identity
        state = State(scope_name(scope), identity, self.model, self.dimensions, 0)
        shard = await EdgeVectors.create(building, state)
        try:
            while changed := await changes.since(shard.position, scope=scope, model=self.model, limit=CHUNK):
                await shard.apply(changed)
            await shard.flush()
            if self.optimise:
                await shard.optimise()
        finally:
            await shard.close()
        await asyncio.to_thread(_take_place, building, _ready(path))

    async def remove(self, scope: Scope) -> None:
        path = self.path(scope)
        for each in (path, _ready(path), path.with_suffix(".building")):
            await asyncio.to_thread(shutil.rmtree, each, ignore_errors=True)

    async def clear(self) -> None:
        """Remove every shard, of whatever scope and model."""
        await asyncio.to_thread(shutil.rmtree, self.directory, ignore_errors=True)


def _ready(path: Path) -> Path:
    return path.with_suffix(".ready")


def _take_place(directory: Path, path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    try:
        directory.rename(path)
    except OSError as error:
        raise SearchUnavailable(f"the vector index {path} cannot be put in its place: {error}") from error
