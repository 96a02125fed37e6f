"""The readings of kinds of answers (`memosd/retrieval/kinds.json`), learnt from the frames.

By least squares, which is as good here as logistic regressions and is solved once for all kinds. What the evidence is
weighed by must not be seen by the reading that reads it: each phrase is read by one learnt without its form.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memosd.retrieval.kinds import Reading
from training.recall.frames import Phrase

RIDGE = 5.0
PARTS = 3
"""In as many parts the forms are read by what the others taught."""
_SPREAD, _PRIME = 2654435761, 1009
Shares = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Learnt:
    """reading: from all phrases. unseen: each phrase as read without its form, shape (phrases, kinds)."""

    reading: Reading
    unseen: Shares


def learnt_kinds(phrases: Sequence[Phrase], seen: Sequence[Shares]) -> Learnt:
    """seen: what each phrase is read from. The kinds are those of the phrases, by name."""
    rows = np.array(seen)
    names = sorted({phrase.kind for phrase in phrases})
    truth = np.array([[phrase.kind == name for name in names] for phrase in phrases], np.float64)
    part = np.array([phrase.form * _SPREAD % _PRIME % PARTS for phrase in phrases])
    unseen = np.zeros(truth.shape)
    for n in range(PARTS):
        unseen[part == n] = _solve(rows[part != n], truth[part != n])(rows[part == n])
    return Learnt(_solve(rows, truth), unseen)


def _solve(seen: Shares, truth: Shares) -> Reading:
    """Rare kinds count more, by the root of their rarity."""
    counts = np.maximum(truth.sum(axis=0), 1.0)
    times = truth @ np.sqrt(len(truth) / truth.shape[1] / counts)
    rows = np.hstack([seen, np.ones((len(seen), 1))])
    held = RIDGE * np.eye(rows.shape[1])
    held[-1, -1] = 0.0
    found = np.linalg.solve((rows.T * times) @ rows + held, (rows.T * times) @ truth)
    return Reading(found[:-1].T.astype(np.float32), found[-1].astype(np.float32))
