"""Lists of an owner's memories kept in memory: in which a term stands, which pass a filter."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from memosd.engines.common.scoring import Numbers

Key = TypeVar("Key", bound=Hashable)


class PostingCache(Generic[Key]):
    """The lists last asked for, at most `limit` bytes of them. Safe to use from several threads.

    A list is kept under a stamp: it may lack what was written to its owner after that stamp, and nothing before it.
    """

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, tuple[int, Numbers]] = OrderedDict()
        self._size = 0

    def get(self, key: Key, *, since: int) -> Numbers | None:
        """The list, if it was kept under this stamp or a later one."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept[0] < since:
                return None
            self._kept.move_to_end(key)
            return kept[1]

    def last(self, key: Key) -> tuple[int, Numbers] | None:
        """The list as it was last kept, with its stamp."""
        with self._lock:
            return self._kept.get(key)

    def put(self, key: Key, stamp: int, numbers: Numbers) -> None:
        with self._lock:
            earlier = self._kept.pop(key, None)
            self._size += _cost(numbers) - (_cost(earlier[1]) if earlier else 0)
            self._kept[key] = (stamp, numbers)
            while self._size > self._limit:
                self._size -= _cost(self._kept.popitem(last=False)[1][1])

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._size = 0


def _cost(numbers: Numbers) -> int:
    """Bytes, with about what the key and the bookkeeping take."""
    return numbers.nbytes + 400
