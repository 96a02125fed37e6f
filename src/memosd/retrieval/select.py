"""Choosing what to return: over the threshold, without near-duplicates, at most so many."""

from collections.abc import Sequence

from memosd.ports.storage import Ranked
from memosd.retrieval.score import Candidate

SAME_WORDS = 0.9
"""Jaccard overlap of words from which two memories say the same."""


def select(candidates: Sequence[Candidate], *, limit: int, threshold: float) -> list[Candidate]:
    """The best candidates, best first. Of two that say the same, the better stays."""
    chosen: list[Candidate] = []
    for candidate in candidates:
        if len(chosen) == limit or candidate.relativity < threshold:
            break
        if not any(_same(candidate.ranked, other.ranked) for other in chosen):
            chosen.append(candidate)
    return chosen


def _same(a: Ranked, b: Ranked) -> bool:
    shared = len(a.words & b.words)
    return shared > 0 and shared >= SAME_WORDS * (len(a.words) + len(b.words) - shared)
