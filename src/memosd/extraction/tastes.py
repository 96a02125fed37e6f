"""What a choice may show in general: who leaves the cable car and the tower for a walk may be afraid of heights.

A catalogue of tastes tells of each what people who have it turn down and take, as the mean vectors of such things, and
of choices that show nothing (a time slot, a file name) the same (`training/tastes` holds them and makes `tastes.json`
and `tastes.npy`). The tastes nearest to what was left and taken are guesses and are called so; as few are told as
probably hold the right one, and none if many would have to be.
"""

import functools
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Self

import numpy as np
import numpy.typing as npt

from memosd.extraction.preferences import MODEL
from memosd.language.script import Language
from memosd.ports.models import Embedder, Vector, Vectors

TAKEN = 0.5
"""What nearness to the things taken counts against nearness to the things left."""
SHARPNESS = 40
"""How much likelier the nearer of two is: the inverse temperature of the softmax over the catalogue."""
MOST = 2
"""Guesses told of one choice at most."""
SURE = 0.6
"""Guesses are told if one of them is at least so probably right."""
Quantised = npt.NDArray[np.int8]


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
        """Of the best guess, the best two and so on to `MOST`; tastes, nothing: how near each of them is."""
        logits = features(tastes, nothing) @ np.array([self.score, self.share], np.float32) + self.bias
        sure: Vector = (1 / (1 + np.exp(-logits))).astype(np.float32)
        return sure

    def told(self, tastes: Vector, nothing: Vector) -> int:
        """As few guesses as one of which is `SURE` to be right; 0 if `MOST` are not enough."""
        enough = self(tastes, nothing) >= SURE
        return int(enough.argmax()) + 1 if enough.any() else 0


def features(tastes: Vector, nothing: Vector) -> Vectors:
    """What the confidence reads of the best guess, the best two and so on: how near the best one is, and the logarithm
    of what they get of a softmax over the catalogue. Shape (`MOST`, 2)."""
    best = np.sort(tastes)[::-1]
    likely, rest = (np.exp(SHARPNESS * (scores - best[0])) for scores in (best, nothing))
    shares = np.log(np.cumsum(likely[:MOST]) / (likely.sum() + rest.sum()))
    return np.stack([np.full_like(shares, best[0]), shares], axis=1)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """left, taken: the mean direction of what is turned down and taken, of each taste and then of each kind of choice
    that shows nothing, shape (tastes and kinds, dimensions), rows of length 1. confidence: of guesses."""

    tastes: tuple[Taste, ...]
    left: Vectors
    taken: Vectors
    confidence: Confidence

    @classmethod
    @functools.cache
    def load(cls) -> Self:
        """The one that `python -m training` made."""
        here = files(__package__)
        stored = json.loads(here.joinpath("tastes.json").read_text("utf-8"))
        left, taken = (_directions(rows) for rows in np.load(io.BytesIO(here.joinpath("tastes.npy").read_bytes())))
        tastes = tuple(Taste(en, zh) for en, zh in stored["tastes"])
        return cls(tastes, left, taken, Confidence(**stored["confidence"]))

    def reads(self, embedder: Embedder) -> bool:
        """Whether the vectors of an embedder are of the kind that the catalogue was made of."""
        return embedder.model.startswith(MODEL) and embedder.dimensions == self.left.shape[1]

    def guesses(self, left: Vectors, taken: Vectors) -> list[Taste]:
        """The tastes of which a choice probably shows one, the most probable first.

        left, taken: vectors of the things as passages, shape (things, dimensions), at least one each.
        """
        scores = left.mean(axis=0) @ self.left.T + TAKEN * (taken.mean(axis=0) @ self.taken.T)
        tastes, nothing = np.split(scores, [len(self.tastes)])
        told = self.confidence.told(tastes, nothing)
        return [self.tastes[i] for i in np.argsort(-tastes, kind="stable")[:told].tolist()]


def quantised(rows: Sequence[Vector]) -> Quantised:
    """Directions in 8 bits a number: each row by its own greatest number."""
    table = np.array(rows)
    small: Quantised = np.round(127 * table / np.abs(table).max(axis=1, keepdims=True)).astype(np.int8)
    return small


def _directions(rows: Quantised) -> Vectors:
    wide = rows.astype(np.float32)
    directions: Vectors = wide / np.linalg.norm(wide, axis=1, keepdims=True)
    return directions
