"""Fills a data directory with synthetic memories through the storage port, without a server.

    python -m bench.fill DIR MEMORIES MODEL

Embedding 100,000 texts takes half an hour, and the time that a search takes does not depend on what the vectors say:
they are random unit vectors under the name of the embedder's model. Texts, terms, names, links and dates are made as
extraction makes them.
"""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from harness.talk import Talk
from memosd.domain.access import DEFAULT_PROJECT, Project
from memosd.domain.changes import Add
from memosd.domain.ids import BatchId, MemoryId, MessageId, ProjectId, TaskId, new_id
from memosd.domain.memories import Content, Kind
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner
from memosd.domain.tasks import Remember, Task
from memosd.engines.sqlite import SqliteEngine
from memosd.language.names import names
from memosd.language.script import language_of
from memosd.language.terms import terms
from memosd.ports.storage import Edit

USER = "bench"
DIMENSIONS = 384
BATCH = 500
CONVERSATION = 20
"""Memories of one conversation; each is linked to the one before it."""
START = datetime(2025, 1, 1, 8, tzinfo=UTC)


async def fill(directory: Path, memories: int, model: str) -> None:
    """`memories` facts of the user `USER` in the default project, in batches of `BATCH`."""
    engine = SqliteEngine.open(directory)
    try:
        project = Project(ProjectId(new_id("proj")), DEFAULT_PROJECT, START)
        await engine.keys.create_project(project)
        talk, numbers = Talk(seed=1), np.random.default_rng(1)
        for first in range(0, memories, BATCH):
            await _fill_batch(engine, project.id, talk, numbers, range(first, min(first + BATCH, memories)), model)
    finally:
        await engine.close()


async def _fill_batch(
    engine: SqliteEngine,
    project: ProjectId,
    talk: Talk,
    numbers: np.random.Generator,
    positions: range,
    model: str,
) -> None:
    messages = tuple(
        Message(MessageId(new_id("msg")), Role.USER, talk.sentence(), START + timedelta(minutes=30 * position))
        for position in positions
    )
    batch = Batch(
        id=BatchId(new_id("batch")),
        project=project,
        user=USER,
        conversation=f"filled-{positions.start}",
        owner=Owner.user(USER),
        messages=messages,
        received_at=messages[-1].said_at,
    )
    task = Task(TaskId(new_id("task")), project, Remember(batch.id), lock=f"{project}/{batch.owner}")
    await engine.storage.accept(batch, task=task)
    [claimed] = await engine.queue.claim(limit=1, lease=timedelta(minutes=5))
    ids = [MemoryId(new_id("mem")) for _ in messages]
    changes = tuple(
        Add(ids[i], _content(message), after=ids[i - 1] if i % CONVERSATION else None)
        for i, message in enumerate(messages)
    )
    vectors = numbers.standard_normal((len(ids), 1, DIMENSIONS), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    edit = Edit(claimed, batch, changes, dict(zip(ids, vectors, strict=True)), model, at=batch.received_at)
    if not await engine.storage.apply(edit):
        raise RuntimeError("the lease was lost while a batch was being written")


def _content(message: Message) -> Content:
    return Content(
        kind=Kind.FACT,
        title=message.text[:40],
        value=f"[{message.said_at:%Y-%m-%d}] {message.text}",
        said_at=message.said_at,
        sources=(message.id,),
        terms=tuple(terms(message.text)),
        entities=names(message.text),
        language=language_of(message.text),
    )


if __name__ == "__main__":
    asyncio.run(fill(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
