"""How each index scores, computed from rows, so that it is the same function of the same rows in every engine."""

import heapq
import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from memosd.domain.ids import MemoryId
from memosd.domain.memories import Kind
from memosd.domain.search import Scored

Entity = TypeVar("Entity", bound=Hashable)
"""What an engine knows an entity by."""
Numbers = npt.NDArray[np.int64]
"""Numbers of memories, ascending; in every engine a later memory has a higher one."""

MAX_TERMS = 64
"""Of a question; further ones are left out of the search."""
MAX_ENTITIES = 32
"""Of a question; further ones are left out of the search."""
MAX_LINKS = 2_000
"""Edges followed from the entities of a question."""
BRIDGES = 30
"""Memories of the first hop from which a second is made."""
TELLING = 200
"""An entity that more memories mention tells none of them from the others."""
RARE = 20
"""An entity that more memories mention is no bridge: what all have in common says nothing."""
SECOND_HOP = 0.3
"""The share of a memory's score that those next to it get."""

_LETTERS: dict[Kind, str] = {
    Kind.FACT: "f",
    Kind.PASSAGE: "d",
    Kind.PREFERENCE: "p",
    Kind.TOOL_SCHEMA: "s",
    Kind.TOOL_TRAJECTORY: "t",
    Kind.SKILL: "k",
}
_DAY = 86_400_000_000


def best_first(found: Sequence[tuple[str, float]], limit: int) -> list[Scored]:
    """Each memory once, with its best score; ties in the order found."""
    scores: dict[str, float] = {}
    for memory, score in found:
        if score > scores.get(memory, float("-inf")):
            scores[memory] = score
    return [
        Scored(MemoryId(memory), score)
        for memory, score in heapq.nlargest(limit, scores.items(), key=lambda item: item[1])
    ]


def score_drafts(drafts: Iterable[tuple[str, frozenset[str]]], weights: Mapping[str, float]) -> list[tuple[str, float]]:
    """Those in which a term stands. drafts: ids and terms. weights: of the question's terms."""
    # Summed in the order of the question: a set's order differs from process to process, and so would the last digit.
    scores = [(own_id, sum([w for term, w in weights.items() if term in words])) for own_id, words in drafts]
    return [(own_id, score) for own_id, score in scores if score > 0]


def token(owner: int, kind: Kind, term: str) -> str:
    """How a term is stored. A posting list is then one owner's and one kind's: no other can be reached by it."""
    return f"{owner}{_LETTERS[kind]}{term}"


def known_terms(terms: Sequence[str]) -> list[str]:
    return [term for term in dict.fromkeys(terms) if term.isalnum()][:MAX_TERMS]


def term_weights(live: int, frequencies: Iterable[int]) -> list[float]:
    """The weight of each term, that of BM25, ln(1 + (n - df + 0.5) / (df + 0.5)), over n live memories (S. Robertson,
    H. Zaragoza: The Probabilistic Relevance Framework, 2009)."""
    return [math.log(1 + (live - frequency + 0.5) / (frequency + 0.5)) for frequency in frequencies]


class Links(Generic[Entity]):
    """The graph's scores, as rows come in: memories that mention the entities of a question, then those that share a
    rare entity with them. An entity weighs 1 / ln(2 + the number of memories that mention it)."""

    def __init__(self, degrees: Mapping[Entity, int]) -> None:
        """degrees: how many memories mention each entity that was asked for and tells."""
        self._degrees = degrees
        self._ids: dict[int, str] = {}
        self._direct: dict[int, float] = {}
        self._near: dict[int, float] = {}

    def mentions(self, rows: Iterable[tuple[int, str, Entity]]) -> list[int]:
        """The first hop: memory, its id, entity. Returns the memories to make the second from."""
        for memory, own_id, entity in rows:
            self._ids[memory] = own_id
            self._direct[memory] = self._direct.get(memory, 0.0) + 1 / math.log(2 + self._degrees[entity])
        return sorted(self._direct, key=lambda memory: (-self._direct[memory], -memory))[:BRIDGES]

    def shares(self, rows: Iterable[tuple[int, str, int, int]]) -> None:
        """The second hop: memory, its id, the memory it shares an entity with, how many mention that entity."""
        for memory, own_id, bridge, degree in rows:
            if memory not in self._direct:
                self._ids[memory] = own_id
                share = SECOND_HOP * self._direct[bridge] / math.log(2 + degree)
                self._near[memory] = max(self._near.get(memory, 0.0), share)

    def scores(self) -> list[tuple[str, float]]:
        """Best first; of equal scores the newest memory first."""
        scores = {**self._near, **self._direct}
        order = sorted(scores, key=lambda memory: (-scores[memory], -memory))
        return [(self._ids[memory], scores[memory]) for memory in order]


def nearness(distance: int) -> float:
    """The score of a memory in time: 1 / (1 + days) of a distance in microseconds."""
    return 1 / (1 + distance / _DAY)
