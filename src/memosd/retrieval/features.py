"""What is measured of each candidate, from the records alone, whatever index proposed it."""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from memosd.domain.search import Span
from memosd.ports.models import Vector
from memosd.ports.storage import Ranked
from memosd.retrieval.answers import answers_asked_for, holds
from memosd.retrieval.concepts import contrasts, other_words, rivals, stands
from memosd.retrieval.question import Question

Column = npt.NDArray[np.float64]
"""One number a candidate, shape (candidates,)."""
UNEMBEDDED = 0.8
"""What a first form that is still to be embedded has of `dense` for each unit of `coverage`."""
READ = 12
"""Candidates, those with most `dense` and `coverage`, whose text is read for the kind of answer: reading takes time."""


def rarity(total: int, frequencies: Mapping[str, int], terms: Sequence[str]) -> dict[str, float]:
    """Weight of each term: BM25's inverse document frequency (Robertson and Zaragoza 2009), never negative."""
    return {
        term: math.log(1 + (total - (df := frequencies.get(term, 0)) + 0.5) / (df + 0.5))
        for term in terms
    }  # fmt: skip


def measure(
    candidates: Sequence[Ranked],
    question: Question,
    vector: Vector,
    weights: Mapping[str, float],
    *,
    conversation: str | None,
) -> dict[str, Column]:
    """Features by name.

    dense: the cosine of the question's vector and the nearest of the memory's, about 0 for unrelated texts since
    vectors are centred. coverage: the share of the question's terms, weighted by rarity, that stand in the memory, or
    for which another word for the same does ('mum' for 'mother').
    foreign: 1 if the memory is in another language; foreign_dense: its `dense` then. rival: of how many kinds of things
    the question names one and the memory only others. lacks_time, lacks_number, lacks_colour (only if the question asks
    for one): 1 for those of the `READ` foremost memories that have none. length: the logarithm of the memory's distinct
    terms. time: 1 if it is of the time asked about. newness: if the question asks how things stand now, the share of
    the candidates that are older. conversation: 1 if the memory is of this one.
    """
    whole = sum(weights.values()) or 1.0
    # In the order of the question, not of a set: sums of floats depend on it, and equals must stay equal in every run.
    same = other_words(frozenset(weights))
    asks = [(weight, term, same.get(term, ())) for term, weight in weights.items()]
    coverage = _column(
        sum([w for w, term, others in asks if term in c.words or (others and stands(others, c.words))]) / whole
        for c in candidates
    )
    dense = _dense(candidates, vector, UNEMBEDDED * coverage)
    foreign = _column(c.memory.content.language != question.language for c in candidates)
    asked = contrasts(frozenset(question.terms))
    measured = {
        "dense": dense,
        "coverage": coverage,
        "foreign": foreign,
        "foreign_dense": foreign * dense,
        "rival": _column(rivals(asked, c.words) for c in candidates) if asked else np.zeros(len(candidates)),
        "length": _column(math.log1p(len(c.words)) for c in candidates),
        "time": _column(question.time is not None and _within(c, question.time) for c in candidates),
        "newness": _newness(candidates) if question.current else np.zeros(len(candidates)),
        "conversation": _column(conversation is not None and c.memory.conversation == conversation for c in candidates),
    }
    foremost = np.argsort(-(dense + coverage), kind="stable")[:READ].tolist()
    for kind in answers_asked_for(question.text):
        lacks = measured[f"lacks_{kind}"] = np.zeros(len(candidates))
        lacks[foremost] = [not holds(kind, said(candidates[i])) for i in foremost]
    return measured


def _column(values: Iterable[float]) -> Column:
    return np.fromiter(values, np.float64)


def said(candidate: Ranked) -> Sequence[str]:
    """The words as they were said: the value also has the day of the talk, which answers nothing."""
    content = candidate.memory.content
    return content.keys or (content.value,)


def _dense(candidates: Sequence[Ranked], vector: Vector, unembedded: Column) -> Column:
    """The best cosine over each candidate's keys; for one that has not been embedded yet, what is given."""
    embedded = [(i, c.vectors) for i, c in enumerate(candidates) if len(c.vectors)]
    found = unembedded.copy()
    if embedded:
        starts = np.cumsum([0, *(len(rows) for _, rows in embedded)])[:-1]
        best = np.maximum.reduceat(np.concatenate([rows for _, rows in embedded]) @ vector, starts)
        found[[i for i, _ in embedded]] = best
    return found


def _newness(candidates: Sequence[Ranked]) -> Column:
    said = np.array([c.memory.content.said_at.timestamp() for c in candidates])
    return np.searchsorted(np.sort(said), said) / max(1, len(said) - 1)


def _within(candidate: Ranked, span: Span) -> bool:
    content = candidate.memory.content
    start = content.holds_from or content.said_at
    end = content.holds_until or start
    return (start < span.end and end >= span.start) or span.start <= content.said_at < span.end
