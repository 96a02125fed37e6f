"""How well each memory answers a question, and whether the question is answered at all.

The score ranks: a weighted sum of a candidate's features and, since an answer often stands one turn from its words, a
part of its neighbours'. Scores are fused and not ranks, since the distance between candidates is what tells an answer
from noise. Relativity is calibrated: the best candidate has the learnt probability that the question is answered, and
each further one loses with its distance in score, gently, since several memories may bear on one question.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from memosd.domain.ids import MemoryId
from memosd.domain.memories import Content, Kind
from memosd.ports.models import Vector
from memosd.ports.storage import Ranked
from memosd.retrieval.features import Column, measure, said
from memosd.retrieval.kinds import SMALLEST
from memosd.retrieval.question import Question
from memosd.retrieval.relevance import Relevance, logistic, trained

WEIGHTS: Mapping[str, float] = {
    "dense": 1.5,
    "coverage": 1.0,
    "lacks_time": -0.05,
    "lacks_number": -0.05,
    "rival": -0.1,
    "neighbours": 0.15,
    "time": 0.3,
    "newness": 0.2,
    "conversation": 0.05,
}
"""What one unit of each feature adds to the score. Chosen by measurement over long conversations, which examples of
single facts cannot stand for."""
CURVE = 1.3
"""The power of `coverage` in the score: one chance word in common counts less than its share."""
CURVE_OF_SHORT = 2.0
"""The same of a Chinese question among short memories: single characters are words, too, and most of what is shared is
shared by chance, while the vector of a short fact is sharp. Among long memories words find what their vectors blur."""
SHORT, LONG = 3.2, 4.2
"""The `length` up to which memories are short, and from which they are long; in between the power falls evenly."""
FALL = 2.5
"""Log odds that a candidate has less than the best for each unit of score."""
REQUEST_FALL = 1.0
"""The same for a request, on which more memories bear."""
PREFERENCE_FALL = 3.0
"""The same for a preference, where something was looked up: that rarely asks for one."""
REQUEST_LIFT = 1.6
"""Log odds that a preference has more where something is requested: it bears on that though nothing answers it."""
STANDING = 0.5
"""Relativity that a preference how to be answered has at least: it bears on any question, answered or not."""
NOTHING_WANTED = -4.0
"""Log odds that a memory answers small talk."""
MARGIN_ALONE = 1.0
"""What the only candidate is taken to be ahead by, and the most that any is."""
_ALONE = ("dense", "coverage", "lacks_time", "lacks_number", "rival")


@dataclass(frozen=True, slots=True)
class Candidate:
    """relativity: the calibrated probability, 0..1, that the memory helps to answer what was asked."""

    ranked: Ranked
    score: float
    relativity: float
    features: Mapping[str, float]


def score(
    candidates: Sequence[Ranked],
    question: Question,
    vector: Vector,
    weights: Mapping[str, float],
    *,
    total: int,
    conversation: str | None,
    ranking: Mapping[str, float] = WEIGHTS,
    relevance: Relevance | None = None,
    asks: bool = True,
) -> list[Candidate]:
    """All candidates, best first; equals in the order given.

    weights: the rarity of the question's terms. total: memories in reach. ranking: what one unit of a feature adds to
    the score; one that is not named adds nothing. relevance: the trained one if not given. asks: whether anything is
    wanted: small talk wants nothing.
    """
    if not candidates:
        return []
    model = relevance or trained()
    sought = model.sought(vector, question.language)
    measured = measure(candidates, question, sought, weights, conversation=conversation)
    curve = _curve(question, measured["length"])
    measured["neighbours"] = _neighbours(candidates, np.maximum(_sum(measured, ranking, _ALONE, curve=curve), 0.0))
    scores = _sum(measured, ranking, ranking, curve=curve)
    order = np.argsort(-scores, kind="stable").tolist()
    best, request = order[0], model.is_request(vector) if asks else 0.0
    evidence = {name: float(column[best]) for name, column in measured.items()}
    evidence |= more_evidence(scores, request, total=total)
    odds = model.log_odds(evidence) if asks else NOTHING_WANTED
    best_of = candidates[best]
    # Kinds were learnt from what people say, not from documents; and a request asks for no kind of answer.
    if asks and model.kinds and best_of.memory.content.kind is not Kind.PASSAGE:
        odds += (1 - request) * model.kinds.bearing(
            question.text, vector, said(best_of), best_of.vectors, evidence, total=total
        )
    highest, rows = float(scores[best]), list(zip(*(column.tolist() for column in measured.values()), strict=True))
    found = [
        Candidate(
            candidates[i],
            reached,
            _relativity(odds, candidates[i].memory.content, request, behind=highest - reached),
            dict(zip(measured, rows[i], strict=True)),
        )
        for i, reached in zip(order, scores[order].tolist(), strict=True)
    ]
    return sorted(found, key=lambda candidate: -candidate.relativity)


def _relativity(odds: float, content: Content, request: float, *, behind: float) -> float:
    """odds: the log odds that the question is answered; the rest as for `_shift`."""
    found = logistic(odds + _shift(content, request, behind=behind))
    return max(found, STANDING) if content.detail.get("standing") else found


def _curve(question: Question, lengths: Column) -> float:
    if question.language != "zh":
        return CURVE
    shortness = (LONG - float(np.median(lengths))) / (LONG - SHORT)
    return CURVE + (CURVE_OF_SHORT - CURVE) * min(1.0, max(0.0, shortness))


def more_evidence(scores: Column, request: float, *, total: int) -> dict[str, float]:
    """What the features of the best candidate do not tell."""
    highest = np.sort(scores)[-2:]
    margin = float(highest[-1] - highest[0]) if len(scores) > 1 else MARGIN_ALONE
    return {
        "margin": min(margin, MARGIN_ALONE),
        "request": request,
        "memories": float(np.log1p(max(total, SMALLEST))),
    }


def _shift(content: Content, request: float, *, behind: float) -> float:
    """What a memory's log odds differ from those that the question is answered.

    request: how probably the question is one. behind: what the memory's score lacks to the best, which costs nothing if
    the memory tells how any question is to be answered.
    """
    preference = content.kind is Kind.PREFERENCE
    lift = REQUEST_LIFT * request if preference else 0.0
    if content.detail.get("standing"):
        return lift
    lookup = PREFERENCE_FALL if preference else FALL
    return lift - (lookup + (REQUEST_FALL - lookup) * request) * behind


def _sum(measured: Mapping[str, Column], ranking: Mapping[str, float], names: Iterable[str], *, curve: float) -> Column:
    total = np.zeros(len(measured["dense"]))
    for name in names:
        if name in ranking and name in measured:
            total += ranking[name] * (measured[name] ** curve if name == "coverage" else measured[name])
    return total


def _neighbours(candidates: Sequence[Ranked], alone: Column) -> Column:
    """What the memories before and after score by themselves; one that nothing proposed adds nothing."""
    place: dict[MemoryId | None, int] = {c.memory.id: i for i, c in enumerate(candidates)}
    found = np.zeros(len(candidates))
    for i, before in enumerate(place.get(c.before) for c in candidates):
        if before is not None:
            found[i] += alone[before]
            found[before] += alone[i]
    return found
