"""Think about one batch of messages: extract, embed, look around, resolve, and write all of it down at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from memosd.domain.changes import Add, Change, Revise
from memosd.domain.ids import MemoryId
from memosd.domain.memories import Content, Kind, Memory
from memosd.domain.messages import Batch
from memosd.domain.scope import Reach
from memosd.domain.tasks import Done, Outcome, Task
from memosd.extraction.local import talk_of
from memosd.ports.extraction import Extractor, Resolver, Talk
from memosd.ports.index import Clock, Index, Probe
from memosd.ports.models import Embedder, Vector, Vectors
from memosd.ports.storage import Edit, Storage

EARLIER = 6
"""Messages of the same conversation that are read before a batch."""
NEARBY = 4
"""Known memories that each new one is held against."""


@dataclass(frozen=True, slots=True)
class RememberBatch:
    storage: Storage
    extractor: Extractor
    resolver: Resolver
    embedder: Embedder
    neighbours: Index
    clock: Clock

    async def __call__(self, task: Task) -> Outcome | None:
        """None when the changes and the task's end are written; an outcome when there was nothing to write."""
        batch = await self.storage.batch(task.job.batch)
        if batch is None:
            return Done("the messages were erased")
        talk = talk_of(batch, tuple(await self.storage.talk_before(batch, limit=EARLIER)))
        contents = await self.extractor.extract(talk)
        vectors = await self._embed(contents)
        nearby = await asyncio.gather(*(self._nearby(c, v[0], batch) for c, v in zip(contents, vectors, strict=True)))
        again = [m.id for m in (*talk.open, *batch.messages)]
        earlier = await self.storage.made_from(batch.project, again)
        changes = await self.resolver.resolve(contents, earlier=earlier, nearby=nearby)
        made = dict(zip(map(id, contents), vectors, strict=True))
        kept = [c for c in changes if isinstance(c, Add | Revise)]
        new = [c.content for c in kept if id(c.content) not in made]
        made |= dict(zip(map(id, new), await self._embed(new), strict=True))
        edit = Edit(
            task=task,
            batch=batch,
            changes=_chained(changes, await self._previous(talk)),
            vectors={c.id: made[id(c.content)] for c in kept},
            model=self.embedder.model,
            at=self.clock(),
            note="" if kept else "nothing worth keeping",
        )
        await self.storage.apply(edit)
        return None

    async def _embed(self, contents: Sequence[Content]) -> list[Vectors]:
        """The vectors of each content's keys (its value, if it has none), in one call."""
        keys = [content.keys or (content.value,) for content in contents]
        flat = [text for texts in keys for text in texts]
        if not flat:
            return []
        rows = await self.embedder.embed(flat, purpose="passage")
        cuts = np.cumsum([len(texts) for texts in keys])[:-1]
        return list(np.split(rows, cuts))

    async def _nearby(self, content: Content, vector: Vector, batch: Batch) -> list[Memory]:
        async def known() -> Vector:
            return vector

        probe = Probe(
            project=batch.project,
            reaches=(Reach(batch.owner),),
            kinds=frozenset({content.kind}),
            terms=(),
            vector=known,
            model=self.embedder.model,
        )
        found = await self.neighbours.search(probe, limit=NEARBY)
        return await self.storage.memories(batch.project, [hit.id for hit in found])

    async def _previous(self, talk: Talk) -> MemoryId | None:
        """The memory of the round before this talk, in the same conversation."""
        before = [m.id for m in talk.earlier if m not in talk.open]
        facts = [m for m in await self.storage.made_from(talk.batch.project, before) if m.content.kind is Kind.FACT]
        return facts[-1].id if facts else None


def _chained(changes: Sequence[Change], previous: MemoryId | None) -> tuple[Change, ...]:
    """The changes with each fact linked behind the one before it in the conversation."""
    chained: list[Change] = []
    for change in changes:
        if isinstance(change, Add | Revise) and change.content.kind is Kind.FACT:
            chained.append(replace(change, after=previous))
            previous = change.id
        else:
            chained.append(change)
    return tuple(chained)
