"""The last writes to the text index, for lists that were read before them and need not be read again."""

import threading
from collections import OrderedDict
from collections.abc import Mapping

OWNER_SLOTS = 4_096
"""Owners are told apart by their number up to this; two that share a slot are taken for one."""

Words = frozenset[str]
"""All that a memory is indexed under; none if it has left the index."""

MOST = 4_096
"""Memories of which the last write is remembered, some 4 KB each; those of whom was written to longest ago go first."""
MOST_OF_OWNER = 1_024


class Journal:
    """What each memory that was written lately is indexed under since. Safe to use from several threads."""

    def __init__(self, *, most: int = MOST, most_of_owner: int = MOST_OF_OWNER) -> None:
        self._most = most
        self._most_of_owner = most_of_owner
        self._lock = threading.Lock()
        self._owners: OrderedDict[int, OrderedDict[int, tuple[int, Words]]] = OrderedDict()
        self._count = 0
        self._forgotten = [0] * OWNER_SLOTS
        """Of owners that share a slot: the stamp of the last write that is no longer remembered."""

    def note(self, stamp: int, owner: int, written: Mapping[int, Words]) -> None:
        """Memories of an owner were written by the commit of this stamp."""
        with self._lock:
            noted = self._owners.setdefault(owner, OrderedDict())
            self._owners.move_to_end(owner)
            for number, words in written.items():
                self._count += number not in noted
                noted[number] = stamp, words
                noted.move_to_end(number)
            while len(noted) > self._most_of_owner:
                self._forget(owner, noted)
            while self._count > self._most:
                first = next(iter(self._owners))
                self._forget(first, self._owners[first])

    def _forget(self, owner: int, noted: OrderedDict[int, tuple[int, Words]]) -> None:
        _, (stamp, _) = noted.popitem(last=False)
        self._count -= 1
        self._forgotten[owner % OWNER_SLOTS] = max(stamp, self._forgotten[owner % OWNER_SLOTS])
        if not noted:
            del self._owners[owner]

    def since(self, owner: int, stamp: int) -> dict[int, Words] | None:
        """What was written of the owner's memories after this stamp; None if that is no longer known."""
        with self._lock:
            if self._forgotten[owner % OWNER_SLOTS] > stamp:
                return None
            found = {}
            for number, (written, words) in reversed(self._owners.get(owner, {}).items()):
                if written <= stamp:
                    break
                found[number] = words
            return found
