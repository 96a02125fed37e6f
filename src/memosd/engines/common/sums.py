"""Sums of the weights of a question's terms over posting lists, and the best of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memosd.engines.common.scoring import Numbers

Scores = npt.NDArray[np.float64]

WIDEST = 16
"""A list of sums over all numbers from an owner's first memory to the last, those of others between, may be so many
times as long as the posting lists together: then nothing has to be sorted."""
PARTS = 16
"""Parts of a long list, for each memory wanted, whose best ones stand for the list where a bound is sought."""


@dataclass(frozen=True, slots=True)
class Sums:
    """scores: 0 where no term stands. numbers: the memory of each score, ascending; None: they follow on `first`."""

    scores: Scores
    numbers: Numbers | None = None
    first: int = 0

    def best(self, count: int) -> tuple[Numbers, Scores]:
        """The memories in which a term stands, at most so many, best first, and their scores; of equal scores the
        newest memory first."""
        least = _reached(self.scores, count)
        near = np.flatnonzero(self.scores >= least if least > 0 else self.scores > 0)
        numbers = near + self.first if self.numbers is None else self.numbers[near]
        scores = self.scores[near]
        order = np.lexsort((-numbers, -scores))[:count]
        return numbers[order], scores[order]


def sum_weights(postings: Sequence[tuple[float, Numbers]], permitted: Numbers | None = None) -> Sums:
    """For each memory the weights of the terms that stand in it; how often is not counted. Each sum is made in the
    order of `postings`, so that its last digit is always the same.

    postings: weight, above 0, and memories of each term. permitted: nothing else counts, ascending; None: everything.
    """
    lists = [(weight, numbers) for weight, numbers in postings if len(numbers)]
    if not lists:
        return Sums(np.empty(0))
    first = min(int(numbers[0]) for _, numbers in lists)
    span = max(int(numbers[-1]) for _, numbers in lists) - first + 1
    if span > WIDEST * sum(len(numbers) for _, numbers in lists):
        return _by_sorting(lists, permitted)
    scores = np.zeros(span)
    for weight, numbers in lists:
        np.add.at(scores, numbers - first, weight)
    if permitted is None:
        return Sums(scores, first=first)
    within = permitted[slice(*permitted.searchsorted((first, first + span)))]
    return Sums(scores[within - first], within)


def _by_sorting(lists: Sequence[tuple[float, Numbers]], permitted: Numbers | None) -> Sums:
    numbers, position = np.unique(np.concatenate([each for _, each in lists]), return_inverse=True)
    repeated = np.repeat([weight for weight, _ in lists], [len(each) for _, each in lists])
    scores = np.bincount(position, repeated, minlength=len(numbers)).astype(np.float64)
    if permitted is None:
        return Sums(scores, numbers)
    passing = np.isin(numbers, permitted, assume_unique=True)
    return Sums(scores[passing], numbers[passing])


def _reached(scores: Scores, count: int) -> float:
    """A score that at least so many reach, 0 if there are no more than so many.

    The last of the best takes long to find among many. Of a long list it is sought among the best of each of many
    parts, so that it is that one or a little less.
    """
    parts = PARTS * count
    if len(scores) <= count:
        return 0.0
    if len(scores) > 4 * parts:
        rows = len(scores) // parts
        scores = scores[: rows * parts].reshape(rows, parts).max(axis=0)
    return float(np.partition(scores, len(scores) - count)[len(scores) - count])
