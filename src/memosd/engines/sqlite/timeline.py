"""Memories by time: those said in, or true during, the time that a question speaks of."""

import apsw

from memosd.domain.search import Scored, Span
from memosd.engines.common.codec import micros, to_json
from memosd.engines.common.scoring import best_first, nearness
from memosd.engines.sqlite.database import Database
from memosd.engines.sqlite.reach import owners_in_reach
from memosd.engines.sqlite.statements import fetch_all
from memosd.ports.index import Probe


class TimeIndex:
    """Nearest first: the score is 1 / (1 + days between the middle of the span and the memory's own time)."""

    name = "time"

    def __init__(self, database: Database) -> None:
        self._database = database

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        span = probe.time
        if span is None or limit < 1:
            return []
        return await self._database.read(lambda connection: _search(connection, probe, span, limit))


def _search(connection: apsw.Connection, probe: Probe, span: Span, limit: int) -> list[Scored]:
    start, end = micros(span.start), micros(span.end)
    kinds = to_json(sorted(probe.kinds))
    found: list[tuple[str, float]] = []
    for owner, where in owners_in_reach(connection, probe.project, probe.reaches):
        rows = fetch_all(
            connection,
            "timeline.overlapping",
            (start, end, (start + end) // 2, owner, kinds, *where.operands, limit),
            condition=where.sql,
        )
        found += [(memory, nearness(distance)) for memory, distance in rows]
    return best_first(found, limit)
