"""Logistic regressions over a vector and a few named numbers beside it, as `python -m training` stores them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from memosd.ports.models import Vector, Vectors


@dataclass(frozen=True, slots=True)
class Linear:
    """A logistic regression. vector: shape (dimensions,); features: shape (features,), in the order they are read."""

    vector: Vector
    features: Vector
    bias: float

    @classmethod
    def read(cls, stored: dict[str, Any], names: Sequence[str]) -> Self:
        known = np.array([stored["features"][name] for name in names], np.float32)
        return cls(np.array(stored["vector"], np.float32), known, float(stored["bias"]))

    def __call__(self, vectors: Vectors, known: Vectors) -> Vectors:
        """Probabilities, shape (rows,)."""
        probabilities: Vectors = (1 / (1 + np.exp(-self.log_odds(vectors, known)))).astype(np.float32)
        return probabilities

    def log_odds(self, vectors: Vectors, known: Vectors) -> Vectors:
        """Shape (rows,)."""
        odds: Vectors = (vectors @ self.vector + known @ self.features + self.bias).astype(np.float32)
        return odds
