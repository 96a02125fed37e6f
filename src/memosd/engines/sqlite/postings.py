"""Posting lists: in which memories of an owner a term stands, read from the index once, kept while they hold."""

from collections.abc import Callable, Sequence

import apsw
import numpy as np

from memosd.domain.memories import Kind
from memosd.engines.common.postings import PostingCache
from memosd.engines.common.scoring import Numbers, token
from memosd.engines.sqlite.database import Database
from memosd.engines.sqlite.statements import fetch_value


class Postings:
    """The lists last asked for, at most `limit` bytes of them; those of an owner hold until a commit touches it."""

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
        live = {(o, kind): self._live(connection, stamp, o, kind) for o in owners for kind in kinds}
        # Most owners have memories of one or two kinds: nothing is looked up of the others.
        had = {owner: [kind for kind in kinds if live[owner, kind]] for owner in owners}
        return sum(live.values()), [
            {owner: [self._read(connection, stamp, owner, kind, term) for kind in had[owner]] for owner in owners}
            for term in terms
        ]

    def _live(self, connection: apsw.Connection, stamp: int, owner: int, kind: Kind) -> int:
        def found() -> Numbers:
            return np.array([fetch_value(connection, "memories.count_live", (owner, kind.value))])

        return int(self._cached(token(owner, kind, ""), stamp, owner, found)[0])

    def _read(self, connection: apsw.Connection, stamp: int, owner: int, kind: Kind, term: str) -> Numbers:
        """The numbers of the memories in which the term stands, ascending."""
        key = token(owner, kind, term)

        def found() -> Numbers:
            # One row of text instead of a row for each memory: no thread switch between them, numpy reads it at once.
            listed = fetch_value(connection, "text.postings", (f'"{key}"',))
            return np.fromstring(listed or "", dtype=np.int64, sep=",")

        return self._cached(key, stamp, owner, found)

    def _cached(self, key: str, stamp: int, owner: int, make: Callable[[], Numbers]) -> Numbers:
        kept = self._cache.get(key, since=self._database.touched(owner))
        if kept is None:
            kept = make()
            self._cache.put(key, stamp, kept)
        return kept

    def clear(self) -> None:
        self._cache.clear()
