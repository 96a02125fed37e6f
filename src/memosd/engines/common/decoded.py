"""The live memories last ranked, decoded. A version of a memory changes only by being retired or erased: what is kept
under the number and version of a live memory is never stale."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from memosd.domain.memories import Memory

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
        """What was deleted must not stay in memory either."""
        with self._lock:
            self._kept.clear()
