"""The directory of shards: which owners have one, building them, throwing them away."""

import asyncio
import hashlib
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from memosd.domain.errors import SearchUnavailable
from memosd.engines.qdrant.edge import EdgeFaults, EdgeVectors, State
from memosd.engines.qdrant.points import scope_name
from memosd.ports.projection import Changes, Scope

CHUNK = 500
"""Changes taken in at a time."""
BUILD_SECONDS = 3 * 3600


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
        shard = await asyncio.to_thread(_open_newest, path)
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
        shard = await asyncio.to_thread(EdgeVectors.create, building, state)
        try:
            while changed := await changes.since(shard.position, scope=scope, model=self.model, limit=CHUNK):
                await shard.apply(changed)
            await shard.flush()
        finally:
            await shard.close()
        if self.optimise:
            await _in_a_process(building)
        await asyncio.to_thread(_take_place, building, _ready(path))

    async def remove(self, scope: Scope) -> None:
        path = self.path(scope)
        for each in (path, _ready(path), path.with_suffix(".building")):
            await asyncio.to_thread(shutil.rmtree, each, ignore_errors=True)

    async def clear(self) -> None:
        """Remove every shard, of whatever scope and model."""
        await asyncio.to_thread(shutil.rmtree, self.directory, ignore_errors=True)


async def _in_a_process(directory: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "memosd.engines.qdrant.optimise", str(directory)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(BUILD_SECONDS):
            _, said = await process.communicate()
    except TimeoutError:
        raise SearchUnavailable(f"the graph of {directory} was not built within {BUILD_SECONDS} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise SearchUnavailable(f"the graph of {directory} could not be built: {said.decode(errors='replace')[-300:]}")


def _ready(path: Path) -> Path:
    return path.with_suffix(".ready")


def _open_newest(path: Path) -> EdgeVectors:
    if _ready(path).exists():
        _take_place(_ready(path), path)
    return EdgeVectors.open(path)


def _take_place(directory: Path, path: Path) -> None:
    with EdgeFaults(f"the vector index {path} cannot be put in its place"):
        shutil.rmtree(path, ignore_errors=True)
        directory.rename(path)
