"""An index of all memories beside the records: a vector or graph database that follows them.

Whenever it is behind by much, cannot say the filter, cannot be reached or fails, the records' own index answers.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from memosd.domain.errors import MemosdError, OfOtherRecords, SearchUnavailable
from memosd.domain.search import Scored
from memosd.flows.following import ADVICE, BEHIND, SECONDS_BETWEEN_ROUNDS, Follower
from memosd.ports.index import Index, Probe
from memosd.ports.projection import Changes, Whole
from memosd.ports.storage import Finding, Progress

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Beside:
    """Stands before the records' own index of the same name. `tend` opens the other one and keeps it in step.

    model: whose vectors it holds; None for a graph.
    """

    exact: Index
    changes: Changes
    whole: Whole
    model: str | None
    title: str
    follower: Follower | None = None

    @property
    def name(self) -> str:
        return self.exact.name

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        follower = self.follower
        if follower is None or (self.model is not None and probe.model != self.model):
            return await self.exact.search(probe, limit=limit)
        try:
            if all(follower.projection.can(reach.where) for reach in probe.reaches):
                if await follower.catch_up(at_most=BEHIND):
                    return await follower.projection.search(probe, limit=limit)
                log.info("%s is far behind, the records answer", self.title)
        except SearchUnavailable as error:
            await self._give_up(follower, error)
        return await self.exact.search(probe, limit=limit)

    async def _give_up(self, follower: Follower, error: SearchUnavailable) -> None:
        if self.follower is follower:
            self.follower = None
            log.warning("%s is given up for now, the records answer: %s", self.title, error)
            await follower.close()

    async def tend(self) -> None:
        """Keep it in step, until cancelled."""
        try:
            said = ""
            while True:
                try:
                    await self.tend_once()
                    said = ""
                except MemosdError as error:
                    if str(error) != said:  # once, not every few seconds for as long as it lasts
                        said = str(error)
                        log.warning("%s cannot be used, the records answer: %s", self.title, said)
                await asyncio.sleep(SECONDS_BETWEEN_ROUNDS)
        finally:
            await self.close()

    async def tend_once(self) -> None:
        """Open it if it is not, from the beginning if it disagrees; take in and make durable what has changed."""
        if self.follower is None:
            self.follower = await self._open() or await self._anew()
        try:
            await self.follower.catch_up()
            await self.follower.projection.flush()
        except SearchUnavailable as error:
            await self._give_up(self.follower, error)

    async def _open(self) -> Follower | None:
        """None if it disagreed with the records and was removed. Raises `SearchUnavailable` if there is no telling."""
        follower = Follower(await self.whole.open(), self.changes, self.model, None)
        why = "it does not hold as many entries as the records"
        try:
            if await follower.believed():
                return follower
        except OfOtherRecords as error:
            why = str(error)
        log.warning("%s is made anew: %s", self.title, why)
        await self.whole.clear()
        return None

    async def _anew(self) -> Follower:
        follower = Follower(await self.whole.open(), self.changes, self.model, None)
        caught_up = False
        try:
            caught_up = await follower.catch_up()
        finally:
            if not caught_up:
                await follower.close()
        return follower

    async def findings(self) -> list[Finding]:
        """For `memosd doctor`."""
        try:
            follower = Follower(await self.whole.open(), self.changes, self.model, None)
        except SearchUnavailable as error:
            return [Finding(self.title, well=False, detail=str(error), advice=ADVICE)]
        finding = await follower.finding(self.title)
        await follower.close()
        return [finding]

    async def rebuild(self, progress: Callable[[Progress], None]) -> None:
        """Make it anew from the records. Raises `SearchUnavailable`."""
        progress(Progress(0, 1, self.title))
        await self.whole.clear()
        follower = await self._anew()
        await follower.projection.flush()
        await follower.close()
        progress(Progress(1, 1, self.title))

    async def close(self) -> None:
        follower, self.follower = self.follower, None
        if follower is not None:
            try:
                await follower.projection.flush()
            except SearchUnavailable as error:
                log.warning("%s could not be made durable: %s", self.title, error)
            await follower.close()
