"""Short ways to say what a test records: batches, contents, tasks and edits with sensible rest."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from memosd.domain.changes import Add, Change, Revise
from memosd.domain.ids import BatchId, MemoryId, MessageId, ProjectId, TaskId
from memosd.domain.memories import Content, Entity, Kind
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner, Reach
from memosd.domain.search import Span
from memosd.domain.tasks import Remember, Task
from memosd.ports.index import Index, Probe
from memosd.ports.models import Vector, Vectors
from memosd.ports.storage import Edit, KeyStore, Storage, TaskQueue

PROJECT = ProjectId("project_1")
OTHER_PROJECT = ProjectId("project_2")
MORNING = datetime(2025, 9, 12, 8, 0, tzinfo=UTC)
MODEL = "test-model"
DIMENSION = 8
LEASE = timedelta(minutes=1)

_counter = itertools.count(1)


def unit(axis: int, *others: int) -> Vector:
    """A vector of length 1 along the axes."""
    vector = np.zeros(DIMENSION, dtype=np.float32)
    vector[[axis, *others]] = 1
    return vector / np.float32(np.linalg.norm(vector))


def message(text: str, *, role: Role = Role.USER, said_at: datetime = MORNING, id: str | None = None) -> Message:
    return Message(MessageId(id or f"msg_{next(_counter)}"), role, text, said_at)


def batch(
    *texts: str | Message,
    project: ProjectId = PROJECT,
    user: str = "ann",
    conversation: str = "c1",
    owner: Owner | None = None,
    received_at: datetime = MORNING,
    **more: Any,
) -> Batch:
    messages = tuple(text if isinstance(text, Message) else message(text) for text in texts)
    return Batch(
        BatchId(f"batch_{next(_counter)}"),
        project,
        user,
        conversation,
        owner or Owner.user(user),
        messages,
        received_at,
        **more,
    )


def content(
    value: str,
    *,
    sources: Iterable[Message] = (),
    terms: Sequence[str] | None = None,
    names: Sequence[str] = (),
    **more: Any,
) -> Content:
    return Content(
        kind=more.pop("kind", Kind.FACT),
        title=value[:20],
        value=value,
        said_at=more.pop("said_at", MORNING),
        sources=tuple(message.id for message in sources),
        terms=tuple(value.lower().split() if terms is None else terms),
        entities=tuple(Entity("thing", name) for name in names),
        **more,
    )


def memory_id() -> MemoryId:
    return MemoryId(f"mem_{next(_counter)}")


def task_of(batch: Batch) -> Task:
    return Task(TaskId(f"task_{next(_counter)}"), batch.project, Remember(batch.id), f"{batch.project}/{batch.owner}")


def vectors(*rows: Vector) -> Vectors:
    return np.stack(rows)


def question(
    *terms: str,
    project: ProjectId = PROJECT,
    reach: Sequence[Reach] = (Reach(Owner.user("ann")),),
    kinds: Iterable[Kind] = tuple(Kind),
    vector: Vector | None = None,
    entities: Sequence[str] = (),
    time: Span | None = None,
    model: str = MODEL,
) -> Probe:
    asked = unit(0) if vector is None else vector

    async def embedded() -> Vector:
        return asked

    return Probe(
        project=project,
        reaches=tuple(reach),
        kinds=frozenset(kinds),
        terms=terms,
        vector=embedded,
        model=model,
        entities=tuple(entities),
        time=time,
    )


@dataclass(frozen=True, slots=True)
class Records:
    """An engine under test, with the walk of a batch in single words."""

    storage: Storage
    queue: TaskQueue
    keys: KeyStore
    indexes: Mapping[str, Index]
    model: str = field(default=MODEL)

    async def accept(self, batch: Batch, *drafts: Add) -> Task:
        """Accept a batch; returns its task, unclaimed."""
        task = task_of(batch)
        await self.storage.accept(batch, task=task)
        if drafts:
            assert await self.storage.draft(batch, drafts, task=task)
        return task

    async def claim(self, task: Task) -> Task:
        """Claim exactly this task, which must be the oldest that is ready."""
        claimed = await self.queue.claim(limit=1, lease=LEASE)
        assert [got.id for got in claimed] == [task.id]
        return claimed[0]

    async def apply(
        self,
        task: Task,
        batch: Batch,
        *changes: Change,
        at: datetime = MORNING,
        vectors: Mapping[MemoryId, Vectors] | None = None,
        note: str = "",
    ) -> bool:
        """Apply changes; what is given no vectors gets one along the first axis for each of its texts."""
        all_vectors = dict(vectors or {})
        for change in changes:
            if isinstance(change, Add | Revise) and change.id not in all_vectors:
                all_vectors[change.id] = np.stack([unit(0)] * max(1, len(change.content.keys)))
        return await self.storage.apply(Edit(task, batch, changes, all_vectors, self.model, at, note))

    async def learn(
        self, batch: Batch, *changes: Change, at: datetime = MORNING, vectors: Mapping[MemoryId, Vectors] | None = None
    ) -> None:
        """Accept a batch and apply the changes of its task at once."""
        task = await self.claim(await self.accept(batch))
        assert await self.apply(task, batch, *changes, at=at, vectors=vectors)

    async def remember(self, *contents: Content, **of_batch: Any) -> list[MemoryId]:
        """Learn refined memories of these contents from a batch of one message, which those without sources cite."""
        taken = batch("said", **of_batch)
        changes = [Add(memory_id(), one) for one in contents]
        await self.learn(taken, *changes)
        return [change.id for change in changes]

    async def found(self, index: str, probe: Probe, *, limit: int = 10) -> list[MemoryId]:
        return [scored.id for scored in await self.indexes[index].search(probe, limit=limit)]

    async def found_anywhere(self, probe: Probe) -> set[MemoryId]:
        return {id_ for name in self.indexes for id_ in await self.found(name, probe, limit=1000)}
