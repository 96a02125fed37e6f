"""One owner's vectors in a directory of their own: a shard of Qdrant Edge, the Qdrant engine inside this process.

Edge makes nothing durable by itself: `state.json`, written after a flush, says up to which change the directory has
followed, and what comes after is read again. The graph by which it searches (HNSW) is built by `optimise`, in a process
of its own: that takes minutes and all of a core. What is taken in afterwards is searched without one.
"""

import asyncio
import functools
import json
import os
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from qdrant_edge import (
    CountRequest,
    Distance,
    EdgeConfig,
    EdgeOptimizersConfig,
    EdgeShard,
    EdgeVectorParams,
    FieldCondition,
    HnswIndexConfig,
    MatchAny,
    MatchSubstring,
    MatchValue,
    NestedCondition,
    PayloadSchemaType,
    Point,
    Query,
    QueryRequest,
    RangeFloat,
    SearchParams,
    UpdateOperation,
    VectorStorageDatatype,
)
from qdrant_edge import Filter as EdgeFilter

from memosd.domain.errors import SearchUnavailable
from memosd.domain.filters import Filter
from memosd.domain.ids import MemoryId
from memosd.domain.search import Scored
from memosd.engines.qdrant import points
from memosd.engines.qdrant.filters import Condition, Inexpressible, condition
from memosd.ports.index import Probe
from memosd.ports.projection import Changed

T = TypeVar("T")

STATE = "state.json"
LINKS = 16
"""Neighbours of a point in the graph, `m` of HNSW (Y. Malkov, D. Yashunin, arXiv:1603.09320)."""
BUILD_WIDTH = 100
"""Candidates while building, `ef_construct`."""
SEARCH_WIDTH = 128
"""Candidates while searching, `ef`."""
PLAIN = 2_000
"""KiB of vectors that are rather compared one by one: what passes a strict filter."""
FILTERS = 256
"""Filters that are kept as Edge's own objects, those last asked for."""
WORN = 20_000
"""Vectors taken in since the graph was built, which are compared one by one, from which on it is built anew."""
_KINDS = {"keyword": PayloadSchemaType.Keyword, "integer": PayloadSchemaType.Integer, "float": PayloadSchemaType.Float}
_MATCHES: Mapping[str, Callable[[Any], Any]] = {"value": MatchValue, "any": MatchAny, "substring": MatchSubstring}


@dataclass(frozen=True, slots=True)
class State:
    """What a directory holds, up to which change."""

    scope: str
    identity: int
    model: str
    dimensions: int
    position: int


class EdgeFaults:
    """What Edge raises as `SearchUnavailable`: its errors are of the class `Exception` itself, its panics of a class of
    their own that cannot be imported. A closed shard panics, too."""

    def __init__(self, doing: str) -> None:
        self._doing = doing

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if error is not None and (kind is Exception or type(error).__name__ == "PanicException"):
            raise SearchUnavailable(f"{self._doing}: {error}") from error
        if isinstance(error, OSError | ValueError | KeyError) and not isinstance(error, Inexpressible):
            raise SearchUnavailable(f"{self._doing}: {error!r}") from error


def config(dimensions: int) -> EdgeConfig:
    return EdgeConfig(
        vectors=EdgeVectorParams(size=dimensions, distance=Distance.Dot, datatype=VectorStorageDatatype.Float16),
        hnsw_config=HnswIndexConfig(
            m=LINKS, ef_construct=BUILD_WIDTH, full_scan_threshold=PLAIN, max_indexing_threads=1
        ),
        optimizers=EdgeOptimizersConfig(default_segment_number=1),
        wal_enabled=False,  # the change log of the records is that
    )


class EdgeVectors:
    """`memosd.ports.projection.Projection` of one scope."""

    def __init__(self, directory: Path, shard: EdgeShard, state: State) -> None:
        self._directory = directory
        self._shard = shard
        self._state = state
        self._flushed = state.position
        self._writing = threading.Lock()
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="memosd-edge")
        self._closed = False

    @classmethod
    def create(cls, directory: Path, state: State) -> Self:
        """A new, empty one; whatever lies there is removed. Nothing of it counts before the first flush."""
        with EdgeFaults(f"the vector index {directory} cannot be made"):
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir(parents=True, mode=0o700)
            shard = EdgeShard.create(str(directory), config(state.dimensions))
            for field, kind in points.INDEXED.items():
                shard.update(UpdateOperation.create_field_index(field, _KINDS[kind]))
        return cls(directory, shard, state)

    @classmethod
    def open(cls, directory: Path) -> Self:
        with EdgeFaults(f"the vector index {directory} cannot be read"):
            state = State(**json.loads((directory / STATE).read_text("utf-8")))
            return cls(directory, EdgeShard.load(str(directory)), state)

    @property
    def state(self) -> State:
        return self._state

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
        await self._run(lambda: self._apply(changed))

    def _apply(self, changed: Sequence[Changed]) -> None:
        new = [Point(id_, vector, shown) for each in changed for id_, vector, shown in points.points(each)]
        with self._writing, EdgeFaults("the vector index cannot be written"):
            self._shard.update(UpdateOperation.delete_points_by_filter(edge_filter(points.of_memories(changed))))
            if new:
                self._shard.update(UpdateOperation.upsert_points(new))
            self._state = replace(self._state, position=changed[-1].position)

    async def flush(self) -> None:
        await self._run(self._flush)

    def _flush(self) -> None:
        with self._writing, EdgeFaults("the vector index cannot be made durable"):
            state = self._state
            if state.position == self._flushed and (self._directory / STATE).exists():
                return
            self._shard.flush()
            written = self._directory / f"{STATE}.new"
            with written.open("w", encoding="utf-8") as file:
                file.write(json.dumps(asdict(state)))
                file.flush()
                os.fsync(file.fileno())
            written.replace(self._directory / STATE)
            self._flushed = state.position

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        return await points.search(probe, self._ask, limit=limit, all_scopes=False)

    async def _ask(self, vector: list[float], where: Condition, limit: int) -> list[points.Found]:
        request = QueryRequest(
            query=Query.Nearest(vector),
            filter=_compiled(json.dumps(where)),
            limit=limit,
            params=SearchParams(hnsw_ef=max(SEARCH_WIDTH, 2 * limit)),
            with_payload=["id"],
            with_vector=False,
        )

        def ask() -> list[points.Found]:
            with EdgeFaults("the vector index cannot be searched"):
                found = self._shard.query(request)
                return [(MemoryId(point.payload["id"]), point.score) for point in found if point.payload]

        return await self._run(ask)

    async def count(self) -> int:
        def count() -> int:
            with EdgeFaults("the vector index cannot be counted"):
                return int(self._shard.count(CountRequest(exact=True)))

        return await self._run(count)

    async def worn(self) -> bool:
        def unlinked() -> int:
            with EdgeFaults("the vector index cannot be counted"):
                info = self._shard.info()
                return int(info.points_count - info.indexed_vectors_count)

        return await self._run(unlinked) > WORN

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            await asyncio.to_thread(self._threads.shutdown)
            with EdgeFaults("the vector index cannot be closed"):
                self._shard.close()

    async def _run(self, work: Callable[[], T]) -> T:
        if self._closed:
            raise SearchUnavailable("the vector index is closed")
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


@functools.lru_cache(FILTERS)
def _compiled(where: str) -> EdgeFilter:
    """As `edge_filter`, from JSON. Made anew for each search, every object of it would wait its turn with the threads
    that read for the same search, and the search would begin late."""
    return edge_filter(json.loads(where))


def edge_filter(where: Condition) -> EdgeFilter:
    """The filter as Edge's own objects."""
    return EdgeFilter(
        must=[_condition(each) for each in where["must"]] if "must" in where else None,
        should=[_condition(each) for each in where["should"]] if "should" in where else None,
    )


def _condition(each: Condition) -> Any:
    if "nested" in each:
        return NestedCondition(each["nested"]["key"], edge_filter(each["nested"]["filter"]))
    if "match" in each:
        [(how, value)] = each["match"].items()
        return FieldCondition(each["key"], match=_MATCHES[how](value))
    if "range" in each:
        return FieldCondition(each["key"], range=RangeFloat(**each["range"]))
    return edge_filter(each)
