"""Make the vectors of all memories anew after the embedder was changed, while searches go on, then switch.

The vectors that memories lack are the whole state of the work: whoever does it again, also after a crash, goes on
where it stood. Until the switch, searches and new memories use the old embedder.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta

from memosd.domain.errors import Unavailable
from memosd.domain.ids import ProjectId, TaskId, new_id
from memosd.domain.tasks import Again, Done, Outcome, Reembed, Task
from memosd.ports.embeddings import ActiveEmbedder, Embedded, EmbeddingStore
from memosd.ports.models import Embedder
from memosd.ports.storage import Finding, TaskQueue

log = logging.getLogger(__name__)

AT_ONCE = 32
"""Memories whose vectors are made in one step."""
LATER = timedelta(seconds=30)
"""After which an embedder that does not answer is asked again; there is no last time."""
LOCK = "embeddings"


@dataclass(frozen=True, slots=True)
class Served:
    """One embedder as searches and as new memories use it. origin: how it can be opened again."""

    queries: Embedder
    passages: Embedder
    origin: str = ""

    @property
    def active(self) -> ActiveEmbedder:
        return ActiveEmbedder(self.queries.model, self.origin)


@dataclass(slots=True)
class Embedders:
    """serving: the one in use. next: the one that is to take its place, if the two differ."""

    serving: Served
    next: Served | None = None

    @property
    def wanted(self) -> Served:
        return self.next or self.serving

    async def follow(self, store: EmbeddingStore) -> None:
        """Use the next one if it has become the active one: another process may have done the work."""
        following = self.next
        if following is not None:
            active = await store.active()
            if active is not None and active.model == following.queries.model:
                self.serving, self.next = following, None


async def settle_embedders(store: EmbeddingStore, queue: TaskQueue, embedders: Embedders) -> None:
    """At start: record what is in use, and queue the work that is left."""
    wanted = embedders.wanted.active
    if embedders.next is None and await store.active() != wanted:
        await store.activate(wanted, complete=False)
    coverage = await store.coverage(wanted.model)
    if embedders.next is not None or coverage.embedded < coverage.memories:
        missing = coverage.memories - coverage.embedded
        log.info("%d of %d memories lack vectors of %s", missing, coverage.memories, wanted.model)
        await queue.enqueue(Task(TaskId(new_id("task")), ProjectId(""), Reembed(wanted.model), lock=LOCK))


@dataclass(frozen=True, slots=True)
class ReembedAll:
    store: EmbeddingStore
    embedders: Embedders

    async def __call__(self, task: Task) -> Outcome:
        """Whatever embedder the task was queued for: what counts is the one that is set up by now."""
        wanted = self.embedders.wanted
        try:
            await self._fill(wanted.passages)
            while not await self.store.activate(wanted.active):
                await self._fill(wanted.passages)
        except Unavailable as error:
            return Again(LATER, str(error), counts=False)
        self.embedders.serving, self.embedders.next = wanted, None
        await self.store.drop_others(wanted.queries.model)
        return Done(f"the vectors are those of {wanted.queries.model}")

    async def _fill(self, embedder: Embedder) -> None:
        place = -1
        while lacking := await self.store.lacking(embedder.model, after=place, limit=AT_ONCE):
            texts = [text for memory in lacking for text in memory.texts]
            vectors = await embedder.embed(texts, purpose="passage")
            rows, start = [], 0
            for memory in lacking:
                end = start + len(memory.texts)
                rows.append(Embedded(memory.id, memory.version, vectors[start:end]))
                start = end
            await self.store.put(embedder.model, rows)
            place = lacking[-1].place


async def progress(store: EmbeddingStore, *, wanted: str) -> Finding:
    """How far the vectors are those of the embedder that is set up."""
    active, coverage = await store.active(), await store.coverage(wanted)
    if active is None or (active.model == wanted and coverage.embedded == coverage.memories):
        return Finding("embeddings", well=True, detail=f"{coverage.embedded} memories, all by {wanted}")
    share = f"{coverage.embedded} of {coverage.memories} memories have vectors of {wanted}"
    using = (
        "searches use them as they come" if active.model == wanted else f"until all have, searches use {active.model}"
    )
    return Finding("embeddings", well=True, detail=f"{share}; {using}")
