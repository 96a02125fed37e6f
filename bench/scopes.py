"""Measures searches of small and of large scopes: exactly, by Qdrant Edge, and on PostgreSQL; writes bench/SCOPES.md.

    python -m bench.scopes [--users 1000] [--each 1000] [--large 200000] [--searches 200] [--out FILE]

All ways run at the same time, each in a process of its own on the same data, and are asked in turns.
"""

import argparse
import asyncio
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np

from bench.measure import Bar, Report, Samples
from harness.postgres import postgres
from harness.provenance import provenance
from harness.talk import Talk
from memosd import process
from memosd.domain.access import Project
from memosd.domain.filters import EVERYTHING, Filter, parse_filter
from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.memories import Content, Kind, Memory
from memosd.domain.scope import Owner, Reach
from memosd.domain.search import Query
from memosd.engines.postgres import PostgresEngine
from memosd.engines.qdrant.shards import EdgeShards
from memosd.engines.sqlite import SqliteEngine
from memosd.flows.large_scopes import LargeScopes
from memosd.flows.recall import Recall
from memosd.language.names import names
from memosd.language.script import language_of
from memosd.language.terms import terms
from memosd.ports.archive import EmbeddingRecord, MemoryRecord, ProjectRecord, Record
from memosd.ports.engine import Engine
from memosd.ports.index import Index, Probe
from memosd.ports.models import Purpose, Vector, Vectors

HERE = Path(__file__).parent
PROJECT = ProjectId("proj_bench")
MODEL = "bench"
DIMENSIONS = 384
CENTRES = 2_000
SPREAD = 0.8
"""Of a vector around its centre, where the centre's own components have a spread of 1."""
SENTENCES = 20_000
RARE = 100
"""One memory in so many has the tag that the strict filter asks for."""
WANTED = 30
START = datetime(2025, 1, 1, 8, tzinfo=UTC)
STRICT = {"and": [{"tags": {"contains": "rare"}}, {"create_time": {"gte": "2025-01-02"}}]}
LARGE = "large"
WAYS = ("exact", "qdrant-edge", "postgres")
INDEXED = WAYS[1:]
SERVER = ("shared_buffers=2GB", "maintenance_work_mem=1GB")
"""Settings of the PostgreSQL server, besides those of the harness."""
NOTES = (
    "The vectors lie around random centres (`CENTRES`, `SPREAD`), questions near random memories; they are synthetic.",
    f"Strict: a tag that one memory in {RARE} has, and a time. Loose: no filter. Small: a user with few memories.",
    f"Vector search gives {WANTED} memories. A whole search is `flows/recall` with a vector that is there already: all "
    "indexes, loading, scoring. Recall is the share of the exact answer that the other way found.",
    "`exact` and `qdrant-edge` are the embedded engine, `postgres` the shared one, on a server of this machine without "
    f"fsync ({', '.join(SERVER)}), in which the large user has an index of its own (HNSW); its memory is not counted.",
    "Each way is a process of its own, with what a server sets for its process, all live at once and asked in turns. "
    "Memory is that of the process, and of a shard's, after all searches: RSS counts pages of mapped files, too, which "
    "the system can take back; anonymous memory it cannot.",
    "A load average above the number of cores says that other work had the machine: then only ratios mean something.",
)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.scopes", description="Measures searches of scopes.")
    parser.add_argument("--users", type=int, default=1_000)
    parser.add_argument("--each", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=200_000)
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--out", type=Path, default=HERE / "SCOPES.md")
    parser.add_argument("--answer", nargs=2, metavar=("WAY", "PLACE"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.answer:
        process.run(_answer(*options.answer))
        return 0
    report = Report(notes=list(NOTES))
    with tempfile.TemporaryDirectory(prefix="memosd-bench-") as directory, postgres(*SERVER) as server:
        _tell("filling")
        seconds = asyncio.run(_fill_both(Path(directory), server.url(), options))
        total = options.users * options.each + options.large
        for engine, taken in seconds.items():
            report.figure(f"loading {total:,} memories as `memosd import` does, {engine}", total / taken, "a second")
        with ExitStack() as opened:
            places = {**dict.fromkeys(WAYS, directory), "postgres": server.url()}
            ways = {way: opened.enter_context(_answering(way, places[way])) for way in WAYS}
            for way in INDEXED:
                built = ways[way].ready["seconds"]
                report.figure(f"building the index of {options.large:,}, beside the server, {way}", built, "s")
            _measure(ways, options, report)
    text = report.page("Small and large scopes", provenance("bench.scopes", arguments))
    options.out.write_text(text, "utf-8")
    print(text)
    return 0


async def _fill_both(directory: Path, url: str, options: argparse.Namespace) -> dict[str, float]:
    engines: dict[str, Engine] = {"sqlite": SqliteEngine.open(directory), "postgres": await PostgresEngine.open(url)}
    return await fill(engines, options.users, options.each, options.large)


def _measure(ways: dict[str, "Answering"], options: argparse.Namespace, report: Report) -> None:
    samples, found, order = Samples(), {}, random.Random(5)
    kinds = [
        (what, scope, strictness)
        for what in ("vector", "whole")
        for scope in ("small", LARGE)
        for strictness in ("loose", "strict")
    ]
    for number in range(options.searches + 20):
        for what, scope, strictness in kinds:
            user = LARGE if scope == LARGE else f"user{order.randrange(options.users)}"
            question = {"what": what, "user": user, "strict": strictness == "strict", "seed": number}
            for way in order.sample(WAYS, len(WAYS)):
                answer = ways[way].ask(question)
                if number >= 20:  # the first are to warm up
                    samples.add(f"{what} {scope} {strictness} {way}", answer["seconds"])
                    found[what, scope, strictness, way, number] = set(answer["ids"])
    for what, scope, strictness in kinds:
        for way in WAYS:
            name = f"{what} {scope} {strictness} {way}"
            report.durations(f"{what} search, {scope}, {strictness}, {way}", samples, name)
        if what == "vector":
            for way in INDEXED:
                answers = [
                    (found[what, scope, strictness, "exact", n], found[what, scope, strictness, way, n])
                    for n in range(20, options.searches + 20)
                ]
                shares = [len(exact & other) / len(exact) for exact, other in answers if exact]
                if shares:
                    bar = f"recall against exact, vector search, {scope}, {strictness}, {way}"
                    report.bars.append(Bar(bar, float(np.mean(shares)), 0.98, at_least=True))
    for what, strictness in itertools.product(("vector", "whole"), ("loose", "strict")):
        p95 = samples.p95(f"{what} large {strictness} qdrant-edge")
        report.bars.append(Bar(f"{what} search p95, large, {strictness}, qdrant-edge, ms", p95, 15))
    report.figure(f"load average at the end, on {os.cpu_count()} cores", os.getloadavg()[0], "")
    for way in WAYS:
        memory = ways[way].ask({"what": "memory"})
        report.figure(f"memory, {way}: RSS", memory["rss"], "MiB")
        report.figure(f"memory, {way}: anonymous", memory["anonymous"], "MiB")


@dataclass
class Answering:
    """A process that answers one way."""

    into: IO[bytes]
    out: IO[bytes]
    ready: dict[str, Any]

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        self.into.write(json.dumps(question).encode() + b"\n")
        self.into.flush()
        answer: dict[str, Any] = json.loads(self.out.readline())
        return answer


@contextmanager
def _answering(way: str, place: str) -> Iterator[Answering]:
    _tell(f"starting {way}")
    command = (sys.executable, "-m", "bench.scopes", "--answer", way, place)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Answering(process.stdin, process.stdout, json.loads(process.stdout.readline()))
        process.stdin.close()


async def _answer(way: str, place: str) -> None:
    """Answers questions from standard input, a line each."""
    started = time.perf_counter()
    async with _opened(way, place) as (engine, vectors):
        others = [index for index in engine.indexes if index.name != "vector"]
        print(json.dumps({"seconds": time.perf_counter() - started}), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            asked = json.loads(line)
            if asked["what"] == "memory":
                print(json.dumps(memory_of_this_process()), flush=True)
                continue
            vector = _question(asked["seed"])
            reach = Reach(Owner.user(asked["user"]), where(strict=asked["strict"]))
            text = Talk(seed=asked["seed"]).question()
            start = time.perf_counter()
            if asked["what"] == "whole":
                ids = await _whole(engine, (*others, vectors), reach, vector, text)
            else:
                ids = await _vector(vectors, reach, vector)
            print(json.dumps({"seconds": time.perf_counter() - start, "ids": ids}), flush=True)


@asynccontextmanager
async def _opened(way: str, place: str) -> AsyncIterator[tuple[Engine, Index]]:
    """place: the data directory, or the URL of the database."""
    if way == "postgres":
        shared = await PostgresEngine.open(place)
        await shared.tend()
        yield shared, _vectors_of(shared)
        await shared.close()
        return
    engine = SqliteEngine.open(Path(place), exclusive=way != "exact")
    vectors = _vectors_of(engine)
    try:
        if way == "exact":
            yield engine, vectors
            return
        shards = EdgeShards(Path(place) / "vectors", MODEL, DIMENSIONS)
        scopes = LargeScopes(vectors, engine.changes, shards, MODEL, 20_000)
        await scopes.tend_once()
        yield engine, scopes
        await scopes.close()
    finally:
        await engine.close()


def _vectors_of(engine: Engine) -> Index:
    [vectors] = [index for index in engine.indexes if index.name == "vector"]
    return vectors


def where(*, strict: bool) -> Filter:
    return parse_filter(STRICT) if strict else EVERYTHING


async def _vector(index: Index, reach: Reach, vector: Vector) -> list[str]:
    async def ready() -> Vector:
        return vector

    probe = Probe(PROJECT, (reach,), frozenset({Kind.FACT}), (), ready, MODEL)
    return [hit.id for hit in await index.search(probe, limit=WANTED)]


async def _whole(engine: Engine, indexes: tuple[Index, ...], reach: Reach, vector: Vector, text: str) -> list[str]:
    recall = Recall(engine.storage, indexes, engine.statistics, _Ready(vector), lambda: datetime.now(UTC))
    asked = Query(PROJECT, reach.owner.id, text, (reach,), threshold=0)
    return [hit.memory.id for hit in (await recall(asked)).facts]


@dataclass(frozen=True)
class _Ready:
    """An embedder for which every text has the same vector, at once."""

    vector: Vector
    model: str = MODEL
    dimensions: int = DIMENSIONS

    async def embed(self, texts: Sequence[str], *, purpose: Purpose) -> Vectors:
        return np.stack([self.vector] * len(texts))


def memory_of_this_process() -> dict[str, float]:
    """In MiB, with that of its child processes."""
    children = "".join(each.read_text("ascii") for each in Path("/proc/self/task").glob("*/children")).split()
    found = {"rss": 0.0, "anonymous": 0.0}
    for pid in ("self", *children):
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines())
        found["rss"] += int(status["VmRSS"].split()[0]) / 1024
        found["anonymous"] += int(status["RssAnon"].split()[0]) / 1024
    return found


def _around(numbers: np.random.Generator, count: int) -> Vectors:
    centres = np.random.default_rng(0).standard_normal((CENTRES, DIMENSIONS), dtype=np.float32)
    spread = SPREAD * numbers.standard_normal((count, DIMENSIONS), dtype=np.float32)
    vectors = centres[numbers.integers(0, CENTRES, count)] + spread
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / lengths, dtype=np.float32)


def _question(seed: int) -> Vector:
    vector: Vector = _around(np.random.default_rng(1_000_000 + seed), 1)[0]
    return vector


async def fill(engines: Mapping[str, Engine], users: int, each: int, large: int) -> dict[str, float]:
    """Seconds that loading took, by the name of the engine; all are closed."""
    make = partial(_records, _contents(), np.random.default_rng(1))
    seconds = dict.fromkeys(engines, 0.0)
    try:
        for engine in engines.values():
            await engine.archive.load([ProjectRecord(Project(PROJECT, "bench", START))], project=PROJECT)
        for user, count in ((LARGE, large), *((f"user{number}", each) for number in range(users))):
            for first in range(0, count, 1_000):
                records = make(user, range(first, min(first + 1_000, count)))
                for name, engine in engines.items():
                    start = time.perf_counter()
                    await engine.archive.load(records, project=PROJECT)
                    seconds[name] += time.perf_counter() - start
    finally:
        for engine in engines.values():
            await engine.close()
    return seconds


def _contents() -> list[Content]:
    talk = Talk(seed=1)
    return [
        Content(
            Kind.FACT,
            title=text[:40],
            value=text,
            said_at=START,
            terms=tuple(terms(text)),
            entities=names(text),
            language=language_of(text),
        )
        for text in (talk.sentence() for _ in range(SENTENCES))
    ]


def _records(contents: Sequence[Content], numbers: np.random.Generator, user: str, positions: range) -> list[Record]:
    vectors = _around(numbers, len(positions)).astype("<f2")
    records: list[Record] = []
    for vector, position in zip(vectors, positions, strict=True):
        content = contents[int(numbers.integers(len(contents)))]
        at = START + timedelta(minutes=position)
        if position % RARE == 0:
            content = Content(Kind.FACT, content.title, content.value, at, terms=content.terms, tags=("rare",))
        own = MemoryId(f"{user}_{position}")
        memory = Memory(own, PROJECT, Owner.user(user), user, f"c{position // 20}", content, at, at)
        records += [MemoryRecord(memory), EmbeddingRecord(own, MODEL, (vector.tobytes(),))]
    return records


def _tell(what: str) -> None:
    print(f"bench: {what} …", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
