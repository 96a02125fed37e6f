"""What a choice may show in general: who leaves the cable car and the tower for a walk may be afraid of heights.

A catalogue of tastes tells of each what people who have it turn down and take, as the mean vectors of such things
(`training/tastes` holds them and makes `tastes.json` and `tastes.npy`). The tastes nearest to what was left and taken
are guesses and are called so; only those are told that are right more often than not.
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
MOST = 2
"""Guesses told of one choice."""
SURE = 0.5
"""A guess is told if it is at least so probably right."""
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
    """How probably a guess is right, by its score and its lead over the next one: a logistic regression."""

    score: float
    lead: float
    bias: float

    def __call__(self, scores: Vector) -> Vector:
        """Of the best guesses in order; scores: theirs and that of the next one, shape (guesses + 1,)."""
        logits = self.score * scores[:-1] + self.lead * (scores[:-1] - scores[1:]) + self.bias
        sure: Vector = (1 / (1 + np.exp(-logits))).astype(np.float32)
        return sure


@dataclass(frozen=True, slots=True)
class Catalogue:
    """left, taken: the mean direction of what is turned down and taken, shape (tastes, dimensions), rows of length 1.
    confidence: of guesses."""

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
        """The tastes that a choice probably shows, the most probable first.

        left, taken: vectors of the things as passages, shape (things, dimensions), at least one each.
        """
        scores = left.mean(axis=0) @ self.left.T + TAKEN * (taken.mean(axis=0) @ self.taken.T)
        best = np.argsort(-scores, kind="stable")[: MOST + 1]
        sure = self.confidence(scores[best])
        return [self.tastes[i] for i, p in zip(best[:MOST].tolist(), sure.tolist(), strict=True) if p >= SURE]


def quantised(rows: Sequence[Vector]) -> Quantised:
    """Directions in 8 bits a number: each row by its own greatest number."""
    table = np.array(rows)
    small: Quantised = np.round(127 * table / np.abs(table).max(axis=1, keepdims=True)).astype(np.int8)
    return small


def _directions(rows: Quantised) -> Vectors:
    wide = rows.astype(np.float32)
    directions: Vectors = wide / np.linalg.norm(wide, axis=1, keepdims=True)
    return directions
