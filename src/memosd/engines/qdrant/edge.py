"""One owner's vectors in a directory of their own: a shard of Qdrant Edge, in a process of its own (`shard`).

Edge makes nothing durable by itself: the state that is written after a flush says up to which change the directory has
followed, and what comes after is read again. The graph by which it searches (HNSW) is built by `optimise`, which takes
minutes and all of a core. What is taken in afterwards is searched without one.
"""

import asyncio
import shutil
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from memosd.domain.errors import SearchUnavailable
from memosd.domain.filters import Filter
from memosd.domain.ids import MemoryId
from memosd.domain.search import Scored
from memosd.engines.common.filters import Inexpressible
from memosd.engines.qdrant import points
from memosd.engines.qdrant.filters import Condition, condition
from memosd.engines.qdrant.shard_process import ShardProcess, asked
from memosd.ports.index import Probe
from memosd.ports.projection import Changed

WORN = 20_000
"""Vectors taken in since the graph was built, which are compared one by one, from which on it is built anew."""
WORK_SECONDS = 3 * 3600.0
"""How long building the graph may take, making it durable, and reading it through: all grow with its size."""


@dataclass(frozen=True, slots=True)
class State:
    """What a directory holds, up to which change."""

    scope: str
    identity: int
    model: str
    dimensions: int
    position: int


class EdgeVectors:
    """`memosd.ports.projection.Projection` of one scope.

    flushed: up to which change the directory is durable; None: it is not there yet.
    """

    def __init__(self, process: ShardProcess, state: State, flushed: int | None) -> None:
        self._process = process
        self._state = state
        self._flushed = flushed

    @classmethod
    async def create(cls, directory: Path, state: State) -> Self:
        """A new, empty one; whatever lies there is removed. Nothing of it counts before the first flush."""
        try:
            await asyncio.to_thread(_make_empty, directory)
        except OSError as error:
            raise SearchUnavailable(f"the vector index {directory} cannot be made: {error}") from error
        process, _ = await _begin(directory, asked("create", dimensions=state.dimensions, fields=points.INDEXED))
        return cls(process, state, None)

    @classmethod
    async def open(cls, directory: Path) -> Self:
        process, said = await _begin(directory, asked("load"))
        try:
            state = State(**said)
        except TypeError as error:
            await process.close()
            raise SearchUnavailable(f"the vector index {directory} has a state that is none: {error}") from error
        return cls(process, state, state.position)

    @property
    def state(self) -> State:
        return self._state

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def identity(self) -> int:
        return self._state.identity

    @property
    def position(self) -> int:
        return self._state.position

    def can(self, where: Filter) -> bool:
        try:
            condition(where)
        except Inexpressible:
            return False
        return True

    async def apply(self, changed: Sequence[Changed]) -> None:
        await self._process.ask(await asyncio.to_thread(_change, changed))
        self._state = replace(self._state, position=changed[-1].position)

    async def flush(self) -> None:
        state = self._state
        if state.position != self._flushed:
            await self._process.ask(asked("flush", state=asdict(state)), seconds=WORK_SECONDS)
            self._flushed = state.position

    async def optimise(self) -> None:
        """Build its graph, durably. It answers nothing else meanwhile."""
        await self._process.ask(asked("optimise"), seconds=WORK_SECONDS)

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        return await points.search(probe, self._ask, limit=limit, all_scopes=False)

    async def _ask(self, vector: list[float], where: Condition, limit: int) -> list[points.Found]:
        found = await self._process.ask(asked("query", vector=vector, where=where, limit=limit))
        return [(MemoryId(memory), score) for memory, score in found]

    async def count(self) -> int:
        return int(await self._process.ask(asked("count")))

    async def worn(self) -> bool:
        return int(await self._process.ask(asked("unlinked"))) > WORN

    async def close(self) -> None:
        await self._process.close()


async def _begin(directory: Path, first: bytes) -> tuple[ShardProcess, Any]:
    """A process that has answered its first question, and the answer."""
    process = await ShardProcess.start(directory)
    async with AsyncExitStack() as unless_begun:
        unless_begun.push_async_callback(process.close)
        said = await process.ask(first, seconds=WORK_SECONDS)
        unless_begun.pop_all()
    return process, said


def _make_empty(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True, mode=0o700)


def _change(changed: Sequence[Changed]) -> bytes:
    new = [point for each in changed for point in points.points(each)]
    return asked("change", gone=points.of_memories(changed), points=new)
