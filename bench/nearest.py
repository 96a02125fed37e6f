"""Exact search and an owner's own HNSW index on PostgreSQL: how fast, and how much of the exact answer is found.

    python -m bench.nearest [--memories N] [--questions N]

One owner's vectors, 384 numbers each, synthetic: 48 dimensions that vary much, and noise in all.
Questions are vectors of the same kind; every memory has one of a hundred tags, so that a filter leaves 1 %.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from bench.measure import Samples
from harness.postgres import postgres
from memosd.domain.changes import Add
from memosd.domain.filters import parse_filter
from memosd.domain.ids import BatchId, MemoryId, MessageId, ProjectId, TaskId
from memosd.domain.memories import Content, Kind
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner, Reach
from memosd.domain.tasks import Remember, Task
from memosd.engines.postgres import PostgresEngine, vectors
from memosd.ports.index import Probe
from memosd.ports.models import Vector
from memosd.ports.storage import Edit

PROJECT, OWNER, MODEL = ProjectId("proj_bench"), Owner.user("bench"), "synthetic"
DIMENSIONS, VARYING, BATCH, LIMIT = 384, 48, 1_000, 30
START = datetime(2025, 1, 1, tzinfo=UTC)


def embeddings(count: int, *, seed: int) -> npt.NDArray[np.float32]:
    chance = np.random.default_rng(seed)
    axes = np.random.default_rng(0).standard_normal((VARYING, DIMENSIONS))
    rows = chance.standard_normal((count, VARYING)) @ axes + chance.standard_normal((count, DIMENSIONS))
    found: npt.NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return found


async def fill(engine: PostgresEngine, rows: npt.NDArray[np.float32]) -> None:
    for first in range(0, len(rows), BATCH):
        said = (Message(MessageId(f"msg_{first}"), Role.USER, "said", START),)
        batch = Batch(BatchId(f"batch_{first}"), PROJECT, "bench", "c", OWNER, said, START)
        task = Task(TaskId(f"task_{first}"), PROJECT, Remember(batch.id), f"{PROJECT}/{OWNER}")
        await engine.storage.accept(batch, task=task)
        [claimed] = await engine.queue.claim(limit=1, lease=timedelta(minutes=5))
        adds = [
            Add(MemoryId(f"mem_{i}"), Content(Kind.FACT, "", "said", START, tags=(f"t{i % 100}",)))
            for i in range(first, min(first + BATCH, len(rows)))
        ]
        own = {add.id: rows[first + i][None] for i, add in enumerate(adds)}
        if not await engine.storage.apply(Edit(claimed, batch, tuple(adds), own, MODEL, START)):
            raise RuntimeError("the lease was lost while a batch was being written")


async def ask(
    engine: PostgresEngine, questions: npt.NDArray[np.float32], tag: str | None, samples: Samples, name: str
) -> list[list[MemoryId]]:
    [index] = [index for index in engine.indexes if index.name == "vector"]
    reach = Reach(OWNER, parse_filter({"and": [{"tags": {"contains": tag}}]})) if tag else Reach(OWNER)
    found = []
    for question in questions:

        async def known(vector: Vector = question) -> Vector:
            return vector

        probe = Probe(PROJECT, (reach,), frozenset({Kind.FACT}), (), known, MODEL)
        started = time.perf_counter()
        hits = await index.search(probe, limit=LIMIT)
        samples.add(name, time.perf_counter() - started)
        found.append([hit.id for hit in hits])
    return found


async def measure(url: str, *, memories: int, questions: int) -> None:
    vectors.LARGE = memories + 1
    engine = await PostgresEngine.open(url)
    try:
        started = time.perf_counter()
        await fill(engine, embeddings(memories, seed=1))
        print(f"{memories} memories written in {time.perf_counter() - started:.0f} s")
        await engine.tend()
        asked, samples = embeddings(questions, seed=2), Samples()
        scopes = {"all": None, "one tag of a hundred": "t7"}
        exact = {name: await ask(engine, asked, tag, samples, f"exact, {name}") for name, tag in scopes.items()}
        vectors.LARGE, started = memories, time.perf_counter()
        print("; ".join(await engine.tend()), f"in {time.perf_counter() - started:.0f} s")
        indexed = {name: await ask(engine, asked, tag, samples, f"index, {name}") for name, tag in scopes.items()}
        vectors.EXACT = 0
        forced = await ask(engine, asked, "t7", samples, "index, one tag of a hundred, without counting first")
        for name in samples.taken:
            print(f"{name}: p50 {samples.p50(name):.1f} ms, p95 {samples.p95(name):.1f} ms")
        for name in scopes:
            print(f"recall of the index, {name}: {recall(exact[name], indexed[name]):.4f}")
        print(f"recall of the index, one tag of a hundred, without counting first: {recall(exact[name], forced):.4f}")
    finally:
        await engine.close()


def recall(exact: Sequence[Sequence[MemoryId]], found: Sequence[Sequence[MemoryId]]) -> float:
    return sum(len(set(a) & set(b)) for a, b in zip(exact, found, strict=True)) / sum(map(len, exact))


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.nearest", description="Exact and indexed vector search.")
    parser.add_argument("--memories", type=int, default=50_000)
    parser.add_argument("--questions", type=int, default=100)
    options = parser.parse_args(arguments)
    with postgres("maintenance_work_mem=1GB") as server:
        asyncio.run(measure(server.url(), memories=options.memories, questions=options.questions))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
