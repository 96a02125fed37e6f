"""Full-text search by FTS5 posting lists, one set for each owner, and over drafts as they stand."""

from collections.abc import Mapping, Sequence

import apsw
import orjson

from memosd.domain.ids import ProjectId
from memosd.domain.memories import Kind
from memosd.domain.scope import Reach
from memosd.domain.search import Scored
from memosd.engines.common.codec import to_json
from memosd.engines.common.scoring import (
    Numbers,
    best_first,
    known_terms,
    score_drafts,
    term_weights,
    token,
)
from memosd.engines.common.sums import sum_weights
from memosd.engines.sqlite.database import Database, Transaction
from memosd.engines.sqlite.filters import Condition
from memosd.engines.sqlite.permitted import Permitted
from memosd.engines.sqlite.postings import Postings
from memosd.engines.sqlite.reach import owners_in_reach
from memosd.engines.sqlite.statements import fetch_all
from memosd.ports.index import Probe


def put(tx: Transaction, owner: int, number: int, kind: Kind, terms: Sequence[str]) -> None:
    tokens = [token(owner, kind, term) for term in terms]
    tx.indexed.setdefault(owner, {})[number] = frozenset((token(owner, kind, ""), *tokens))
    tx.run_last("text.put", (number, " ".join(tokens)))


def drop(tx: Transaction, owner: int, number: int) -> None:
    tx.indexed.setdefault(owner, {})[number] = frozenset()
    tx.run_last("text.drop", (number,))


class TextIndex:
    """Scores by the sum of the weights of the question's terms that stand in a memory.

    The weight of a term is that of BM25, ln(1 + (n - df + 0.5) / (df + 0.5)), over the live memories of all owners in
    reach (S. Robertson, H. Zaragoza: The Probabilistic Relevance Framework, 2009); how often it stands is not counted.
    """

    name = "text"

    def __init__(self, database: Database, postings: Postings, permitted: Permitted) -> None:
        self._database = database
        self._postings = postings
        self._permitted = permitted

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        terms = known_terms(probe.terms)
        if not terms or not probe.kinds or limit < 1:
            return []
        stamp = self._database.stamp
        return await self._database.read(lambda connection: self._search(connection, stamp, probe, terms, limit))

    def _search(
        self, connection: apsw.Connection, stamp: int, probe: Probe, terms: list[str], limit: int
    ) -> list[Scored]:
        owners = owners_in_reach(connection, probe.project, probe.reaches)
        numbers = list(dict.fromkeys(owner for owner, _ in owners))
        live, postings = self._postings.of_terms(connection, stamp, numbers, probe.kinds, terms)
        frequencies = [sum(len(found) for of_owner in lists.values() for found in of_owner) for lists in postings]
        weights = term_weights(live, frequencies)
        kinds = to_json(sorted(probe.kinds))
        found: list[tuple[str, float]] = []
        for owner, where in owners:
            of_owner = [
                (weight, each) for weight, lists in zip(weights, postings, strict=True) for each in lists[owner]
            ]
            if any(len(each) for _, each in of_owner):
                permitted = self._permitted.of_owner(connection, stamp, owner, where)
                found += _search_owner(connection, owner, permitted, kinds, of_owner, limit)
            found += _search_drafts(connection, owner, where, kinds, dict(zip(terms, weights, strict=True)))
        return best_first(found, limit)


def _search_owner(
    connection: apsw.Connection,
    owner: int,
    permitted: Numbers | None,
    kinds: str,
    postings: Sequence[tuple[float, Numbers]],
    limit: int,
) -> list[tuple[str, float]]:
    """postings: weight and memories of each term. permitted: what passes the filter."""
    sums = sum_weights(postings, permitted)
    found: list[tuple[str, float]] = []
    asked = 0
    wanted = limit
    while len(found) < limit:
        best, scores = sums.best(asked + wanted)
        numbers = best[asked:].tolist()
        if not numbers:
            break
        ids: Mapping[int, str] = dict(fetch_all(connection, "text.live", (to_json(numbers), owner, kinds)))
        found += [(ids[no], score) for no, score in zip(numbers, scores[asked:].tolist(), strict=True) if no in ids]
        asked += len(numbers)
        wanted *= 4
    return found[:limit]


def _search_drafts(
    connection: apsw.Connection, owner: int, where: Condition, kinds: str, weights: Mapping[str, float]
) -> list[tuple[str, float]]:
    """Every draft of the owner in which a term stands, newest first."""
    rows = fetch_all(connection, "text.drafts", (owner, kinds, *where.operands), condition=where.sql)
    drafts = [(own_id, frozenset(orjson.loads(terms))) for _, own_id, terms in rows]
    return score_drafts(drafts, weights)


class TextStatistics:
    """How common words are, counted in the same posting lists."""

    def __init__(self, database: Database, postings: Postings) -> None:
        self._database = database
        self._postings = postings

    async def document_frequencies(
        self, project: ProjectId, reaches: Sequence[Reach], kinds: frozenset[Kind], terms: Sequence[str]
    ) -> tuple[int, Mapping[str, int]]:
        stamp = self._database.stamp

        def count(connection: apsw.Connection) -> tuple[int, Mapping[str, int]]:
            owners = list(dict.fromkeys(owner for owner, _ in owners_in_reach(connection, project, reaches)))
            known = known_terms(terms)
            live, postings = self._postings.of_terms(connection, stamp, owners, kinds, known)
            found = {
                term: sum(len(each) for of_owner in lists.values() for each in of_owner)
                for term, lists in zip(known, postings, strict=True)
            }
            return live, {term: found.get(term, 0) for term in terms}

        return await self._database.read(count)
