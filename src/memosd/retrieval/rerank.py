"""Judging texts that are no memories by the scorer of memories: what `/rerank` rests on where no model is set up."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.memories import Content, Kind, Memory
from memosd.domain.scope import Owner
from memosd.language.script import language_of
from memosd.language.terms import terms
from memosd.ports.models import Vector, Vectors
from memosd.ports.storage import Ranked
from memosd.retrieval.features import rarity
from memosd.retrieval.question import understand
from memosd.retrieval.score import score

NAME = "memosd-scorer"
"""What the built-in scorer is called in answers."""


def relevances(
    query: str, documents: Sequence[str], *, vector: Vector, vectors: Vectors, at: datetime
) -> tuple[float, ...]:
    """How much each document is about the query, 0..1, in order. vectors: of the documents; at: when it is asked."""
    question = understand(query, asked_at=at)
    candidates = [_candidate(i, text, vectors[i : i + 1], at) for i, text in enumerate(documents)]
    counts = Counter(term for candidate in candidates for term in candidate.words)
    weights = rarity(len(documents), counts, question.terms)
    scored = score(candidates, question, vector, weights, total=len(documents), conversation=None)
    found = {candidate.ranked.memory.id: candidate.relativity for candidate in scored}
    return tuple(found[candidate.memory.id] for candidate in candidates)


def _candidate(number: int, text: str, vectors: Vectors, at: datetime) -> Ranked:
    words = tuple(terms(text))
    content = Content(Kind.FACT, "", text, at, terms=words, language=language_of(text))
    memory = Memory(MemoryId(str(number)), ProjectId(""), Owner.public(), "", "", content, at, at)
    return Ranked(memory, vectors, frozenset(words))
