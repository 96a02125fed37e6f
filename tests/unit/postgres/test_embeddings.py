"""One embedder gives way to another while several processes write."""

import asyncio

import numpy as np
import pytest

from memosd.domain.changes import Add, Revise
from memosd.domain.errors import Unavailable
from memosd.domain.tasks import Remember, Task
from memosd.engines.postgres import PostgresEngine, embeddings
from memosd.ports.embeddings import ActiveEmbedder, Coverage, Embedded
from tests.support.records import LEASE, MODEL, Records, batch, content, memory_id
from tests.unit.postgres.conftest import records_of

NEW = "new-model"
WRITERS = 24


async def fill(engine: PostgresEngine) -> None:
    for memory in await engine.embeddings.lacking(NEW, after=-1, limit=100):
        await engine.embeddings.put(NEW, [Embedded(memory.id, memory.version, np.eye(1, 8, dtype=np.float32))])


async def write(records: Records, task: Task) -> bool:
    """Whether the old embedder's vectors were still wanted."""
    assert isinstance(task.job, Remember)
    taken = await records.storage.batch(task.job.batch)
    assert taken is not None
    try:
        return await records.apply(task, taken, Add(memory_id(), content("tea")))
    except Unavailable:
        return False


async def test_no_vector_of_the_old_embedder_comes_after_the_switch(
    engine: PostgresEngine, other: PostgresEngine
) -> None:
    here, there = records_of(engine), records_of(other)
    await here.remember(content("tea"))
    for number in range(WRITERS):
        await here.accept(batch("x", user=f"user {number}"))
    tasks = await there.queue.claim(limit=WRITERS, lease=LEASE)

    async def switch() -> None:
        await fill(engine)
        while not await engine.embeddings.activate(ActiveEmbedder(NEW)):
            await fill(engine)

    *written, _ = await asyncio.gather(*(write(there, task) for task in tasks), switch())
    kept = 1 + sum(map(bool, written))
    assert await other.embeddings.coverage(NEW) == Coverage(kept, kept)
    assert await other.embeddings.active() == ActiveEmbedder(NEW)


async def test_a_memory_revised_meanwhile_gets_no_stale_vector(engine: PostgresEngine, other: PostgresEngine) -> None:
    here, there = records_of(engine), records_of(other)
    ids = await here.remember(*(content(f"tea {number}") for number in range(8)))
    seen = await engine.embeddings.lacking(NEW, after=-1, limit=9)
    taken = batch("again")
    task = await there.claim(await there.accept(taken))
    rows = [Embedded(memory.id, memory.version, np.eye(1, 8, dtype=np.float32)) for memory in seen]
    revised = [Revise(id_, content("green tea"), version=1) for id_ in ids]
    await asyncio.gather(engine.embeddings.put(NEW, rows), there.apply(task, taken, *revised))
    assert await other.embeddings.coverage(NEW) == Coverage(len(ids), 0)


async def test_old_vectors_are_dropped_stretch_by_stretch(
    engine: PostgresEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings, "DROPPED", 3)
    await records_of(engine).remember(*(content(f"tea {number}") for number in range(8)))
    await fill(engine)
    await engine.embeddings.drop_others(NEW)
    assert await engine.embeddings.coverage(MODEL) == Coverage(8, 0)
    assert await engine.embeddings.coverage(NEW) == Coverage(8, 8)
