"""How well a memory answers a question, from the records alone, whatever index proposed it.

The score is a weighted sum of features. `dense` is the cosine of the question's vector and the nearest of the memory's,
about 0 for unrelated texts since vectors are centred; `coverage` is the share of the question's words, weighted by
their rarity among the memories in reach, that stand in the memory. Scores are fused and not ranks, since the distance
between candidates is what tells an answer from noise. A memory also gains from the memories said just before and after
it: an answer often stands one turn from its words.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from memosd.domain.ids import MemoryId
from memosd.domain.search import Span
from memosd.ports.models import Vector
from memosd.ports.storage import Ranked
from memosd.retrieval.question import Question

WEIGHTS: Mapping[str, float] = {"dense": 1.2, "coverage": 1.0, "neighbours": 0.25, "time": 0.12, "conversation": 0.05}
"""What one unit of each feature adds to the score."""
MIDDLE, STEEPNESS, THRESHOLD = 0.50, 6.0, 0.45
"""Calibration: a score of MIDDLE has the relativity THRESHOLD, and relativity grows as the logistic function."""


@dataclass(frozen=True, slots=True)
class Candidate:
    ranked: Ranked
    score: float
    features: Mapping[str, float]

    @property
    def relativity(self) -> float:
        """The score as a calibrated probability, 0..1, that the memory is about what was asked."""
        at = math.log(THRESHOLD / (1 - THRESHOLD)) + STEEPNESS * (self.score - MIDDLE)
        return 1 / (1 + math.exp(-at))


def rarity(total: int, frequencies: Mapping[str, int], terms: Sequence[str]) -> dict[str, float]:
    """Weight of each term: BM25's inverse document frequency (Robertson and Zaragoza 2009), never negative."""
    return {
        term: math.log(1 + (total - (df := frequencies.get(term, 0)) + 0.5) / (df + 0.5))
        for term in terms
    }  # fmt: skip


def score(
    candidates: Sequence[Ranked],
    question: Question,
    vector: Vector,
    weights: Mapping[str, float],
    *,
    conversation: str | None,
) -> list[Candidate]:
    """All candidates, best first; equals in the order given."""
    dense = _dense(candidates, vector)
    whole = sum(weights.values()) or 1.0
    coverage = [sum([weights[t] for t in weights.keys() & c.words]) / whole for c in candidates]
    own = WEIGHTS["dense"], WEIGHTS["coverage"]
    alone = {
        c.memory.id: max(own[0] * d + own[1] * v, 0.0) for c, d, v in zip(candidates, dense, coverage, strict=True)
    }
    scored = []
    for candidate, similar, covered in zip(candidates, dense, coverage, strict=True):
        features = {
            "dense": similar,
            "coverage": covered,
            "neighbours": _neighbours(candidate, alone),
            "time": float(question.time is not None and _within(candidate, question.time)),
            "conversation": float(conversation is not None and candidate.memory.conversation == conversation),
        }
        total = sum([WEIGHTS[name] * value for name, value in features.items()])
        scored.append(Candidate(candidate, total, features))
    return sorted(scored, key=lambda c: -c.score)


def _dense(candidates: Sequence[Ranked], vector: Vector) -> list[float]:
    """The best cosine over each candidate's keys; 0 for one that has not been embedded yet."""
    embedded = [(i, c.vectors) for i, c in enumerate(candidates) if len(c.vectors)]
    found = [0.0] * len(candidates)
    if embedded:
        starts = np.cumsum([0, *(len(rows) for _, rows in embedded)])[:-1]
        best = np.maximum.reduceat(np.concatenate([rows for _, rows in embedded]) @ vector, starts)
        for (i, _), cosine in zip(embedded, best.tolist(), strict=True):
            found[i] = cosine
    return found


def _neighbours(candidate: Ranked, alone: Mapping[MemoryId, float]) -> float:
    """What the memories before and after score by themselves; one that nothing proposed adds nothing."""
    before, after = candidate.before, candidate.after
    return (alone.get(before, 0.0) if before else 0.0) + (alone.get(after, 0.0) if after else 0.0)


def _within(candidate: Ranked, span: Span) -> bool:
    content = candidate.memory.content
    start = content.holds_from or content.said_at
    end = content.holds_until or start
    return (start < span.end and end >= span.start) or span.start <= content.said_at < span.end
