"""Do what a person says about what is remembered: of their own memories, and of the bases they may correct."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from memosd.domain.changes import DENIED, Add, Change, Retire, Revise
from memosd.domain.ids import MemoryId, TaskId, new_id
from memosd.domain.memories import Content, Kind, Memory
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner, OwnerKind, Reach
from memosd.domain.tasks import Done, Feedback, Outcome, Task
from memosd.extraction.feedback import correcting, reading
from memosd.extraction.feedback.reading import Wish
from memosd.extraction.feedback.replacing import CONFIDENCE, stands_in, with_word
from memosd.language.names import names
from memosd.language.terms import fold, terms
from memosd.ports.extraction import Extractor, Resolver, Talk
from memosd.ports.index import Clock, Index, Probe
from memosd.ports.models import Embedder, Vector, Vectors
from memosd.ports.storage import Edit, Ranked, Storage

CANDIDATES = 30
"""Memories of one owner that are looked at for what a correction means."""
REPLACED = 1_000
"""Memories of one owner in which a word is replaced at once."""
CORRECTED = "corrected by feedback"
_KINDS = frozenset({Kind.FACT, Kind.PREFERENCE, Kind.PASSAGE})
"""What can be corrected. What was done with tools stays as it was done."""


@dataclass(frozen=True, slots=True)
class AcceptFeedback:
    storage: Storage

    async def __call__(self, batch: Batch, bases: tuple[str, ...] = ()) -> TaskId:
        """Store a feedback, the one message of the batch, with the task that does what it says; both are durable."""
        task = Task(TaskId(new_id("task")), batch.project, Feedback(batch.id, bases), f"{batch.project}/{batch.owner}")
        await self.storage.accept(batch, task=task)
        return task.id


@dataclass(slots=True)
class _Plan:
    """The changes so far, at most one a memory, and whose they are."""

    changes: dict[MemoryId, Change] = field(default_factory=dict)
    owners: dict[MemoryId, Owner] = field(default_factory=dict)

    def put(self, change: Change, owner: Owner) -> None:
        self.changes.setdefault(change.id, change)
        self.owners.setdefault(change.id, owner)

    def add(self, content: Content, owner: Owner) -> MemoryId:
        name = MemoryId(new_id("mem"))
        self.put(Add(name, content), owner)
        return name

    def correct(self, memory: Memory, content: Content, owner: Owner) -> None:
        """Let a corrected content take the place of a memory."""
        successor = self.add(content, owner)
        self.put(Retire(memory.id, CORRECTED, replaced_by=successor, version=memory.version), owner)


@dataclass(frozen=True, slots=True)
class GiveFeedback:
    storage: Storage
    extractor: Extractor
    resolver: Resolver
    embedder: Embedder
    indexes: Sequence[Index]
    clock: Clock

    async def __call__(self, task: Task) -> Outcome | None:
        """None when the changes and the task's end are written; an outcome when there was nothing to write."""
        job = task.job
        assert isinstance(job, Feedback)
        batch = await self.storage.batch(job.batch)
        if batch is None or not batch.messages:
            return Done("the feedback was erased")
        message = batch.messages[0]
        feedback = reading.read(message.text)
        if feedback.wish is Wish.NOTHING:
            return Done("nothing in the feedback could be remembered")
        bases = [Owner(OwnerKind.KNOWLEDGE_BASE, base) for base in job.bases]
        own = list(dict.fromkeys((batch.owner, Owner.user(batch.user))))
        plan = _Plan()
        if feedback.wish is Wish.REPLACE:
            await self._replace(plan, batch, feedback, (*own, *bases))
        if not plan.changes:
            await self._correct(plan, batch, message, feedback, own, bases)
        kept = [c for c in plan.changes.values() if isinstance(c, Add | Revise)]
        edit = Edit(
            task=task,
            batch=batch,
            changes=tuple(plan.changes.values()),
            vectors=await self._vectors(kept),
            model=self.embedder.model,
            at=self.clock(),
            note="" if plan.changes else "the feedback concerns nothing that is known",
            owners=plan.owners,
        )
        await self.storage.apply(edit)
        return None

    async def _replace(self, plan: _Plan, batch: Batch, feedback: reading.Feedback, owners: Sequence[Owner]) -> None:
        for owner in owners:
            known = await self._known(batch, owner, feedback.old, None, limit=REPLACED, indexes=("text",))
            # On a thread: terms and names are read anew, of so many memories, and nobody else is to wait for it.
            for change in await asyncio.to_thread(_replaced, known, feedback):
                plan.put(change, owner)

    async def _correct(
        self,
        plan: _Plan,
        batch: Batch,
        message: Message,
        feedback: reading.Feedback,
        own: Sequence[Owner],
        bases: Sequence[Owner],
    ) -> None:
        text = feedback.statement
        [vector] = await self.embedder.embed([text], purpose="passage")
        known = {owner: await self._known(batch, owner, message.text, vector) for owner in (*own, *bases)}
        for owner in own:
            if feedback.wish is Wish.FORGET:
                for each in correcting.meant_to_be_forgotten(text, vector, known[owner]):
                    memory = each.ranked.memory
                    plan.put(Retire(memory.id, DENIED, version=memory.version), owner)
            elif feedback.old:
                self._correct_word(plan, message, feedback, owner, vector, known[owner])
            elif feedback.wish is Wish.CORRECT:
                self._correct_value(plan, message, feedback, owner, vector, known[owner])
        for base in bases if feedback.wish is not Wish.FORGET else ():
            by_word = correcting.meant_by_word(feedback, vector, known[base]) if feedback.old else []
            if meant := by_word or correcting.passages_about(text, vector, known[base]):
                said_so = replace(feedback, statement=text)
                content = correcting.of_passages(said_so, meant, source=message.id, at=message.said_at)
                plan.add(content, base)
        if not plan.changes and feedback.wish is not Wish.FORGET:
            await self._tell(plan, batch, message, feedback, known[own[0]])

    def _correct_word(
        self,
        plan: _Plan,
        message: Message,
        feedback: reading.Feedback,
        owner: Owner,
        vector: Vector,
        known: Sequence[Ranked],
    ) -> None:
        for each in correcting.meant_by_word(feedback, vector, known):
            memory = each.ranked.memory
            if message.text == feedback.statement and correcting.is_setting(feedback, memory.content):
                continue
            content = correcting.corrected(memory.content, feedback, source=message.id, at=message.said_at)
            if content is not None:
                plan.correct(memory, content, owner)

    def _correct_value(
        self,
        plan: _Plan,
        message: Message,
        feedback: reading.Feedback,
        owner: Owner,
        vector: Vector,
        known: Sequence[Ranked],
    ) -> None:
        for each, (old, new) in correcting.meant_by_value(feedback.statement, vector, known):
            memory, said = each.ranked.memory, replace(feedback, old=old, new=new)
            content = correcting.with_value(memory.content, said, source=message.id, at=message.said_at)
            plan.correct(memory, content, owner)

    async def _tell(
        self, plan: _Plan, batch: Batch, message: Message, feedback: reading.Feedback, known: Sequence[Ranked]
    ) -> None:
        """Store what is so, and let it take the place of what it changes."""
        owner = batch.owner
        spoken = replace(message, role=Role.USER, text=feedback.statement)
        contents = await self.extractor.extract(Talk(replace(batch, messages=(spoken,))))
        sure = [replace(content, confidence=max(CONFIDENCE, content.confidence)) for content in contents]
        if not sure:
            return
        vectors = await self._rows(sure)
        near = [ranked for ranked in known if ranked.memory.content.kind is not Kind.PASSAGE]
        if feedback.wish is Wish.CORRECT:
            meant = correcting.meant_by_statement(feedback.statement, vectors[0][0], near, sure=feedback.sure)
            if feedback.old:
                named = correcting.meant_by_word(feedback, vectors[0][0], near)
                meant += [each for each in named if each.ranked.memory.id not in {m.ranked.memory.id for m in meant}]
            if meant:
                names_of_new = [plan.add(correcting.marked(content), owner) for content in sure]
                for memory in (each.ranked.memory for each in meant):
                    gone = Retire(memory.id, CORRECTED, replaced_by=names_of_new[0], version=memory.version)
                    plan.put(gone, owner)
                return
        nearby = [near for _ in sure]
        for change in await self.resolver.resolve(sure, vectors=vectors, earlier=(), nearby=nearby):
            plan.put(change, owner)

    async def _known(
        self,
        batch: Batch,
        owner: Owner,
        text: str,
        vector: Vector | None,
        *,
        limit: int = CANDIDATES,
        indexes: Sequence[str] = ("text", "vector", "graph"),
    ) -> list[Ranked]:
        """The memories of an owner that a feedback may be about, the nearest first. Never another user's."""

        async def given() -> Vector:
            assert vector is not None
            return vector

        probe = Probe(
            project=batch.project,
            reaches=(Reach(owner),),
            kinds=_KINDS,
            terms=tuple(dict.fromkeys(terms(text))),
            vector=given,
            model=self.embedder.model,
            entities=tuple(fold(entity.name) for entity in names(text)),
        )
        asked = [index for index in self.indexes if index.name in indexes]
        answers = await asyncio.gather(*(index.search(probe, limit=limit) for index in asked))
        ids = list(dict.fromkeys(hit.id for hits in answers for hit in hits))
        ranked = await self.storage.ranked(batch.project, ids, model=self.embedder.model)
        found = [r for r in ranked if _may_correct(batch, owner, r)]
        if vector is not None:
            found.sort(key=lambda r: -float((r.vectors @ vector).max()) if len(r.vectors) else 0.0)
        return found

    async def _rows(self, contents: Sequence[Content]) -> list[Vectors]:
        keys = [content.keys or (content.value,) for content in contents]
        rows: Iterator[Vector] = iter(
            await self.embedder.embed([text for texts in keys for text in texts], purpose="passage")
        )
        return [np.stack([next(rows) for _ in texts]) for texts in keys]

    async def _vectors(self, changes: Sequence[Add | Revise]) -> dict[MemoryId, Vectors]:
        if not changes:
            return {}
        rows = await self._rows([change.content for change in changes])
        return {change.id: row for change, row in zip(changes, rows, strict=True)}


def _replaced(known: Sequence[Ranked], feedback: reading.Feedback) -> list[Revise]:
    """The new word for the old one in those of the memories that say it."""
    return [
        Revise(memory.id, with_word(memory.content, feedback.old, feedback.new), version=memory.version)
        for memory in (ranked.memory for ranked in known)
        if any(stands_in(feedback.old, text) for text in _said(memory.content))
    ]


def _said(content: Content) -> tuple[str, ...]:
    return content.value, content.title, *content.keys


def _may_correct(batch: Batch, owner: Owner, ranked: Ranked) -> bool:
    """Of what is public only the user's own; of what one agent or app was told, nothing for another."""
    memory = ranked.memory
    if not memory.active or memory.owner != owner:
        return False
    if owner.kind is OwnerKind.KNOWLEDGE_BASE:
        return True
    labels = ((batch.agent, memory.agent), (batch.app, memory.app))
    return memory.user == batch.user and all(mine is None or mine == its for mine, its in labels)
