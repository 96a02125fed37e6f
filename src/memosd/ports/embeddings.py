"""Vectors of one embedder giving way to those of another, while searches go on. See `flows.reembed`.

Vectors of several embedders may be stored side by side, each under its model's name. One of them is the active one:
what searches use and what an `Edit` must bring. Raises `StorageUnavailable` as `ports.storage` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from memosd.domain.ids import MemoryId
from memosd.ports.models import Vectors


@dataclass(frozen=True, slots=True)
class ActiveEmbedder:
    """origin: what is needed to open it again, as `bootstrap` writes it; never a key."""

    model: str
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Unembedded:
    """A live refined memory without vectors of a model. place: its place in the order of `lacking`; texts: its keys."""

    id: MemoryId
    version: int
    place: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Embedded:
    """vectors: shape (texts, dimensions)."""

    id: MemoryId
    version: int
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of so many live refined memories so many have vectors of a model."""

    memories: int
    embedded: int


class EmbeddingStore(Protocol):
    async def active(self) -> ActiveEmbedder | None:
        """The recorded one; of records made before there was one, the model of their vectors. None if there is none."""
        ...

    async def activate(self, embedder: ActiveEmbedder, *, complete: bool = True) -> bool:
        """Make it the active one. From then on `Storage.apply` raises `Unavailable` for an edit with vectors of another
        model. complete: only if no live refined memory lacks its vectors, else do nothing and return False."""
        ...

    async def lacking(self, model: str, *, after: int, limit: int) -> Sequence[Unembedded]:
        """Memories that lack vectors of the model, in a fixed order, from behind the place `after` (-1: all)."""
        ...

    async def put(self, model: str, rows: Sequence[Embedded]) -> int:
        """Add vectors, but not to a memory that has another version by now, is retired, or has them. How many were."""
        ...

    async def drop_others(self, model: str) -> None:
        """Delete the vectors of all other models, a few at a time."""
        ...

    async def coverage(self, model: str) -> Coverage: ...
