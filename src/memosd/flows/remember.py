"""Think about one batch of messages: extract, embed, look around, resolve, and write all of it down at once."""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from memosd.domain.changes import PUT_AWAY, Add, Change, Revise
from memosd.domain.errors import MemosdError
from memosd.domain.filters import EVERYTHING
from memosd.domain.ids import MemoryId, TaskId
from memosd.domain.memories import Content, Kind, Memory
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Reach
from memosd.domain.tasks import ERASED, NOTHING_KEPT, Done, Outcome, Remember, Study, Task
from memosd.extraction.by_model import with_proposals
from memosd.extraction.local import talk_of
from memosd.extraction.naming import CALLED, INTRODUCTIONS, named
from memosd.extraction.tools.extract import tool_memories
from memosd.extraction.tools.resolve import TOOLS, of_same_tools, resolve_tools
from memosd.flows.accept import write_first_form
from memosd.flows.distil import Distil
from memosd.ports.extraction import Extractor, Resolver, Talk
from memosd.ports.index import Clock, Index, Probe
from memosd.ports.models import Embedder, Vector, Vectors
from memosd.ports.reading import Proposal, Reader
from memosd.ports.storage import Edit, Ranked, Storage

EARLIER = 6
"""Messages of the same conversation that are read before a batch."""
LONG_RUN = 120
"""Messages that are read before a batch which begins in the middle of a long run of tools."""
NEARBY = 6
"""Known memories that each new one is held against."""
_SAID = frozenset({Kind.FACT, Kind.PREFERENCE})
_BEARING = {Kind.FACT: frozenset({Kind.FACT, Kind.PREFERENCE})}
"""The kinds of known memories that a new one bears on, where it is not only its own: news can end a preference."""

_READ = frozenset({Kind.PASSAGE, Kind.SKILL})
"""What is made of files that came with the messages: no form of what was said, earlier or later."""
INTRODUCED = 8
"""Memories, the latest ones, in which it is looked up what the user is called."""
AHEAD = 8
"""Batches that are read before their turn, and kept until it comes."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is made of a batch by itself, before it is held against what is known."""

    batch: Batch
    talk: Talk
    contents: list[Content]
    vectors: dict[str, Vector]


@dataclass(frozen=True, slots=True)
class RememberBatch:
    """Runs a task in two steps: reading the batch needs nothing but messages, so it may be done before the task's turn;
    only then is it held against the owner's memories, as those before it have left them."""

    storage: Storage
    extractor: Extractor
    resolver: Resolver
    embedder: Embedder
    neighbours: Index
    clock: Clock
    reader: Reader | None = None
    _ahead: dict[TaskId, asyncio.Task[Reading | None]] = field(default_factory=dict, init=False)

    async def prepare(self, task: Task) -> None:
        """Read a task's batch before its turn. What goes wrong is told when its turn comes."""
        reading = asyncio.create_task(self._read(task))
        self._ahead[task.id] = reading
        while len(self._ahead) > AHEAD:
            self._ahead.pop(next(iter(self._ahead))).cancel()
        try:
            await asyncio.wait((reading,))
        except asyncio.CancelledError:
            reading.cancel()
            raise

    async def __call__(self, task: Task, *, note: str = "") -> Outcome | None:
        """None when the changes and the task's end are written; an outcome when there was nothing to write.

        Where this fails, what was said can be found in its first form. note: what the task's record is to say besides.
        """
        try:
            return await self._remember(task, note)
        except MemosdError:
            await self._keep_first_form(task)
            raise

    async def _keep_first_form(self, task: Task) -> None:
        assert isinstance(task.job, Remember | Study)
        batch = await self.storage.batch(task.job.batch)
        if batch is None:
            return
        made = await self.storage.made_from(batch.project, [m.id for m in batch.messages], retired=True)
        if all(memory.content.kind in _READ for memory in made):
            await write_first_form(self.storage, self.extractor, task, batch)

    async def _remember(self, task: Task, note: str) -> Outcome | None:
        ahead = self._ahead.pop(task.id, None)
        reading = await (ahead or self._read(task))
        if reading is None:
            return Done(ERASED)
        batch, talk, known = reading.batch, reading.talk, reading.vectors
        contents = named(reading.contents, await self._name(batch))
        vectors, nearby = await self._around(contents, batch, known)
        known_nearby = {near.memory.id: near for around in nearby for near in around} if self.reader else {}
        shown = {name: near for name, near in known_nearby.items() if near.memory.content.kind in _SAID}
        proposals: tuple[Proposal, ...] = ()
        if self.reader is not None:
            memories = [near.memory for near in shown.values()]
            said = [content for content in contents if content.kind not in TOOLS]
            understood = await self.reader(talk, local=said, known=memories, project=batch.project, task=task.id)
            done = [content for content in contents if content.kind in TOOLS]
            contents, proposals = [*understood.contents, *done], understood.proposals
            note = "; ".join(filter(None, (note, understood.note)))
            vectors, nearby = await self._around(contents, batch, known)
        earlier = await self._earlier(talk)
        changes = await self._resolve(contents, vectors, earlier, nearby)
        if proposals:
            changes = with_proposals(changes, proposals, contents=contents, vectors=vectors, known=shown)
        kept = [c for c in changes if isinstance(c, Add | Revise)]
        rows = await self._embed([c.content for c in kept], known)
        written = {c.id: row for c, row in zip(kept, rows, strict=True)}
        at = self.clock()
        distil = Distil(self.storage, self.embedder, self.neighbours)
        skills = await distil(batch, changes, written, at=at)
        rows = await self._embed([skill.content for skill in skills], known)
        written |= {skill.id: row for skill, row in zip(skills, rows, strict=True)}
        edit = Edit(
            task=task,
            batch=batch,
            changes=_chained([*changes, *skills], await self._previous(talk), made={memory.id for memory in earlier}),
            vectors=written,
            model=self.embedder.model,
            at=at,
            note=note or ("" if kept else NOTHING_KEPT),
        )
        await self.storage.apply(edit)
        return None

    async def _around(
        self, contents: Sequence[Content], batch: Batch, known: dict[str, Vector]
    ) -> tuple[list[Vectors], list[list[Ranked]]]:
        """The vectors of each content, and the known memories near it; `known` gets all vectors met with."""
        vectors = await self._embed(contents, known)
        nearby = await asyncio.gather(*(self._nearby(c, v[0], batch) for c, v in zip(contents, vectors, strict=True)))
        known |= {key: row for around in nearby for near in around for key, row in _rows(near)}
        return vectors, nearby

    async def _name(self, batch: Batch) -> str:
        """What the user was called before this batch, as they told the same agent and app; empty if they did not."""
        reach = Reach(batch.owner, INTRODUCTIONS)
        found = await self.storage.browse(
            batch.project, batch.user, reach=(reach,), kinds=frozenset({Kind.FACT}), offset=0, limit=INTRODUCED
        )
        here = (m for m in found.memories if (m.agent, m.app) == (batch.agent, batch.app))
        return next((m.content.detail[CALLED] for m in here if CALLED in m.content.detail), "")

    async def _read(self, task: Task) -> Reading | None:
        assert isinstance(task.job, Remember | Study)
        batch = await self.storage.batch(task.job.batch)
        if batch is None:
            return None
        talk = talk_of(batch, tuple(await self._before(batch)))
        contents = [*await self.extractor.extract(talk), *await asyncio.to_thread(tool_memories, talk)]
        known: dict[str, Vector] = {}
        await self._embed(contents, known)
        return Reading(batch, talk, contents, known)

    async def _before(self, batch: Batch) -> list[Message]:
        """What was said before, back to the user's last words if the batch goes on with what came of these."""
        before = await self.storage.talk_before(batch, limit=EARLIER)
        begun = any(message.role is Role.USER for message in before)
        if begun or len(before) < EARLIER or (batch.messages[:1] and batch.messages[0].role is Role.USER):
            return before
        return await self.storage.talk_before(batch, limit=LONG_RUN)

    async def _resolve(
        self,
        contents: Sequence[Content],
        vectors: Sequence[Vectors],
        earlier: Sequence[Memory],
        nearby: Sequence[Sequence[Ranked]],
    ) -> list[Change]:
        """What was said is for the resolver; what was done with tools has rules of its own."""
        said = [i for i, content in enumerate(contents) if content.kind not in TOOLS]
        done = [i for i, content in enumerate(contents) if content.kind in TOOLS]
        changes = await self.resolver.resolve(
            [contents[i] for i in said],
            vectors=[vectors[i] for i in said],
            earlier=[memory for memory in earlier if memory.content.kind in _SAID],
            nearby=[nearby[i] for i in said],
        )
        return changes + resolve_tools(
            [contents[i] for i in done],
            vectors=[vectors[i] for i in done],
            earlier=[memory for memory in earlier if memory.content.kind in TOOLS and memory.active],
            nearby=[nearby[i] for i in done],
        )

    async def _embed(self, contents: Sequence[Content], known: dict[str, Vector]) -> list[Vectors]:
        """The vectors of each content's keys (its value, if it has none). Those not `known` are made, in one call."""
        keys = [content.keys or (content.value,) for content in contents]
        new = list(dict.fromkeys(text for texts in keys for text in texts if text not in known))
        if new:
            known |= dict(zip(new, await self.embedder.embed(new, purpose="passage"), strict=True))
        return [np.stack([known[text] for text in texts]) for texts in keys]

    async def _nearby(self, content: Content, vector: Vector, batch: Batch) -> list[Ranked]:
        async def known() -> Vector:
            return vector

        probe = Probe(
            project=batch.project,
            reaches=(Reach(batch.owner, of_same_tools(content) if content.kind in TOOLS else EVERYTHING),),
            kinds=_BEARING.get(content.kind, frozenset({content.kind})),
            terms=(),
            vector=known,
            model=self.embedder.model,
        )
        found = await self.neighbours.search(probe, limit=NEARBY)
        known_nearby = await self.storage.ranked(batch.project, [hit.id for hit in found], model=self.embedder.model)
        # What was told to one agent or app neither changes what another was told nor shows in it.
        here = [r for r in known_nearby if (r.memory.agent, r.memory.app) == (batch.agent, batch.app)]
        return [r for r in here if r.memory.active]

    async def _earlier(self, talk: Talk) -> list[Memory]:
        """What the same messages were made into before, for the same owner: see `ports.extraction.Resolver`."""
        batch = talk.batch
        messages = [m.id for m in (*talk.open, *batch.messages)]
        made = await self.storage.made_from(batch.project, messages, retired=True)
        return [m for m in made if m.owner == batch.owner and (m.active or m.retired_because in PUT_AWAY)]

    async def _previous(self, talk: Talk) -> MemoryId | None:
        """The memory of the round before this talk, in the same conversation."""
        before = [m.id for m in talk.earlier if m not in talk.open]
        facts = [m for m in await self.storage.made_from(talk.batch.project, before) if m.content.kind is Kind.FACT]
        return facts[-1].id if facts else None


def _rows(near: Ranked) -> Iterator[tuple[str, Vector]]:
    """The keys of a memory with their vectors; none if it has not been embedded with this model."""
    keys = near.memory.content.keys or (near.memory.content.value,)
    return zip(keys, near.vectors, strict=True) if len(near.vectors) == len(keys) else iter(())


def _chained(changes: Sequence[Change], previous: MemoryId | None, *, made: Collection[MemoryId]) -> tuple[Change, ...]:
    """The changes with each fact linked behind the one before it in the conversation.

    made: the memories made of the same messages before. Other known ones that change stay where they are.
    """
    chained: list[Change] = []
    for change in changes:
        here = isinstance(change, Add) or change.id in made
        if here and isinstance(change, Add | Revise) and change.content.kind is Kind.FACT:
            chained.append(replace(change, after=previous))
            previous = change.id
        else:
            chained.append(change)
    return tuple(chained)
