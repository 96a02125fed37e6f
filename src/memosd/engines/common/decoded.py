"""Candidates as ranking wants them, and the live memories last ranked, decoded.

A version of a memory changes only by being retired or erased: what is kept under the number and version of a live
memory is never stale.
"""

import itertools
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from memosd.domain.ids import MemoryId
from memosd.domain.memories import Memory
from memosd.ports.models import Vectors
from memosd.ports.storage import Ranked

Version = tuple[int, int]
"""Number of a memory (never used again) and of its version."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """words: the distinct terms."""

    memory: Memory
    words: frozenset[str]


class DecodedCache:
    """At most `limit` memories, the least recently used go first. Safe to use from several threads."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._kept: OrderedDict[Version, Decoded] = OrderedDict()

    def get(self, versions: Iterable[Version]) -> dict[Version, Decoded]:
        """Those of them that are kept."""
        with self._lock:
            found = {version: kept for version in versions if (kept := self._kept.get(version)) is not None}
            for version in found:
                self._kept.move_to_end(version)
        return found

    def put(self, decoded: Mapping[Version, Decoded]) -> None:
        with self._lock:
            self._kept.update(decoded)
            while len(self._kept) > self._limit:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        """No memory that was deleted stays here. Of its texts some may, for a while, in what remembers readings and
        vectors of the last ones (`extraction.evolution`, `providers.recent`), from where no answer comes."""
        with self._lock:
            self._kept.clear()


def rank(
    current: Sequence[tuple[int, int, int | None]],
    known: Mapping[Version, Decoded],
    vectors: Mapping[int, Vectors],
    before: Mapping[int, MemoryId],
) -> list[Ranked]:
    """Candidates as ranking wants them, in the order of `current`.

    current: number, version and time of retirement of each. vectors: by number. before: by number, the memory that each
    one follows.
    """
    nothing: Vectors = np.empty((0, 1), dtype=np.float32)
    found = []
    for number, version, _ in current:
        each = known[number, version]
        found.append(Ranked(each.memory, vectors.get(number, nothing), each.words, before.get(number)))
    return found


def vectors_by_memory(numbers: Sequence[int], vectors: Vectors) -> dict[int, Vectors]:
    """The rows of each memory. numbers: of the memory of each row; those of one stand together."""
    found: dict[int, Vectors] = {}
    start = 0
    for number, of_one in itertools.groupby(numbers):
        end = start + sum(1 for _ in of_one)
        found[number] = vectors[start:end]
        start = end
    return found
