"""What follows the records: an index outside them, brought up to date before it is searched, and doubted always."""

import asyncio
import logging
from dataclasses import dataclass, field

from memosd.domain.errors import OfOtherRecords, SearchUnavailable
from memosd.ports.projection import Changes, Projection, Scope
from memosd.ports.storage import Finding

log = logging.getLogger(__name__)

CHUNK = 200
"""Changes taken in at a time."""
BEHIND = 2_000
"""Changes that a search waits for; behind by more, the exact index answers."""
COMPARISONS = 5
"""How often an index is compared with records that keep changing, before it is believed."""
SECONDS_BETWEEN_ROUNDS = 5.0
ADVICE = "nothing is lost: start the server, which builds it anew, or run `memosd reindex`"


@dataclass(slots=True)
class Follower:
    """One projection kept in step with the changes of a scope (None: of all)."""

    projection: Projection
    changes: Changes
    model: str | None
    """Whose vectors it holds; None for a graph."""
    scope: Scope | None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def catch_up(self, *, at_most: int | None = None) -> bool:
        """Take in what has changed; at most so many changes. Whether it is then up to date.

        Raises `SearchUnavailable`, `OfOtherRecords` if it has nothing to follow any more.
        """
        begun = self.projection.position  # others may take in what is written while this waits
        standing = await self.changes.standing(self.scope)
        if standing.identity != self.projection.identity or standing.last < begun:
            raise OfOtherRecords("it is of records that are no more: they were erased, or a backup was restored")
        if standing.last <= self.projection.position:
            return True
        async with self._turn:
            taken = 0
            while at_most is None or taken < at_most:
                position = self.projection.position
                changed = await self.changes.since(position, scope=self.scope, model=self.model, limit=CHUNK)
                if changed:
                    await self.projection.apply(changed)
                    taken += len(changed)
                if len(changed) < CHUNK:
                    return True
            return False

    async def agrees(self) -> bool:
        """Whether it holds as many vectors as the records, once it has caught up."""
        for _ in range(COMPARISONS):
            await self.catch_up()
            position = self.projection.position
            held, recorded = await self.projection.count(), await self.changes.count(self.scope, model=self.model)
            if held == recorded:
                return True
            standing = await self.changes.standing(self.scope)
            if position == self.projection.position == standing.last:  # nothing was written in between
                return False
        return True

    async def believed(self) -> bool:
        """Whether it agrees with the records. If it does not, or if there is no telling, it is closed."""
        agrees = False
        try:
            agrees = await self.agrees()
        finally:
            if not agrees:
                await self.close()
        return agrees

    async def finding(self, check: str) -> Finding:
        """For `memosd doctor`."""
        try:
            agrees, count = await self.agrees(), await self.projection.count()
        except SearchUnavailable as error:
            return Finding(check, well=False, detail=str(error), advice=ADVICE)
        detail = f"{count} entries" + (" agree with the records" if agrees else ", not as many as the records have")
        return Finding(check, well=agrees, detail=detail, advice="" if agrees else ADVICE)

    async def close(self) -> None:
        """Close the projection. What was not made durable is taken in again when it is next opened."""
        try:
            await self.projection.close()
        except SearchUnavailable as error:
            log.warning("an index could not be closed: %s", error)
