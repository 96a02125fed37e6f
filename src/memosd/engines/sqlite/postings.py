"""Posting lists: in which memories of an owner a term stands, read from the index once, kept while they hold."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

import apsw
import numpy as np

from memosd.domain.memories import Kind
from memosd.engines.sqlite.database import Database
from memosd.engines.sqlite.reach import Numbers
from memosd.engines.sqlite.statements import fetch_value

_LETTERS: dict[Kind, str] = {
    Kind.FACT: "f",
    Kind.PASSAGE: "d",
    Kind.PREFERENCE: "p",
    Kind.TOOL_SCHEMA: "s",
    Kind.TOOL_TRAJECTORY: "t",
    Kind.SKILL: "k",
}


def token(owner: int, kind: Kind, term: str) -> str:
    """How a term is stored. A posting list is then one owner's and one kind's: no other can be reached by it."""
    return f"{owner}{_LETTERS[kind]}{term}"


class Postings:
    """The lists last asked for, at most `limit` bytes of them; those of an owner hold until a commit touches it."""

    def __init__(self, database: Database, *, limit: int) -> None:
        self._database = database
        self._limit = limit
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[int, Numbers]] = OrderedDict()
        self._size = 0

    def of_terms(
        self,
        connection: apsw.Connection,
        stamp: int,
        owners: Sequence[int],
        kinds: frozenset[Kind],
        terms: Sequence[str],
    ) -> tuple[int, list[dict[int, list[Numbers]]]]:
        """How many live memories of these kinds the owners have, and for each term the lists of each owner.

        stamp: `Database.stamp` as it was before the snapshot was begun.
        """
        live = sum(self._live(connection, stamp, owner, kind) for owner in owners for kind in kinds)
        return live, [
            {owner: [self._read(connection, stamp, owner, kind, term) for kind in kinds] for owner in owners}
            for term in terms
        ]

    def _live(self, connection: apsw.Connection, stamp: int, owner: int, kind: Kind) -> int:
        return int(
            self._cached(
                f"{owner}{_LETTERS[kind]}",
                stamp,
                owner,
                lambda: np.array([fetch_value(connection, "memories.count_live", (owner, kind.value))]),
            )[0]
        )

    def _read(self, connection: apsw.Connection, stamp: int, owner: int, kind: Kind, term: str) -> Numbers:
        """The numbers of the memories in which the term stands, ascending."""
        key = token(owner, kind, term)

        def found() -> Numbers:
            # One row of text instead of a row for each memory: no thread switch between them, numpy reads it at once.
            listed = fetch_value(connection, "text.postings", (f'"{key}"',))
            return np.fromstring(listed or "", dtype=np.int64, sep=",")

        return self._cached(key, stamp, owner, found)

    def _cached(self, key: str, stamp: int, owner: int, make: Callable[[], Numbers]) -> Numbers:
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept[0] >= self._database.touched(owner):
                self._kept.move_to_end(key)
                return kept[1]
        numbers = make()
        self._keep(key, stamp, numbers)
        return numbers

    def _keep(self, key: str, stamp: int, numbers: Numbers) -> None:
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
