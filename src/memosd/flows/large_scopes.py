"""Vector search of users with very many memories, by an approximate index for each of them.

Whenever that index is behind by much, cannot say the filter, is missing or fails, the exact one answers.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from memosd.domain.errors import MemosdError, OfOtherRecords, SearchUnavailable
from memosd.domain.scope import Reach
from memosd.domain.search import Scored
from memosd.flows.following import ADVICE, BEHIND, SECONDS_BETWEEN_ROUNDS, Follower
from memosd.ports.index import Index, Probe
from memosd.ports.projection import Changes, Scope, Shards
from memosd.ports.storage import Finding, Progress

log = logging.getLogger(__name__)


@dataclass(slots=True)
class LargeScopes:
    """Vector search: the exact index, but for scopes of `least` memories or more, which have shards of their own.

    `tend` builds and drops shards while the server runs; a scope whose shard is not there yet is searched exactly.
    """

    exact: Index
    changes: Changes
    shards: Shards
    model: str
    least: int
    followers: dict[Scope, Follower] = field(default_factory=dict)
    failed: set[Scope] = field(default_factory=set)
    """Whose shard, as it is on the disk, has failed once."""
    closing: set[Scope] = field(default_factory=set)
    """Whose failed shard may still be at work in its directory."""

    @property
    def name(self) -> str:
        return self.exact.name

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        here: list[Reach] = []
        asked = []
        for reach in probe.reaches:
            follower = self.followers.get((probe.project, reach.owner))
            fits = probe.model == self.model and follower is not None and follower.projection.can(reach.where)
            if follower is not None and fits:
                asked.append(self._search(follower, replace(probe, reaches=(reach,)), limit))
            else:
                here.append(reach)
        if not asked:
            return await self.exact.search(probe, limit=limit)
        if here:
            asked.append(self.exact.search(replace(probe, reaches=tuple(here)), limit=limit))
        answers = await asyncio.gather(*asked)
        return best_first((hit for answer in answers for hit in answer), limit)

    async def _search(self, follower: Follower, probe: Probe, limit: int) -> list[Scored]:
        try:
            if await follower.catch_up(at_most=BEHIND):
                return await follower.projection.search(probe, limit=limit)
            log.info("the vector index of %s is far behind, the search is exact", follower.scope)
        except SearchUnavailable as error:
            await self._give_up(follower, error)
        return await self.exact.search(probe, limit=limit)

    async def _give_up(self, follower: Follower, error: SearchUnavailable) -> None:
        """Search exactly from now on; `tend` opens the shard again, for its process may have been killed for memory,
        and builds it anew if it fails a second time."""
        scope = follower.scope
        if scope is None or self.followers.get(scope) is not follower:
            return
        del self.followers[scope]
        log.warning("the vector index of %s is given up, searches are exact until it is back: %s", scope, error)
        self.closing.add(scope)
        try:
            await follower.close()
            if scope in self.failed or isinstance(error, OfOtherRecords):
                await self._remove(scope)
            else:
                self.failed.add(scope)
        finally:
            self.closing.discard(scope)

    async def tend(self) -> None:
        """Keep shards for the large scopes, until cancelled. Looking for these takes a hundredth of the time."""
        loop = asyncio.get_running_loop()
        next_look = loop.time()
        try:
            while True:
                try:
                    started = loop.time()
                    if started >= next_look:
                        large = await self.changes.large(least=self.least)
                        next_look = started + 100 * (loop.time() - started)
                        await self._adopt(large)
                    await self._keep_all()
                except MemosdError as error:
                    log.warning("the vector indexes of large scopes could not be tended: %s", error)
                await asyncio.sleep(SECONDS_BETWEEN_ROUNDS)
        finally:
            await self.close()

    async def tend_once(self) -> None:
        """Open or build what is missing, drop what is no longer wanted, take in and make durable what has changed."""
        await self._adopt(await self.changes.large(least=self.least))
        await self._keep_all()

    async def _adopt(self, large: Sequence[Scope]) -> None:
        for scope in (self.followers.keys() | self.failed).difference(large):
            if follower := self.followers.pop(scope, None):
                await follower.close()
            await self._remove(scope)
        for scope in large:
            if scope not in self.followers and scope not in self.closing:
                try:
                    await self._start(scope)
                except SearchUnavailable as error:
                    log.warning("the vector index of %s is not there, searches are exact: %s", scope, error)

    async def _keep_all(self) -> None:
        for scope, follower in list(self.followers.items()):
            await self._keep(scope, follower)

    async def _keep(self, scope: Scope, follower: Follower) -> None:
        try:
            await follower.catch_up()
            await follower.projection.flush()
            if await follower.projection.worn():
                await self.shards.prepare(scope, self.changes)
                if self.followers.get(scope) is not follower:  # a search has given it up meanwhile
                    return
                del self.followers[scope]
                await follower.close()
                await self._start(scope)
        except SearchUnavailable as error:
            await self._give_up(follower, error)

    async def _start(self, scope: Scope) -> None:
        if not self.shards.has(scope):
            await self.shards.prepare(scope, self.changes)
        try:
            follower = Follower(await self.shards.open(scope), self.changes, self.model, scope)
            if await follower.believed():
                self.followers[scope] = follower
                return
        except SearchUnavailable:
            await self._remove(scope)  # to be built anew in the next round
            raise
        await self._remove(scope)
        log.warning("the vector index of %s does not agree with the records and is built anew", scope)

    async def _remove(self, scope: Scope) -> None:
        self.failed.discard(scope)
        await self.shards.remove(scope)

    async def findings(self) -> list[Finding]:
        """For `memosd doctor`, while nothing else has the shards open."""
        found = []
        for scope in await self.changes.large(least=self.least):
            check = f"vector index of {scope[0]}/{scope[1]}"
            if not self.shards.has(scope):
                found.append(Finding(check, well=True, detail="not built yet; searches are exact until it is"))
                continue
            try:
                follower = Follower(await self.shards.open(scope), self.changes, self.model, scope)
            except SearchUnavailable as error:
                found.append(Finding(check, well=False, detail=str(error), advice=ADVICE))
            else:
                found.append(await follower.finding(check))
                await follower.close()
        return found

    async def rebuild(self, progress: Callable[[Progress], None]) -> None:
        """Build every shard anew from the records, and no other."""
        await self.shards.clear()
        large = await self.changes.large(least=self.least)
        for done, scope in enumerate(large):
            progress(Progress(done, len(large), "large scopes"))
            await self.shards.prepare(scope, self.changes)
        progress(Progress(len(large), len(large), "large scopes"))

    async def close(self) -> None:
        """Make durable what was taken in, and close every shard."""
        followers, self.followers = list(self.followers.values()), {}
        for follower in followers:
            try:
                await follower.projection.flush()
            except SearchUnavailable as error:
                log.warning("the vector index of %s could not be made durable: %s", follower.scope, error)
            await follower.close()


def best_first(hits: Iterable[Scored], limit: int) -> list[Scored]:
    """Each memory once, with its best score."""
    best: dict[str, Scored] = {}
    for hit in hits:
        if hit.id not in best or hit.score > best[hit.id].score:
            best[hit.id] = hit
    return sorted(best.values(), key=lambda hit: -hit.score)[:limit]
