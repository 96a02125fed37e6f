"""Logistic regression by Newton's method, with ridge; deterministic. No library but numpy."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Chosen = npt.NDArray[np.bool_]
_STEPS = 50
_SMALL = 1e-8
_LARGE = 1e9


@dataclass(frozen=True, slots=True)
class Logistic:
    """weights: shape (features,)."""

    weights: Floats
    bias: float

    def __call__(self, rows: Floats) -> Floats:
        """Probabilities, shape (rows,)."""
        probabilities: Floats = 1 / (1 + np.exp(-(rows @ self.weights + self.bias)))
        return probabilities


def fit(
    rows: Floats, truth: Chosen, *, ridge: float | Floats, importance: Floats | None = None, known: Floats | None = None
) -> Logistic:
    """The maximum of the likelihood less ridge / 2 times each squared weight; the bias is not held back.

    importance: how many times each row counts; once each if not given. known: log odds of each row that what is learnt
    is added to; then there is no bias.
    """
    times = np.ones(len(rows)) if importance is None else importance
    design = np.hstack([rows, np.ones((len(rows), 1))])
    held = np.append(np.broadcast_to(ridge, rows.shape[1:]), _SMALL if known is None else _LARGE)
    weights = np.zeros(design.shape[1])
    given = np.zeros(len(rows)) if known is None else known
    for _ in range(_STEPS):
        guess = 1 / (1 + np.exp(-(design @ weights + given)))
        slope = design.T @ (times * (guess - truth)) + held * weights
        curve = (design.T * (times * guess * (1 - guess))) @ design + np.diag(held)
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < _SMALL:
            break
    return Logistic(weights[:-1], float(weights[-1]))


def folds(count: int, *, parts: int = 5, seed: int = 7) -> Iterator[tuple[Chosen, Chosen]]:
    """Which rows to learn from and which to be judged by, `parts` times; every row is judged once."""
    part = np.random.default_rng(seed).permutation(np.arange(count) % parts)
    for n in range(parts):
        yield part != n, part == n
