"""Answer a question from what was believed at an earlier time. The indexes hold the present: here records are read."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from memosd.domain.memories import FACTS, PREFERENCES, SKILLS, TOOLS, Kind, Memory, View
from memosd.domain.search import Hit, Query, Recollection
from memosd.extraction.smalltalk import is_smalltalk
from memosd.extraction.wording import of_another
from memosd.ports.models import Embedder, Vector, Vectors
from memosd.ports.storage import Ranked, Storage
from memosd.retrieval.features import rarity
from memosd.retrieval.question import Question, understand
from memosd.retrieval.score import score
from memosd.retrieval.select import select

MOST = 5_000
"""Memories of one owner that are looked through, the newest of that time."""
EMBEDDED_AGAIN = 120
"""Memories whose wording of that time has no vectors any more and is embedded for the question: those that share most
of its words, then the newest."""


def wanted_of(query: Query) -> tuple[tuple[frozenset[Kind], int], ...]:
    """The kinds of memory as they are listed in an answer, each with how many are wanted."""
    return (FACTS, query.facts), (PREFERENCES, query.preferences), (TOOLS, query.tools), (SKILLS, query.skills)


def told_to(user: str, memory: Memory) -> Memory:
    """As it is told to this user: what somebody else said to the public or a knowledge base is no fact of theirs."""
    content = memory.content
    if memory.user == user or content.kind not in (Kind.FACT, Kind.PREFERENCE) or content.view is not View.USER:
        return memory
    detail = {name: of_another(part) if name == "reasoning" else part for name, part in content.detail.items()}
    return replace(memory, content=replace(content, value=of_another(content.value), detail=detail))


async def recall_past(storage: Storage, embedder: Embedder, query: Query, *, at: datetime) -> Recollection:
    """As `Recall`, of the memories that were live at that time, as they were worded then."""
    kinds = frozenset(kind for group, count in wanted_of(query) if count for kind in group)
    memories = await storage.believed(query.project, query.reaches, kinds, at=at, limit=MOST)
    question = understand(query.text, asked_at=at)
    words = [frozenset(memory.content.terms) for memory in memories]
    shared = [len(each & set(question.terms)) for each in words]
    vectors = await _vectors(storage, embedder, query, memories, shared)
    asked = (await embedder.embed([query.text], purpose="query"))[0]
    candidates = [Ranked(*each) for each in zip(memories, vectors, words, strict=True)]
    # On a thread: with thousands of candidates it takes too long for everybody else to wait for.
    return await asyncio.to_thread(_best, candidates, question, asked, query)


def _best(candidates: Sequence[Ranked], question: Question, asked: Vector, query: Query) -> Recollection:
    frequencies = {term: sum(term in one.words for one in candidates) for term in question.terms}
    weights = rarity(len(candidates), frequencies, question.terms)
    scored = score(
        candidates,
        question,
        asked,
        weights,
        total=len(candidates),
        conversation=query.conversation,
        asks=not is_smalltalk(query.text),
    )

    def chosen(group: frozenset[Kind], count: int) -> tuple[Hit, ...]:
        of_group = [c for c in scored if c.ranked.memory.content.kind in group]
        return tuple(
            Hit(told_to(query.user, c.ranked.memory), c.relativity, frozenset({"history"}), c.features)
            for c in select(of_group, limit=count, threshold=query.threshold)
        )

    facts, preferences, tools, skills = (chosen(group, count) for group, count in wanted_of(query))
    return Recollection(facts, preferences, tools, skills, question.language)


async def _vectors(
    storage: Storage, embedder: Embedder, query: Query, memories: Sequence[Memory], shared: Sequence[int]
) -> list[Vectors]:
    """The vectors of each memory as it was worded then; none for one that is not among the `EMBEDDED_AGAIN`.

    shared: how many words of the question each has.
    """
    now = await storage.ranked(query.project, [memory.id for memory in memories], model=embedder.model)
    stored = {(r.memory.id, r.memory.version): r.vectors for r in now if len(r.vectors)}
    nothing: Vectors = np.empty((0, 1), dtype=np.float32)
    found = [stored.get((memory.id, memory.version), nothing) for memory in memories]
    missing = [i for i, rows in enumerate(found) if not len(rows)]
    chosen = sorted(missing, key=lambda i: -shared[i])[:EMBEDDED_AGAIN]
    keys = [memories[i].content.keys or (memories[i].content.value,) for i in chosen]
    rows = iter(await embedder.embed([key for each in keys for key in each], purpose="passage")) if chosen else iter(())
    for i, each in zip(chosen, keys, strict=True):
        found[i] = np.stack([next(rows) for _ in each])
    return found
