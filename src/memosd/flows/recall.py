"""Answer a question from memory: understand, ask every index at once, load, veto, score, choose."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from memosd.domain.filters import Filter, matches
from memosd.domain.ids import MemoryId
from memosd.domain.memories import Kind, Memory
from memosd.domain.scope import Owner
from memosd.domain.search import Hit, Query, Recollection
from memosd.ports.index import Clock, Index, Probe, TermStatistics
from memosd.ports.models import Embedder, Vector
from memosd.ports.storage import Storage
from memosd.retrieval.features import rarity
from memosd.retrieval.question import understand
from memosd.retrieval.score import score
from memosd.retrieval.select import select

PROPOSED = 30
"""Memories that each index proposes, or twice as many as are wanted of a kind, if that is more."""
_FACTS = frozenset({Kind.FACT, Kind.PASSAGE})
_PREFERENCES = frozenset({Kind.PREFERENCE})
_TOOLS = frozenset({Kind.TOOL_SCHEMA, Kind.TOOL_TRAJECTORY})
_SKILLS = frozenset({Kind.SKILL})


@dataclass(frozen=True, slots=True)
class Recall:
    storage: Storage
    indexes: Sequence[Index]
    statistics: TermStatistics
    embedder: Embedder
    clock: Clock

    async def __call__(self, query: Query) -> Recollection:
        """Raises `Unavailable` when the question cannot be embedded or the records cannot be read."""
        question = understand(query.text, asked_at=self.clock())
        embedding = asyncio.create_task(self._embed(question.matter))
        probe = Probe(
            project=query.project,
            reaches=query.reaches,
            kinds=_FACTS,
            terms=question.terms,
            vector=lambda: asyncio.shield(embedding),
            model=self.embedder.model,
            entities=question.entities,
            time=question.time,
            conversation=query.conversation,
        )
        wanted = (
            (_FACTS, query.facts),
            (_PREFERENCES, query.preferences),
            (_TOOLS, query.tools),
            (_SKILLS, query.skills),
        )
        (total, frequencies), vector, proposals = await asyncio.gather(
            self.statistics.document_frequencies(query.project, query.reaches, _FACTS, question.terms),
            embedding,
            asyncio.gather(*(self._propose(replace(probe, kinds=kinds), n) for kinds, n in wanted)),
        )
        weights = rarity(total, frequencies, question.terms)
        found_by = {memory: names for proposed in proposals for memory, names in proposed.items()}
        candidates = await self.storage.ranked(query.project, list(found_by), model=self.embedder.model)
        reaches: dict[Owner, list[Filter]] = {}
        for reach in query.reaches:
            reaches.setdefault(reach.owner, []).append(reach.where)
        allowed = [c for c in candidates if _visible(c.memory, reaches)]
        # All kinds are judged together: a preference is worth returning beside a fact only if it bears as much.
        scored = score(allowed, question, vector, weights, total=total, conversation=query.conversation)
        hits = [
            tuple(
                Hit(c.ranked.memory, c.relativity, frozenset(found_by[c.ranked.memory.id]), c.features)
                for c in select(
                    [c for c in scored if c.ranked.memory.content.kind in kinds], limit=n, threshold=query.threshold
                )
            )
            for kinds, n in wanted
        ]
        facts, preferences, tools, skills = hits
        return Recollection(facts, preferences, tools, skills, question.language)

    async def _embed(self, text: str) -> Vector:
        vector: Vector = (await self.embedder.embed([text], purpose="query"))[0]
        return vector

    async def _propose(self, probe: Probe, wanted: int) -> dict[MemoryId, set[str]]:
        """The best of each index, with the names of those that found it."""
        if not wanted:
            return {}
        limit = max(PROPOSED, 2 * wanted)
        answers = await asyncio.gather(*(index.search(probe, limit=limit) for index in self.indexes))
        found: dict[MemoryId, set[str]] = {}
        for index, hits in zip(self.indexes, answers, strict=True):
            for hit in hits:
                found.setdefault(hit.id, set()).add(index.name)
        return found


def _visible(memory: Memory, reaches: Mapping[Owner, Sequence[Filter]]) -> bool:
    """The veto: whatever an index says, the record decides whether this question may see this memory."""
    return memory.active and any(matches(where, memory) for where in reaches.get(memory.owner, ()))
