"""A correction stands above what it corrects, however near each lies to the question."""

from collections.abc import Sequence
from dataclasses import replace

from memosd.domain.ids import MemoryId
from memosd.retrieval.score import Candidate


def corrections_first(scored: Sequence[Candidate]) -> list[Candidate]:
    """The candidates in their order, but each correction right above the first of those it corrects, and as relevant
    as that one is."""
    order = list(scored)
    for correction in scored:
        of: set[MemoryId] = set(correction.ranked.memory.content.detail.get("corrects", ()))
        if not of:
            continue
        at = order.index(correction)
        first = next((i for i, each in enumerate(order[:at]) if each.ranked.memory.id in of), None)
        if first is not None:
            del order[at]
            above = order[first]
            raised = replace(correction, score=above.score, relativity=max(above.relativity, correction.relativity))
            order.insert(first, raised)
    return order
