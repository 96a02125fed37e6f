"""A way of finding memories. Vector, full-text, graph and time search are all this one port."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from memosd.domain.ids import ProjectId
from memosd.domain.memories import Kind
from memosd.domain.scope import Reach
from memosd.domain.search import Scored, Span
from memosd.ports.models import Vector


@dataclass(frozen=True, slots=True)
class Probe:
    """One question in every shape an index might want it.

    terms: distinct words of the question, segmented as `Content.terms` is. vector: awaited only by those who need it,
    so that the others search while the question is being embedded; `model` names its embedder. entities: folded names.
    reaches: what may be seen; nothing else may be returned. kinds: the kinds of memory wanted.
    """

    project: ProjectId
    reaches: tuple[Reach, ...]
    kinds: frozenset[Kind]
    terms: tuple[str, ...]
    vector: Callable[[], Awaitable[Vector]]
    model: str
    entities: tuple[str, ...] = ()
    time: Span | None = None
    conversation: str | None = None


class Index(Protocol):
    @property
    def name(self) -> str: ...

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        """Live memories, best first; only within the probe's reaches, filters and kinds, exactly."""
        ...


class TermStatistics(Protocol):
    async def document_frequencies(
        self, project: ProjectId, reaches: Sequence[Reach], kinds: frozenset[Kind], terms: Sequence[str]
    ) -> tuple[int, Mapping[str, int]]:
        """How many live memories of these kinds the owners of `reaches` have, and in how many each term stands."""
        ...


class Clock(Protocol):
    def __call__(self) -> datetime:
        """Now, UTC."""
        ...
