"""Posting lists: in which memories of an owner a term stands, read from the index once, and kept in step with commits.

The list of the empty term is that of all memories of a kind.
"""

from collections.abc import Callable, Mapping, Sequence

import apsw
import numpy as np

from memosd.domain.memories import Kind
from memosd.engines.common.postings import PostingCache
from memosd.engines.common.scoring import Numbers, token
from memosd.engines.sqlite.database import Database
from memosd.engines.sqlite.journal import Words
from memosd.engines.sqlite.statements import fetch_value


class Postings:
    """The lists last asked for, at most `limit` bytes of them."""

    def __init__(self, database: Database, *, limit: int) -> None:
        self._database = database
        self._cache: PostingCache[str] = PostingCache(limit=limit)

    def of_terms(
        self,
        connection: apsw.Connection,
        stamp: int,
        owners: Sequence[int],
        kinds: frozenset[Kind],
        terms: Sequence[str],
    ) -> tuple[int, list[dict[int, list[Numbers]]]]:
        """How many live memories of these kinds the owners have, and for each term the lists of each owner,
        one for each kind of which there is any.

        stamp: `Database.stamp` as it was before the snapshot was begun.
        """
        live = {(o, kind): len(self._read(connection, stamp, o, kind, "")) for o in owners for kind in kinds}
        # Most owners have memories of one or two kinds: nothing is looked up of the others.
        had = {owner: [kind for kind in kinds if live[owner, kind]] for owner in owners}
        return sum(live.values()), [
            {owner: [self._read(connection, stamp, owner, kind, term) for kind in had[owner]] for owner in owners}
            for term in terms
        ]

    def _read(self, connection: apsw.Connection, stamp: int, owner: int, kind: Kind, term: str) -> Numbers:
        """The numbers of the memories in which the term stands, ascending."""
        key = token(owner, kind, term)

        def found() -> Numbers:
            # One row of text instead of a row for each memory: no thread switch between them, numpy reads it at once.
            if term:
                listed = fetch_value(connection, "text.postings", (f'"{key}"',))
            else:
                listed = fetch_value(connection, "memories.refined", (owner, kind.value))
            return np.sort(np.fromstring(listed or "", dtype=np.int64, sep=","))

        return self._cached(key, stamp, owner, found)

    def _cached(self, key: str, stamp: int, owner: int, make: Callable[[], Numbers]) -> Numbers:
        kept = self._cache.get(key, since=self._database.touched(owner))
        if kept is None:
            kept = self._in_step(key, owner)
            if kept is None:
                kept = make()
            self._cache.put(key, stamp, kept)
        return kept

    def _in_step(self, key: str, owner: int) -> Numbers | None:
        """The list as it was kept, with what has been written since; None if either is not known.

        It may have been read after some of these writes: they are made again, which changes nothing.
        """
        last = self._cache.last(key)
        written = None if last is None else self._database.journal.since(owner, last[0])
        return None if last is None or written is None else changed(last[1], key, written)

    def clear(self) -> None:
        self._cache.clear()


def changed(numbers: Numbers, key: str, written: Mapping[int, Words]) -> Numbers:
    """The list of this key, ascending, once these memories were written."""
    moved = np.array(sorted(written), dtype=np.int64)
    places = numbers.searchsorted(moved)
    there = places < len(numbers)
    there[there] = numbers[places[there]] == moved[there]
    stands = np.array([key in written[number] for number in moved.tolist()], dtype=bool)
    if (there == stands).all():
        return numbers
    left = np.delete(numbers, places[there & ~stands])
    come = moved[stands & ~there]
    return np.insert(left, left.searchsorted(come), come)
