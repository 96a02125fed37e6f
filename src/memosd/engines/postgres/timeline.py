"""Memories by time: those said in, or true during, the time that a question speaks of."""

from memosd.domain.search import Scored
from memosd.engines.common.codec import micros
from memosd.engines.common.scoring import best_first, nearness
from memosd.engines.postgres.database import Database
from memosd.engines.postgres.reach import owners_in_reach
from memosd.engines.postgres.session import Session
from memosd.ports.index import Probe


class TimeIndex:
    """Nearest first, by the days between the middle of the span and the memory's own time."""

    name = "time"

    def __init__(self, database: Database) -> None:
        self._database = database

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        if probe.time is None or limit < 1:
            return []
        start, stop = micros(probe.time.start), micros(probe.time.end)
        span = {"start": start, "stop": stop, "middle": (start + stop) // 2}

        async def search(session: Session) -> list[Scored]:
            found: list[tuple[str, float]] = []
            for known in await owners_in_reach(session, probe.project, probe.reaches):
                operands = {
                    "project": probe.project,
                    "owner": known.number,
                    "kinds": sorted(probe.kinds),
                    "limit": limit,
                    **span,
                    **known.where.operands,
                }
                rows = await session.fetch_all("timeline.overlapping", operands, condition=known.where.sql)
                found += [(memory, nearness(distance)) for memory, distance in rows]
            return best_first(found, limit)

        return await self._database.read(search)
