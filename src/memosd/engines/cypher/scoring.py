"""The graph's scores: the same function of the same rows as in the record database."""

import math
from collections.abc import Iterable, Mapping

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


class Links:
    """Memories that mention the entities of a question, then those that share a rare entity with them. An entity weighs
    1 / ln(2 + the number of memories that mention it)."""

    def __init__(self, degrees: Mapping[str, int]) -> None:
        """degrees: how many memories mention each entity that was asked for and tells."""
        self._degrees = degrees
        self._ids: dict[int, str] = {}
        self._direct: dict[int, float] = {}
        self._near: dict[int, float] = {}

    def mentions(self, rows: Iterable[tuple[int, str, str]]) -> list[int]:
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
