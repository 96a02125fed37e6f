"""Indexes that live outside the record database and follow it.

The records number every change of a memory. A projection remembers up to which number it has followed; what comes
after is read again, in order, as often as needed. It may be thrown away at any time and is never believed: whoever
searches it loads what it names from the records.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from memosd.domain.filters import Filter
from memosd.domain.ids import ProjectId
from memosd.domain.memories import Memory
from memosd.domain.scope import Owner
from memosd.domain.search import Scored
from memosd.ports.index import Probe
from memosd.ports.models import Vectors

Scope = tuple[ProjectId, Owner]
"""One owner's memories."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A memory that changed, as it is now. `memory` is None if it was retired or deleted.

    position: of its last change; `number` names it, never used again. vectors: shape (keys, dimensions), or 0 rows.
    """

    position: int
    number: int
    memory: Memory | None
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the changes of a scope stand. `identity` names it; a scope that was erased and comes back has another.

    last: the number of its last change, 0 if there was none.
    """

    identity: int
    last: int


class Changes(Protocol):
    """The changes of memories, numbered as they were committed: what is read later never has a lower number."""

    async def standing(self, scope: Scope | None) -> Standing:
        """That of a scope, or of all (None)."""
        ...

    async def since(self, position: int, *, scope: Scope | None, model: str | None, limit: int) -> list[Changed]:
        """Of each memory that changed after `position` its last change, in order. From 0: every live memory."""
        ...

    async def count(self, scope: Scope | None, *, model: str | None) -> int:
        """How many vectors of this model the live memories have; None: how many of them mention an entity."""
        ...

    async def large(self, *, least: int) -> list[Scope]:
        """The scopes that have at least so many live memories. May read much."""
        ...


class Projection(Protocol):
    """One index outside. Raises `SearchUnavailable` whenever it cannot be read or written, or is damaged."""

    @property
    def identity(self) -> int:
        """Of the scope whose memories it holds."""
        ...

    @property
    def position(self) -> int:
        """Up to which change it has followed."""
        ...

    def can(self, where: Filter) -> bool:
        """Whether it can tell exactly what passes the filter."""
        ...

    async def apply(self, changed: Sequence[Changed]) -> None:
        """Take in changes, which are in order and come after `position`. Doing it again does no harm."""
        ...

    async def flush(self) -> None:
        """Make durable what was taken in."""
        ...

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        """As `Index.search`, for reaches whose filters it `can`."""
        ...

    async def count(self) -> int:
        """How many vectors it holds; a graph: how many memories."""
        ...

    async def worn(self) -> bool:
        """Whether it would be searched much faster if it were built anew."""
        ...

    async def close(self) -> None: ...


class Shards(Protocol):
    """Projections of single scopes, each built from the records when it is wanted."""

    def has(self, scope: Scope) -> bool: ...

    async def prepare(self, scope: Scope, changes: Changes) -> None:
        """Build a new one from the records, beside the old one if there is one. May take minutes.

        Raises `SearchUnavailable`.
        """
        ...

    async def open(self, scope: Scope) -> Projection:
        """The one prepared last, which takes the place of any before; that must not be open any more.

        Raises `SearchUnavailable` if it cannot be used as it is.
        """
        ...

    async def remove(self, scope: Scope) -> None: ...

    async def clear(self) -> None:
        """Remove all, of whatever scope."""
        ...


class Whole(Protocol):
    """One projection of all scopes."""

    async def open(self) -> Projection:
        """As it was left, or a new one. Raises `SearchUnavailable`."""
        ...

    async def clear(self) -> None:
        """Remove all of it; it must not be open any more. Raises `SearchUnavailable`."""
        ...
