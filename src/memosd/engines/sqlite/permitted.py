"""What passes a filter: numbers of an owner's memories, read once and kept while they hold."""

import apsw
import numpy as np

from memosd.domain.filters import EVERYTHING
from memosd.engines.common.postings import PostingCache
from memosd.engines.common.scoring import Numbers
from memosd.engines.sqlite.database import Database
from memosd.engines.sqlite.filters import Condition, condition
from memosd.engines.sqlite.statements import fetch_value

_ANYTHING = condition(EVERYTHING, 0)


class Permitted:
    """The lists last asked for, at most `limit` bytes of them; those of an owner hold until a commit touches it."""

    def __init__(self, database: Database, *, limit: int) -> None:
        self._database = database
        self._cache: PostingCache[tuple[int, Condition]] = PostingCache(limit=limit)

    def of_owner(self, connection: apsw.Connection, stamp: int, owner: int, where: Condition) -> Numbers | None:
        """The numbers of the owner's live memories that pass the filter, ascending; None if the filter lets all pass.

        stamp: `Database.stamp` as it was before the snapshot was begun. A draft that was written since may be missing:
        drafts are in no posting list and have no vectors.
        """
        if where == _ANYTHING:
            return None
        kept = self._cache.get((owner, where), since=self._database.touched(owner))
        if kept is None:
            name = "memories.allowed_keyed" if where.keyed else "memories.allowed"
            listed = fetch_value(connection, name, (owner, *where.operands), condition=where.sql)
            kept = np.sort(np.fromstring(listed or "", dtype=np.int64, sep=","))
            self._cache.put((owner, where), stamp, kept)
        return kept

    def clear(self) -> None:
        self._cache.clear()
