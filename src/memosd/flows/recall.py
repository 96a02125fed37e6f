"""Answer a question from memory: understand, ask every index at once, load, veto, score, choose."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from memosd.domain.filters import Filter, matches
from memosd.domain.ids import MemoryId
from memosd.domain.memories import FACTS, Kind, Memory
from memosd.domain.scope import Owner
from memosd.domain.search import Hit, Query, Recollection
from memosd.extraction.resolve import compared
from memosd.extraction.smalltalk import is_smalltalk
from memosd.flows.recall_past import recall_past, told_to, wanted_of
from memosd.language.script import Language
from memosd.ports.index import Clock, Index, Probe, TermStatistics
from memosd.ports.models import Embedder, Vector
from memosd.ports.storage import Ranked, Storage
from memosd.retrieval.corrections import corrections_first
from memosd.retrieval.features import rarity
from memosd.retrieval.position import depends_on_position, position_terms, positions_bear
from memosd.retrieval.question import understand
from memosd.retrieval.relevance import trained
from memosd.retrieval.score import score
from memosd.retrieval.select import select
from memosd.retrieval.succession import successors_first

PROPOSED = 30
"""Memories that each index proposes, or twice as many as are wanted of a kind, if that is more. Fewer cost less in
large scopes, and a little evidence (decision 20)."""
FEWER: Mapping[str, int] = {"graph": 3}
"""By how much an index proposes fewer: of what mentions a name, hardly any but the first is chosen (decision 20)."""


@dataclass(frozen=True, slots=True)
class Recall:
    storage: Storage
    indexes: Sequence[Index]
    statistics: TermStatistics
    embedder: Embedder
    clock: Clock

    async def __call__(self, query: Query) -> Recollection:
        """Raises `Unavailable` when the question cannot be embedded or the records cannot be read."""
        if query.as_of is not None:
            return await recall_past(self.storage, self.embedder, query, at=query.as_of)
        question = understand(query.text, asked_at=self.clock())
        who_asks = depends_on_position(query.text)
        embedding = asyncio.create_task(self._embed(question.matter))
        sought = asyncio.create_task(self._sought(embedding, question.language))
        probe = Probe(
            project=query.project,
            reaches=query.reaches,
            kinds=FACTS,
            terms=(*question.terms, *(position_terms() if who_asks else ())),
            vector=lambda: asyncio.shield(sought),
            model=self.embedder.model,
            entities=question.entities,
            time=question.time,
            conversation=query.conversation,
        )
        wanted = wanted_of(query)
        loaded: dict[MemoryId, Ranked | None] = {}
        (total, frequencies), vector, _, proposals = await asyncio.gather(
            self.statistics.document_frequencies(query.project, query.reaches, FACTS, question.terms),
            embedding,
            sought,
            asyncio.gather(*(self._propose(index, probe, wanted, loaded) for index in self.indexes)),
        )
        weights = rarity(total, frequencies, question.terms)
        found_by: dict[MemoryId, set[str]] = {}
        for index, proposed in zip(self.indexes, proposals, strict=True):
            for each in proposed:
                found_by.setdefault(each, set()).add(index.name)
        candidates = [one for each in found_by if (one := loaded[each]) is not None]
        reaches: dict[Owner, list[Filter]] = {}
        for reach in query.reaches:
            reaches.setdefault(reach.owner, []).append(reach.where)
        allowed = [c for c in candidates if _visible(c.memory, reaches)]
        # All kinds are judged together: a preference is worth returning beside a fact only if it bears as much.
        asks = not is_smalltalk(query.text)
        scored = score(allowed, question, vector, weights, total=total, conversation=query.conversation, asks=asks)
        scored = corrections_first(successors_first(scored, question, vector, compared))
        if who_asks:
            scored = positions_bear(scored)
        hits = [
            tuple(
                Hit(
                    told_to(query.user, c.ranked.memory),
                    c.relativity,
                    frozenset(found_by[c.ranked.memory.id]),
                    c.features,
                )
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

    async def _sought(self, embedding: asyncio.Task[Vector], language: Language) -> Vector:
        """What the indexes of vectors look for: made once for all of them."""
        return trained().sought(await embedding, language)

    async def _propose(
        self,
        index: Index,
        probe: Probe,
        wanted: Sequence[tuple[frozenset[Kind], int]],
        loaded: dict[MemoryId, Ranked | None],
    ) -> list[MemoryId]:
        """The best of each kind that is wanted; what no other index has found before is loaded.

        All but the vectors' is done while the question is embedded. All kinds are asked for at once, so that an engine
        can look for them together.
        """
        fewer = FEWER.get(index.name, 1)
        answers = await asyncio.gather(
            *(
                index.search(replace(probe, kinds=kinds), limit=max(PROPOSED, 2 * most) // fewer)
                for kinds, most in wanted
                if most
            )
        )
        found = [hit.id for hits in answers for hit in hits]
        new = [each for each in found if each not in loaded]
        loaded.update(dict.fromkeys(new))
        for one in await self.storage.ranked(probe.project, new, model=self.embedder.model) if new else ():
            loaded[one.memory.id] = one
        return found


def _visible(memory: Memory, reaches: Mapping[Owner, Sequence[Filter]]) -> bool:
    """The veto: whatever an index says, the record decides whether this question may see this memory."""
    return memory.active and any(matches(where, memory) for where in reaches.get(memory.owner, ()))
