"""Full-text search by FTS5 posting lists, one set for each owner."""

import math
from collections.abc import Mapping, Sequence

import apsw
import numpy as np
import numpy.typing as npt

from memosd.domain.ids import ProjectId
from memosd.domain.scope import Reach
from memosd.domain.search import Scored
from memosd.engines.sqlite.codec import to_json
from memosd.engines.sqlite.database import Database, Transaction
from memosd.engines.sqlite.filters import Condition
from memosd.engines.sqlite.reach import Numbers, allowed, best_first, owners_in_reach
from memosd.engines.sqlite.statements import fetch_all, fetch_value
from memosd.ports.index import Probe

MAX_TERMS = 64
"""Of a question; further ones are left out of the search."""


def put(tx: Transaction, owner: int, number: int, terms: Sequence[str]) -> None:
    prefix = f"{owner}x"
    tx.run_last("text.put", (number, " ".join([prefix + term for term in terms])))


def drop(tx: Transaction, number: int) -> None:
    tx.run_last("text.drop", (number,))


def _match(owner: int, term: str) -> str:
    return f'"{owner}x{term}"'


def _postings(connection: apsw.Connection, owner: int, term: str) -> Numbers:
    """The memories of the owner in which the term stands, ascending."""
    # One row of text instead of a row for each memory: no thread switch between them, and numpy reads it at once.
    numbers = fetch_value(connection, "text.postings", (_match(owner, term),))
    return np.fromstring(numbers or "", dtype=np.int64, sep=",")


def _known_terms(terms: Sequence[str]) -> list[str]:
    return [term for term in dict.fromkeys(terms) if term.isalnum()][:MAX_TERMS]


class TextIndex:
    """Scores by the sum of the weights of the question's terms that stand in a memory.

    The weight of a term is that of BM25, ln(1 + (n - df + 0.5) / (df + 0.5)), over the live memories of all owners in
    reach (S. Robertson, H. Zaragoza: The Probabilistic Relevance Framework, 2009); how often it stands is not counted.
    """

    name = "text"

    def __init__(self, database: Database) -> None:
        self._database = database

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        terms = _known_terms(probe.terms)
        if not terms or limit < 1:
            return []
        return await self._database.read(lambda connection: _search(connection, probe, terms, limit))


def _search(connection: apsw.Connection, probe: Probe, terms: list[str], limit: int) -> list[Scored]:
    owners = owners_in_reach(connection, probe.project, probe.reaches)
    numbers = list(dict.fromkeys(owner for owner, _ in owners))
    live = sum(int(fetch_value(connection, "memories.count_live", (owner,))) for owner in numbers)
    postings = {owner: [_postings(connection, owner, term) for term in terms] for owner in numbers}
    weights = []
    for i in range(len(terms)):
        frequency = sum(len(postings[owner][i]) for owner in numbers)
        weights.append(math.log(1 + (live - frequency + 0.5) / (frequency + 0.5)))
    kinds = to_json(sorted(probe.kinds))
    found: list[tuple[str, float]] = []
    for owner, where in owners:
        found += _search_owner(connection, owner, where, kinds, postings[owner], weights, limit)
    return best_first(found, limit)


def _search_owner(
    connection: apsw.Connection,
    owner: int,
    where: Condition,
    kinds: str,
    postings: Sequence[Numbers],
    weights: Sequence[float],
    limit: int,
) -> list[tuple[str, float]]:
    everywhere = np.concatenate(postings)
    memories, position = np.unique(everywhere, return_inverse=True)
    repeated = np.repeat(np.array(weights), [len(numbers) for numbers in postings])
    scores = np.bincount(position, repeated, minlength=len(memories)).astype(np.float64)
    permitted = allowed(connection, owner, where)
    if permitted is not None:
        pass_filter = np.isin(memories, permitted, assume_unique=True)
        memories, scores = memories[pass_filter], scores[pass_filter]
    found: list[tuple[str, float]] = []
    wanted = 2 * limit
    done = 0
    while done < len(memories) and len(found) < limit:
        order = _best(memories, scores, done + wanted)[done:]
        asked = to_json(memories[order].tolist())
        ids: Mapping[int, str] = dict(fetch_all(connection, "text.live", (asked, owner, kinds)))
        found += [
            (ids[no], score)
            for no, score in zip(memories[order].tolist(), scores[order].tolist(), strict=True)
            if no in ids
        ]
        done += len(order)
        wanted *= 4
    return found[:limit]


def _best(memories: Numbers, scores: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.intp]:
    """Positions of the best, best first; of equal scores the newest memory first."""
    if count < len(scores):
        least = np.partition(scores, len(scores) - count)[len(scores) - count]
        near = np.flatnonzero(scores >= least)
    else:
        near = np.arange(len(scores))
    return near[np.lexsort((-memories[near], -scores[near]))][:count]


class TextStatistics:
    """How common words are, counted in the same posting lists."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def document_frequencies(
        self, project: ProjectId, reaches: Sequence[Reach], terms: Sequence[str]
    ) -> tuple[int, Mapping[str, int]]:
        return await self._database.read(lambda connection: _frequencies(connection, project, reaches, terms))


def _frequencies(
    connection: apsw.Connection, project: ProjectId, reaches: Sequence[Reach], terms: Sequence[str]
) -> tuple[int, Mapping[str, int]]:
    owners = list(dict.fromkeys(owner for owner, _ in owners_in_reach(connection, project, reaches)))
    live = sum(int(fetch_value(connection, "memories.count_live", (owner,))) for owner in owners)
    frequencies = dict.fromkeys(terms, 0)
    for term in frequencies:
        if term.isalnum():
            frequencies[term] = sum(
                int(fetch_value(connection, "text.count", (_match(owner, term),))) for owner in owners
            )
    return live, frequencies
