"""Choosing what to return: over the threshold, without near-duplicates, at most so many."""

from collections.abc import Sequence

from memosd.domain.memories import Memory
from memosd.retrieval.score import Candidate

SAME_WORDS = 0.9
"""Jaccard overlap of words from which two memories say the same."""


def select(candidates: Sequence[Candidate], *, limit: int, threshold: float) -> list[Candidate]:
    """The best candidates, best first. Of two that say the same, the better stays."""
    chosen: list[Candidate] = []
    for candidate in candidates:
        if len(chosen) == limit or candidate.relativity < threshold:
            break
        if not any(_same(candidate.ranked.memory, other.ranked.memory) for other in chosen):
            chosen.append(candidate)
    return chosen


def _same(a: Memory, b: Memory) -> bool:
    if a.content.kind is not b.content.kind:
        return False
    mine, others = set(a.content.terms), set(b.content.terms)
    return bool(mine) and len(mine & others) >= SAME_WORDS * len(mine | others)
