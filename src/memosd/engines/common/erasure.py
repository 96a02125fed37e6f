"""Deleting much in portions, between which others can write."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from memosd.ports.storage import Erased


@dataclass(frozen=True, slots=True)
class Portion:
    """What one transaction removed. last: nothing is left."""

    deleted: int
    last: bool


async def in_portions(erase: Callable[[], Awaitable[Portion]]) -> Erased:
    """Until one was the last."""
    deleted, last = 0, False
    while not last:
        portion = await erase()
        deleted, last = deleted + portion.deleted, portion.last
    return Erased(deleted=deleted)
