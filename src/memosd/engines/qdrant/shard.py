"""A shard of Qdrant Edge, the Qdrant engine as a library, in a process of its own: what runs in that process.

    python -P -m memosd.engines.qdrant.shard DIRECTORY

Edge keeps Python's interpreter to itself for as long as it works, milliseconds for a search and minutes for a graph:
a server would stand still meanwhile. And a fault of it, or of its files, ends only this process.

Each line on the standard input asks, in JSON, and one line on the standard output answers, in order. The process ends
with its input, and so with the server, however that ends; what was not flushed by then is lost.
"""

import functools
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson
from qdrant_edge import (
    CountRequest,
    Distance,
    EdgeConfig,
    EdgeOptimizersConfig,
    EdgeShard,
    EdgeVectorParams,
    FieldCondition,
    Filter,
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

STATE = "state.json"
"""Written after each flush: what the directory holds, in the words of whoever asked for it."""
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
_PIECE = 8 << 20
"""Bytes read at a time."""
_KINDS = {"keyword": PayloadSchemaType.Keyword, "integer": PayloadSchemaType.Integer, "float": PayloadSchemaType.Float}
_MATCHES: Mapping[str, Callable[[Any], Any]] = {"value": MatchValue, "any": MatchAny, "substring": MatchSubstring}


class Shard:
    """What can be asked. `create` or `load` comes first."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._edge: EdgeShard | None = None

    @property
    def _opened(self) -> EdgeShard:
        if self._edge is None:
            raise ValueError("the shard is not open")
        return self._edge

    def create(self, dimensions: int, fields: Mapping[str, str]) -> None:
        """An empty one. fields: of the payload, by which points are looked up, with their types."""
        self._edge = EdgeShard.create(str(self._directory), _config(dimensions))
        for field, kind in fields.items():
            self._edge.update(UpdateOperation.create_field_index(field, _KINDS[kind]))

    def load(self) -> dict[str, Any]:
        """The one that lies there; gives the state at its last flush."""
        state: dict[str, Any] = orjson.loads((self._directory / STATE).read_bytes())
        _read_through(self._directory)
        self._edge = EdgeShard.load(str(self._directory))
        return state

    def change(self, gone: dict[str, Any], points: Sequence[tuple[int, list[float], dict[str, Any]]]) -> None:
        """Take out what passes the filter `gone`, then put in the points: id, vector and payload of each."""
        self._opened.update(UpdateOperation.delete_points_by_filter(_filter(gone)))
        if points:
            self._opened.update(UpdateOperation.upsert_points([Point(*point) for point in points]))

    def flush(self, state: Mapping[str, Any]) -> None:
        """Make durable what it holds, then that it is this state."""
        self._opened.flush()
        written = self._directory / f"{STATE}.new"
        with written.open("wb") as file:
            file.write(orjson.dumps(state))
            file.flush()
            os.fsync(file.fileno())
        written.replace(self._directory / STATE)

    def optimise(self) -> None:
        """Build the graph by which it is searched, with the lowest priority from then on."""
        if hasattr(os, "nice"):
            os.nice(19)
        self._opened.optimize()
        self._opened.flush()

    def query(self, vector: list[float], where: dict[str, Any], limit: int) -> list[tuple[str, float]]:
        """Id, as in the payload, and similarity of the nearest points that pass the filter, best first."""
        request = QueryRequest(
            query=Query.Nearest(vector),
            filter=_compiled(orjson.dumps(where)),
            limit=limit,
            params=SearchParams(hnsw_ef=max(SEARCH_WIDTH, 2 * limit)),
            with_payload=["id"],
            with_vector=False,
        )
        return [(point.payload["id"], point.score) for point in self._opened.query(request) if point.payload]

    def count(self) -> int:
        return int(self._opened.count(CountRequest(exact=True)))

    def unlinked(self) -> int:
        """Vectors that the graph does not have, which are compared one by one."""
        info = self._opened.info()
        return int(info.points_count - info.indexed_vectors_count)


_QUESTIONS: Mapping[str, Callable[..., Any]] = {
    "create": Shard.create,
    "load": Shard.load,
    "change": Shard.change,
    "flush": Shard.flush,
    "optimise": Shard.optimise,
    "query": Shard.query,
    "count": Shard.count,
    "unlinked": Shard.unlinked,
}


class _Faults:
    """What goes wrong inside is kept as `found`, and not raised: Edge's errors are of the class `Exception` itself, its
    panics of a class of their own that cannot be imported."""

    found: str | None = None

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> bool:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            self.found = f"{type(error).__name__}: {error}"
            return True
        return False


def answer(shard: Shard, line: bytes) -> bytes:
    """`{"do": name, argument: value, ...}` is answered by `{"answer": value}` or `{"failed": why}`."""
    faults = _Faults()
    with faults:
        asked: dict[str, Any] = orjson.loads(line)
        return orjson.dumps({"answer": _QUESTIONS[asked.pop("do")](shard, **asked)})
    return orjson.dumps({"failed": faults.found})


def _config(dimensions: int) -> EdgeConfig:
    return EdgeConfig(
        vectors=EdgeVectorParams(size=dimensions, distance=Distance.Dot, datatype=VectorStorageDatatype.Float16),
        hnsw_config=HnswIndexConfig(
            m=LINKS, ef_construct=BUILD_WIDTH, full_scan_threshold=PLAIN, max_indexing_threads=1
        ),
        optimizers=EdgeOptimizersConfig(default_segment_number=1),
        wal_enabled=False,  # the change log of the records is that
    )


def _read_through(directory: Path) -> None:
    """Read every file anew, from its beginning to its end. A search jumps about in them, and takes twice as long where
    the system's cache has their pages as they were written than where it has them as they are read in one go."""
    for path in sorted(each for each in directory.rglob("*") if each.is_file()):
        with path.open("rb", buffering=0) as file:
            if hasattr(os, "posix_fadvise"):
                os.fsync(file.fileno())  # only what is on the disc is let go
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            while file.read(_PIECE):
                pass


@functools.lru_cache(FILTERS)
def _compiled(where: bytes) -> Filter:
    return _filter(orjson.loads(where))


def _filter(where: Mapping[str, Any]) -> Filter:
    """The filter as Edge's own objects."""
    return Filter(
        must=[_condition(each) for each in where["must"]] if "must" in where else None,
        should=[_condition(each) for each in where["should"]] if "should" in where else None,
    )


def _condition(each: Mapping[str, Any]) -> Any:
    if "nested" in each:
        return NestedCondition(each["nested"]["key"], _filter(each["nested"]["filter"]))
    if "match" in each:
        [(how, value)] = each["match"].items()
        return FieldCondition(each["key"], match=_MATCHES[how](value))
    if "range" in each:
        return FieldCondition(each["key"], range=RangeFloat(**each["range"]))
    return _filter(each)


def main(directory: str) -> None:
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.SIG_IGN)  # they are for the server, which still wants a last flush
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever else is printed is no answer
    shard = Shard(Path(directory))
    for line in sys.stdin.buffer:
        answers.write(answer(shard, line) + b"\n")
        answers.flush()


if __name__ == "__main__":
    main(sys.argv[1])
