"""Of two memories of one state the newer stands first, also where it was not certain enough to retire the older.

Retiring is for good, and asks for much certainty. Whether to show the older one is asked anew by each question, and a
doubt is enough to weigh by: relativity is the probability that a memory helps to answer, so the older one keeps the
share with which it still holds, and the newer one is worth at least the other share of what the older one was worth.
Nothing is stored, and with a threshold of 0 both are returned. Only facts have successors: preferences of one user are
alike in form, and hold side by side, as does what was learnt of a tool.

How probable it is, a logistic regression says: from what both memories say, as evolution reads them, and from the
question, which shows more than they do: if it brought both forward, and both tell the kind of thing it asks for, they
are likely of one matter. `training/succession` makes `succession.json`.
"""

import functools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Self

import numpy as np

from memosd.domain.memories import Kind
from memosd.language.terms import terms
from memosd.ports.models import Vector
from memosd.ports.storage import Ranked
from memosd.retrieval.features import said
from memosd.retrieval.kinds import Shares, alike
from memosd.retrieval.question import Question
from memosd.retrieval.relevance import logistic, trained
from memosd.retrieval.score import Candidate

Compared = Callable[[Ranked, Ranked], Mapping[str, float] | None]
"""What two memories say of the second having taken the place of the first, by name; None if it cannot have."""
OLDER, FOREMOST = 3, 6
"""Candidates that may be out of date, and those of which one may have taken their place: the best."""
WORTH = 0.3
"""Relativity from which an older memory is worth the question."""
LEAST = 0.3
"""Probability below which nothing is weighed."""
TOGETHER = 2.0
"""Times by which the odds grow: in the examples few of the candidates were ever told anew; of what people ask, more."""
SAME_FORM, SUBJECT = 0.5, 0.3
"""Share of the words of the shorter one from which two memories are of one form, and share of what the question names
in the one from which the other is of another subject when it lacks that."""
FEATURES = (
    *("change", "extends", "cosine", "hinted", "size of old", "size of new", "sentences of old"),
    *("lasting in new", "occasion in old", "changed in new", "ended in new", "outlook in old", "outlook in new"),
    *("relativity of old", "relativity of new", "behind", "ahead", "rank of old", "first of others", "one form"),
    *("dense of old", "dense of new", "dense of both", "coverage of old", "coverage of new"),
    *("change, dense of new", "cosine, dense of new", "kinds agree", "kinds asked for", "rivals"),
    *("cosine to best", "change to best", "dense to best"),
)
_SURE = 1e-3
"""Probabilities nearer to 0 or 1 count as so near."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Of two candidates, by their places, what is known of the second having taken the place of the first."""

    old: int
    new: int
    features: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Succession:
    """weights: what one unit of a feature adds to the log odds, by name."""

    weights: Mapping[str, float]
    bias: float

    @classmethod
    @functools.cache
    def load(cls) -> Self:
        learnt = json.loads(files(__package__).joinpath("succession.json").read_text("utf-8"))
        return cls(learnt["weights"], learnt["bias"])

    def __call__(self, features: Mapping[str, float]) -> float:
        """The probability that the newer memory has taken the place of the older one."""
        return logistic(self.bias + sum([weight * features[name] for name, weight in self.weights.items()]))


def successors_first(
    scored: Sequence[Candidate],
    question: Question,
    vector: Vector,
    compared: Compared,
    *,
    model: Callable[[Mapping[str, float]], float] | None = None,
) -> list[Candidate]:
    """The candidates, best first. A question of how things stood before leaves them as they are.

    vector: the question's. model: the trained one if not given.
    """
    if question.former:
        return list(scored)
    judge, best = model or Succession.load(), dict[int, tuple[float, int]]()
    for pair in pairs(scored, question, vector, compared):
        odds = TOGETHER * (doubt := judge(pair.features))
        doubt = odds / (1 - doubt + odds)
        if doubt >= max(LEAST, best.get(pair.old, (0.0, 0))[0]):
            best[pair.old] = doubt, pair.new
    weighed = list(scored)
    for i, (doubt, j) in best.items():
        weighed[i] = replace(weighed[i], relativity=weighed[i].relativity * (1 - doubt))
        weighed[j] = replace(weighed[j], relativity=max(weighed[j].relativity, scored[i].relativity * doubt))
    return sorted(weighed, key=lambda candidate: -candidate.relativity)


def pairs(scored: Sequence[Candidate], question: Question, vector: Vector, compared: Compared) -> list[Pair]:
    """The foremost candidates that others may have taken the place of, each with each of these."""
    foremost = scored[:FOREMOST]
    possible = [
        (i, j, features)
        for i, old in enumerate(foremost[:OLDER])
        if old.relativity >= WORTH and old.ranked.memory.content.kind is Kind.FACT
        for j, new in enumerate(foremost)
        if _may_succeed(old, new, question) and (features := compared(old.ranked, new.ranked)) is not None
    ]
    if not possible:
        return []
    kinds = _Kinds.of(foremost, question, vector)
    found = [Pair(i, j, dict(features) | _asked(foremost, i, j, features, kinds)) for i, j, features in possible]
    return [replace(pair, features=dict(pair.features) | _among(pair, found)) for pair in found]


def _may_succeed(old: Candidate, new: Candidate, question: Question) -> bool:
    older, newer = old.ranked.memory, new.ranked.memory
    if older.owner != newer.owner or older.content.said_at >= newer.content.said_at:
        return False
    named = [term for term in question.terms if term in old.ranked.words]
    lacking = [term for term in named if term not in new.ranked.words]
    if any(term in lacking for name in question.entities for term in terms(name)):
        return False
    return not (lacking and len(lacking) >= SUBJECT * len(named) and _one_form(old, new) >= SAME_FORM)


def _one_form(old: Candidate, new: Candidate) -> float:
    """The share of the words of the shorter one that stand in the other: where it is high, and the other lacks what the
    question names, that is the subject."""
    was, now = old.ranked.words, new.ranked.words
    return len(was & now) / max(1, min(len(was), len(now)))


@dataclass(frozen=True, slots=True)
class _Kinds:
    """The kinds of answer that the question asks for and that each of the foremost candidates tells."""

    asked: Shares
    told: Sequence[Shares]

    @classmethod
    def of(cls, foremost: Sequence[Candidate], question: Question, vector: Vector) -> Self | None:
        """None for another embedder's vectors: they cannot be read."""
        kinds = trained().kinds
        if kinds is None or not kinds.reads(vector):
            return None
        asked = kinds.asks(question.text, vector)
        told = [
            kinds.tells(said(c.ranked), vector, c.ranked.vectors) if len(c.ranked.vectors) else np.zeros_like(asked)
            for c in foremost
        ]
        return cls(asked, told)


def _asked(
    foremost: Sequence[Candidate], i: int, j: int, compared: Mapping[str, float], kinds: _Kinds | None
) -> dict[str, float]:
    """What the question shows of two of the foremost candidates."""
    old, new = foremost[i], foremost[j]
    dense, change = new.features["dense"], _log_odds(compared["change"])
    return {
        "relativity of old": _log_odds(old.relativity),
        "relativity of new": _log_odds(new.relativity),
        "behind": max(0.0, old.score - new.score),
        "ahead": max(0.0, new.score - old.score),
        "rank of old": float(i),
        "first of others": float(j == (1 if i == 0 else 0)),
        "one form": _one_form(old, new),
        "dense of old": old.features["dense"],
        "dense of new": dense,
        "dense of both": min(old.features["dense"], dense),
        "coverage of old": old.features["coverage"],
        "coverage of new": new.features["coverage"],
        "change": change,
        "change, dense of new": change * dense,
        "cosine, dense of new": compared["cosine"] * dense,
        "kinds agree": alike(kinds.told[i], kinds.told[j]) if kinds else 0.0,
        "kinds asked for": float((kinds.asked * kinds.told[i] * kinds.told[j]).sum()) if kinds else 0.0,
    }


def _among(pair: Pair, pairs: Sequence[Pair]) -> dict[str, float]:
    """How the newer one stands among all that may have taken the older one's place."""
    rivals = [each.features for each in pairs if each.old == pair.old]

    def lacks(name: str) -> float:
        return max(rival[name] for rival in rivals) - pair.features[name]

    return {
        "cosine to best": lacks("cosine"),
        "change to best": lacks("change"),
        "dense to best": lacks("dense of new"),
        "rivals": math.log1p(len(rivals) - 1),
    }


def _log_odds(probability: float) -> float:
    near = min(max(probability, _SURE), 1 - _SURE)
    return math.log(near / (1 - near))
