"""Notice that a task has been done before, and keep how it is done as a skill: one for each kind of task."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from memosd.domain.changes import Add, Change, Revise
from memosd.domain.ids import MemoryId, new_id
from memosd.domain.memories import Kind, Memory, Stage
from memosd.domain.messages import Batch, Role
from memosd.domain.scope import Reach
from memosd.extraction.skills.distil import Evidence, distil, enough, is_task, worth_a_version
from memosd.ports.index import Index, Probe
from memosd.ports.models import Embedder, Vector, Vectors
from memosd.ports.storage import Ranked, Storage

ALIKE = 0.55
"""Cosine from which two tasks are of one kind. About 0 is unrelated."""
SAME_SKILL = 0.55
"""Cosine from which a skill is that of a task, if it does not name the task's memories as its evidence."""
LIKED = 0.35
"""Cosine from which a preference bears on a task."""
AROUND = 24
"""Known memories that a task is held against."""


@dataclass(frozen=True, slots=True)
class Distil:
    storage: Storage
    embedder: Embedder
    neighbours: Index

    async def __call__(
        self, batch: Batch, changes: Sequence[Change], vectors: Mapping[MemoryId, Vectors], *, at: datetime
    ) -> list[Add | Revise]:
        """The skills that the changes of a batch give rise to. vectors: of the memories added or revised."""
        new = [
            Evidence(c.id, c.content, vectors[c.id][0])
            for c in changes
            if isinstance(c, Add | Revise) and is_task(c.content)
        ]
        new = list(_without_rounds_of_runs(new))
        gone = {change.id for change in changes}
        found: dict[MemoryId, Add | Revise] = {}
        clustered: set[MemoryId] = set()
        for task in new:
            if task.id in clustered:
                continue
            known = [
                Evidence(r.memory.id, r.memory.content, r.vectors[0])
                for r in await self._near(batch, task.content.kind, task.vector)
                if r.memory.id not in gone and is_task(r.memory.content)
            ]
            cluster = [e for e in (*known, *new) if e.id == task.id or _alike(task, e)]
            clustered.update(each.id for each in cluster)
            if enough(cluster) and (skill := await self._skill(batch, cluster, task, at)) is not None:
                found.setdefault(skill.id, skill)
        return list(found.values())

    async def _skill(
        self, batch: Batch, cluster: Sequence[Evidence], task: Evidence, at: datetime
    ) -> Add | Revise | None:
        liked = await self._near(batch, Kind.PREFERENCE, task.vector)
        preferences = [r.memory.content.value for r in liked if _cosine(r, task.vector) >= LIKED]
        ordered = [await self._answered(batch, e) for e in sorted(cluster, key=lambda each: each.content.said_at)]
        content = distil(ordered, preferences=preferences, at=at)
        before = _skill_of(cluster, task.vector, await self._near(batch, Kind.SKILL, task.vector))
        if before is None:
            return Add(MemoryId(new_id("mem")), content)
        if before.content.stage is Stage.CORRECTED or not worth_a_version(before.content, content):
            return None
        return Revise(before.id, content, version=before.version)

    async def _answered(self, batch: Batch, evidence: Evidence) -> Evidence:
        """A round with all that was answered, of which the memory may hold only a part."""
        if evidence.content.kind is not Kind.FACT:
            return evidence
        messages = (await self.storage.messages(batch.project, evidence.content.sources)).values()
        return replace(evidence, answer="\n".join(m.text for m in messages if m.role is Role.ASSISTANT))

    async def _near(self, batch: Batch, kind: Kind, vector: Vector) -> list[Ranked]:
        async def given() -> Vector:
            return vector

        probe = Probe(
            project=batch.project,
            reaches=(Reach(batch.owner),),
            kinds=frozenset({kind}),
            terms=(),
            vector=given,
            model=self.embedder.model,
        )
        hits = await self.neighbours.search(probe, limit=AROUND)
        ranked = await self.storage.ranked(batch.project, [hit.id for hit in hits], model=self.embedder.model)
        labels = (batch.agent, batch.app)
        found = [r for r in ranked if r.memory.active and len(r.vectors)]
        return [r for r in found if (r.memory.agent, r.memory.app) == labels]


def _without_rounds_of_runs(new: Sequence[Evidence]) -> Iterator[Evidence]:
    """A round in which tools were called is evidence once: as the run."""
    of_runs = {source for each in new if each.content.kind is not Kind.FACT for source in each.content.sources}
    for each in new:
        if each.content.kind is not Kind.FACT or not of_runs & set(each.content.sources):
            yield each


def _alike(a: Evidence, b: Evidence) -> bool:
    return a.content.kind is b.content.kind and float(a.vector @ b.vector) >= ALIKE


def _cosine(ranked: Ranked, vector: Vector) -> float:
    return float((ranked.vectors @ vector).max())


def _skill_of(cluster: Sequence[Evidence], vector: Vector, skills: Sequence[Ranked]) -> Memory | None:
    """The skill that rests on any of these memories, else the one that is nearest, if it is near.

    One that was uploaded is its writer's, and stays as written.
    """
    skills = [ranked for ranked in skills if "file" not in ranked.memory.content.detail]
    ids = {each.id for each in cluster}
    for ranked in skills:
        if ids & set(ranked.memory.content.detail.get("others", {}).get("evidence", ())):
            return ranked.memory
    near = [ranked for ranked in skills if _cosine(ranked, vector) >= SAME_SKILL]
    return max(near, key=lambda ranked: _cosine(ranked, vector)).memory if near else None
