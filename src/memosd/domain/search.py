"""A question prepared for searching, and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.memories import Memory
from memosd.domain.scope import Reach


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, start included, end excluded; both UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Scored:
    """An index's answer: higher is better; comparable only within one answer of one index."""

    id: MemoryId
    score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A memory that answers. `score` is the calibrated relativity, 0..1; `found_by` names the arms that proposed it;
    `features` are the numbers the score was made from."""

    memory: Memory
    score: float
    found_by: frozenset[str] = frozenset()
    features: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Query:
    """A search as asked. A limit of 0 means that kind is not wanted. `threshold`: the least relativity, 0 for none.
    `as_of`: ask what was believed at that time, not what is now."""

    project: ProjectId
    user: str
    text: str
    reaches: tuple[Reach, ...]
    conversation: str | None = None
    facts: int = 9
    preferences: int = 9
    tools: int = 0
    skills: int = 0
    threshold: float = 0.45
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recollection:
    """What was found, best first in each list. `language` is the query's."""

    facts: tuple[Hit, ...] = ()
    preferences: tuple[Hit, ...] = ()
    tools: tuple[Hit, ...] = ()
    skills: tuple[Hit, ...] = ()
    language: str = "en"
