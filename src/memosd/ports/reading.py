"""Making memories with a language model."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from memosd.domain.ids import MemoryId, ProjectId, TaskId
from memosd.domain.memories import Content, Memory
from memosd.ports.extraction import Talk


class Bearing(StrEnum):
    """What a model proposes that a new memory is to a known one. SUPERSEDES: the known one is true no more. REPEATS: it
    says the same. There is nothing else that it can propose: a model can never delete."""

    SUPERSEDES = "supersedes"
    REPEATS = "repeats"


@dataclass(frozen=True, slots=True)
class Proposal:
    """The content of this place in the list bears on this known memory."""

    content: int
    bearing: Bearing
    known: MemoryId


@dataclass(frozen=True, slots=True)
class Reading:
    """contents: what is to be remembered of the talk, the local forms of what the model left out among them.
    note: what went wrong, for the task's record; '' if nothing did."""

    contents: tuple[Content, ...]
    proposals: tuple[Proposal, ...] = ()
    note: str = ""


class Reader(Protocol):
    async def __call__(
        self, talk: Talk, *, local: Sequence[Content], known: Sequence[Memory], project: ProjectId, task: TaskId | None
    ) -> Reading:
        """Read a talk with a model. local: what was extracted without one, which stays where the model fails.
        known: memories that the talk may bear on; only these can be proposed to change. Never raises for a model that
        fails."""
        ...
