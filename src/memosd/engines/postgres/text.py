"""Full-text search by posting lists, one set for each owner, and over drafts as they stand."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from memosd.domain.ids import ProjectId
from memosd.domain.memories import Kind
from memosd.domain.scope import Reach
from memosd.domain.search import Scored
from memosd.engines.common.codec import decode_content
from memosd.engines.common.postings import PostingCache
from memosd.engines.common.scoring import (
    Numbers,
    best_first,
    known_terms,
    score_drafts,
    term_weights,
    token,
)
from memosd.engines.common.sums import sum_weights
from memosd.engines.postgres.database import Database
from memosd.engines.postgres.permitted import Permitted
from memosd.engines.postgres.reach import Known, owners_in_reach, read_numbers
from memosd.engines.postgres.session import Session, Transaction
from memosd.engines.postgres.storable import indexable
from memosd.ports.index import Probe

Lists = list[dict[int, list[Numbers]]]
"""For each term the posting lists of each owner, one a kind."""


def _stored(owner: int, kind: Kind, term: str) -> str:
    return indexable(token(owner, kind, term))


async def put(tx: Transaction, project: ProjectId, owner: int, number: int, kind: Kind, terms: Iterable[str]) -> None:
    tokens = list(dict.fromkeys(_stored(owner, kind, term) for term in terms))
    await tx.run("text.put", {"project": project, "number": number, "tokens": tokens})


async def drop(tx: Transaction, project: ProjectId, number: int) -> None:
    await tx.run("text.drop", {"project": project, "number": number})


class Postings:
    """Reads posting lists, and keeps them until a transaction, of whatever process, changes what their owner has."""

    def __init__(self, *, limit: int) -> None:
        self._cache: PostingCache[str] = PostingCache(limit=limit)

    async def of_terms(
        self,
        session: Session,
        project: ProjectId,
        owners: Mapping[int, int],
        kinds: frozenset[Kind],
        terms: Sequence[str],
    ) -> tuple[int, Lists]:
        """How many live memories of these kinds the owners have, and for each term the lists of each owner.

        owners: their numbers with their stamps, as read before.
        """
        lives = {(owner, kind): token(owner, kind, "") for owner in owners for kind in kinds}
        stored = {(o, k, term): _stored(o, k, term) for o in owners for k in kinds for term in terms}
        keys = {key: owner for (owner, _), key in lives.items()} | {key: o for (o, _, _), key in stored.items()}
        found = {key: self._cache.get(key, since=owners[owner]) for key, owner in keys.items()}
        if any(found[key] is None for key in lives.values()):
            found |= self._keep(await _count_live(session, project, list(owners), kinds), keys, owners)
        missing = [key for key in dict.fromkeys(stored.values()) if found[key] is None]
        if missing:
            rows = await session.fetch_all("text.postings", {"project": project, "tokens": missing})
            found |= self._keep({key: read_numbers(listed) for key, listed in rows}, keys, owners)
        whole = {key: numbers for key, numbers in found.items() if numbers is not None}
        live = sum(int(whole[key][0]) for key in lives.values())
        return live, [{o: [whole[stored[o, k, term]] for k in kinds] for o in owners} for term in terms]

    def _keep(
        self, read: Mapping[str, Numbers], keys: Mapping[str, int], owners: Mapping[int, int]
    ) -> Mapping[str, Numbers]:
        for key, numbers in read.items():
            self._cache.put(key, owners[keys[key]], numbers)
        return read

    def clear(self) -> None:
        self._cache.clear()


async def _count_live(
    session: Session, project: ProjectId, owners: list[int], kinds: frozenset[Kind]
) -> dict[str, Numbers]:
    rows = await session.fetch_all("text.count_live", {"project": project, "owners": owners, "kinds": sorted(kinds)})
    counts = {(owner, kind): count for owner, kind, count in rows}
    return {token(o, k, ""): np.array([counts.get((o, k.value), 0)], dtype=np.int64) for o in owners for k in kinds}


class TextIndex:
    """Scores by the sum of the weights of the question's terms that stand in a memory, over the live memories of all
    owners in reach; `engines.common.scoring.term_weights` says what a term weighs."""

    name = "text"

    def __init__(self, database: Database, postings: Postings, permitted: Permitted) -> None:
        self._database = database
        self._postings = postings
        self._permitted = permitted

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        terms = known_terms(probe.terms)
        if not terms or not probe.kinds or limit < 1:
            return []
        return await self._database.read(lambda session: self._search(session, probe, terms, limit))

    async def _search(self, session: Session, probe: Probe, terms: list[str], limit: int) -> list[Scored]:
        reached = await owners_in_reach(session, probe.project, probe.reaches)
        if not reached:
            return []
        owners = {known.number: known.stamp for known in reached}
        live, postings = await self._postings.of_terms(session, probe.project, owners, probe.kinds, terms)
        weights = term_weights(live, [_frequency(lists) for lists in postings])
        by_term = dict(zip(terms, weights, strict=True))
        found: list[tuple[str, float]] = []
        for known in reached:
            of_owner = [(w, each) for w, lists in zip(weights, postings, strict=True) for each in lists[known.number]]
            if any(len(each) for _, each in of_owner):
                permitted = await self._permitted.of_owner(session, probe.project, known)
                found += await _search_owner(session, probe, known.number, permitted, of_owner, limit)
            found += await _search_drafts(session, probe, known, by_term)
        return best_first(found, limit)


def _frequency(lists: Mapping[int, Sequence[Numbers]]) -> int:
    return sum(len(each) for of_owner in lists.values() for each in of_owner)


async def _search_owner(
    session: Session,
    probe: Probe,
    owner: int,
    permitted: Numbers | None,
    postings: Sequence[tuple[float, Numbers]],
    limit: int,
) -> list[tuple[str, float]]:
    """permitted: what passes the filter. postings: weight and memories of each term."""
    sums = sum_weights(postings, permitted)
    found: list[tuple[str, float]] = []
    scope = {"project": probe.project, "owner": owner, "kinds": sorted(probe.kinds)}
    asked = 0
    wanted = limit
    while len(found) < limit:
        best, scores = sums.best(asked + wanted)
        numbers = best[asked:].tolist()
        if not numbers:
            break
        ids: Mapping[int, str] = dict(await session.fetch_all("text.live", {**scope, "numbers": numbers}))
        found += [(ids[no], score) for no, score in zip(numbers, scores[asked:].tolist(), strict=True) if no in ids]
        asked += len(numbers)
        wanted *= 4
    return found[:limit]


async def _search_drafts(
    session: Session, probe: Probe, known: Known, weights: Mapping[str, float]
) -> list[tuple[str, float]]:
    """Every draft of the owner in which a term stands, newest first."""
    operands = {
        "project": probe.project,
        "owner": known.number,
        "kinds": sorted(probe.kinds),
        **known.where.operands,
    }
    rows = await session.fetch_all("text.drafts", operands, condition=known.where.sql)
    drafts = [(own_id, frozenset(decode_content(content).terms)) for own_id, content in rows]
    return score_drafts(drafts, weights)


class TextStatistics:
    """How common words are, counted in the same posting lists."""

    def __init__(self, database: Database, postings: Postings) -> None:
        self._database = database
        self._postings = postings

    async def document_frequencies(
        self, project: ProjectId, reaches: Sequence[Reach], kinds: frozenset[Kind], terms: Sequence[str]
    ) -> tuple[int, Mapping[str, int]]:
        known = known_terms(terms)

        async def count(session: Session) -> tuple[int, Mapping[str, int]]:
            owners = {each.number: each.stamp for each in await owners_in_reach(session, project, reaches)}
            live, postings = await self._postings.of_terms(session, project, owners, kinds, known)
            found = {term: _frequency(lists) for term, lists in zip(known, postings, strict=True)}
            return live, {term: found.get(term, 0) for term in terms}

        return await self._database.read(count)
