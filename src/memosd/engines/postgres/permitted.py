"""What passes a filter: numbers of an owner's memories, read once and kept while they hold."""

from memosd.domain.ids import ProjectId
from memosd.engines.common.postings import PostingCache
from memosd.engines.common.scoring import Numbers
from memosd.engines.postgres.reach import Known, read_numbers
from memosd.engines.postgres.session import Session

Key = tuple[int, str, tuple[object, ...]]
"""An owner, and a compiled filter with its operands."""


class Permitted:
    """The lists last asked for, at most `limit` bytes of them; those of an owner hold until a transaction, of whatever
    process, changes what it has."""

    def __init__(self, *, limit: int) -> None:
        self._cache: PostingCache[Key] = PostingCache(limit=limit)

    async def of_owner(self, session: Session, project: ProjectId, known: Known) -> Numbers | None:
        """The numbers of the live memories that pass the owner's filter, ascending; None if it lets all pass."""
        where = known.where
        if where.lets_all_pass:
            return None
        key = known.number, where.sql, tuple(where.operands.values())
        kept = self._cache.get(key, since=known.stamp)
        if kept is None:
            operands = {"project": project, "owner": known.number, **where.operands}
            kept = read_numbers(await session.fetch_value("memories.allowed", operands, condition=where.sql))
            self._cache.put(key, known.stamp, kept)
        return kept
