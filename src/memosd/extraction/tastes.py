"""What a choice may show in general: who leaves the cable car and the tower for a walk may be afraid of heights.

A catalogue of tastes knows of each what people who have it turn down and take, and of choices that show nothing (a time
slot, a file name) the same: a linear discriminant over vectors (`training/tastes` holds the things and makes
`tastes.json` and `tastes.npz`). The tastes that score best for what was left and taken are guesses and are called so;
as few are told as probably hold the right one, and none if many would have to be.
"""

import functools
import io
import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Self

import numpy as np

from memosd.extraction.preferences import MODEL
from memosd.language.script import Language
from memosd.ports.models import Embedder, Vector, Vectors

SHARPNESS = 40
"""How much likelier the nearer of two is: the inverse temperature of the softmax over the catalogue."""
MOST = 2
"""Guesses told of one choice at most."""
SURE = 0.6
"""Guesses are told if one of them is at least so probably right."""


@dataclass(frozen=True, slots=True)
class Taste:
    """A predicate in the third person in both languages: `is afraid of heights …`, `怕高……`."""

    en: str
    zh: str

    def told(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Confidence:
    """How probably one of the best guesses is right: a logistic regression on `features`."""

    score: float
    share: float
    bias: float

    def __call__(self, tastes: Vector, nothing: Vector) -> Vector:
        """Of the best guess, the best two and so on to `MOST`; tastes, nothing: what each of them scores."""
        logits = features(tastes, nothing) @ np.array([self.score, self.share], np.float32) + self.bias
        sure: Vector = (1 / (1 + np.exp(-logits))).astype(np.float32)
        return sure

    def told(self, tastes: Vector, nothing: Vector) -> int:
        """As few guesses as one of which is `SURE` to be right; 0 if `MOST` are not enough."""
        enough = self(tastes, nothing) >= SURE
        return int(enough.argmax()) + 1 if enough.any() else 0


def features(tastes: Vector, nothing: Vector) -> Vectors:
    """What the confidence reads of the best guess, the best two and so on: what the best one scores, and the logarithm
    of what they get of a softmax over the catalogue. Shape (`MOST`, 2)."""
    best = np.sort(tastes)[::-1]
    likely, rest = (np.exp(SHARPNESS * (scores - best[0])) for scores in (best, nothing))
    shares = np.log(np.cumsum(likely[:MOST]) / (likely.sum() + rest.sum()))
    return np.stack([np.full_like(shares, best[0]), shares], axis=1)


@dataclass(frozen=True, slots=True)
class Scoring:
    """How well each taste, and then each kind of choice that shows nothing, explains a choice.

    left, taken: what the mean vectors of the things turned down and taken are multiplied by, shape (tastes and kinds,
    dimensions). bias: shape (tastes and kinds,).
    """

    left: Vectors
    taken: Vectors
    bias: Vector

    def __call__(self, left: Vectors, taken: Vectors) -> Vector:
        """left, taken: vectors of the things as passages, shape (things, dimensions), at least one each."""
        scores: Vector = left.mean(axis=0) @ self.left.T + taken.mean(axis=0) @ self.taken.T + self.bias
        return scores


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Tastes, how choices are scored by them, and how sure guesses are."""

    tastes: tuple[Taste, ...]
    scoring: Scoring
    confidence: Confidence

    @classmethod
    @functools.cache
    def load(cls) -> Self:
        """The one that `python -m training` made."""
        here = files(__package__)
        stored = json.loads(here.joinpath("tastes.json").read_text("utf-8"))
        tables = np.load(io.BytesIO(here.joinpath("tastes.npz").read_bytes()))
        scoring = Scoring(**{name: tables[name].astype(np.float32) for name in ("left", "taken", "bias")})
        return cls(tuple(Taste(en, zh) for en, zh in stored["tastes"]), scoring, Confidence(**stored["confidence"]))

    def reads(self, embedder: Embedder) -> bool:
        """Whether the vectors of an embedder are of the kind that the catalogue was made of."""
        return embedder.model.startswith(MODEL) and embedder.dimensions == self.scoring.left.shape[1]

    def guesses(self, left: Vectors, taken: Vectors) -> list[Taste]:
        """The tastes of which a choice probably shows one, the most probable first; left, taken: as for `Scoring`."""
        tastes, nothing = np.split(self.scoring(left, taken), [len(self.tastes)])
        told = self.confidence.told(tastes, nothing)
        return [self.tastes[i] for i in np.argsort(-tastes, kind="stable")[:told].tolist()]
