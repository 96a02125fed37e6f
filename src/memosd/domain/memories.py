"""What is believed, why, and since when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from memosd.domain.ids import MemoryId, MessageId, ProjectId
from memosd.domain.messages import Info
from memosd.domain.scope import Owner


class Kind(StrEnum):
    FACT = "fact"
    PREFERENCE = "preference"
    TOOL_SCHEMA = "tool_schema"
    TOOL_TRAJECTORY = "tool_trajectory"
    SKILL = "skill"
    PASSAGE = "passage"


FACTS = frozenset({Kind.FACT, Kind.PASSAGE})
PREFERENCES = frozenset({Kind.PREFERENCE})
TOOLS = frozenset({Kind.TOOL_SCHEMA, Kind.TOOL_TRAJECTORY})
SKILLS = frozenset({Kind.SKILL})
"""The kinds that stand together in a list of an answer."""


class Stage(StrEnum):
    """DRAFT: the first form, written before anybody reads. REFINED: what extraction made of it. CORRECTED: as a person
    wants it worded; nothing that is made of the same messages takes its place."""

    DRAFT = "draft"
    REFINED = "refined"
    CORRECTED = "corrected"


class View(StrEnum):
    """Whose claim it is. What an assistant said is never the user's own fact, nor is what a
    document says."""

    USER = "user"
    ASSISTANT = "assistant"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Entity:
    """A name that links memories: `label` is person, place, organisation, date, work or thing."""

    label: str
    name: str


@dataclass(frozen=True, slots=True)
class Content:
    """What a memory says and the ways in which it is found; a new version of a memory is a new Content.

    value: what is returned: self-contained, dated text.
    keys: the texts that are embedded, if not the value itself (the words as they were said, without dates and notes).
    terms: the words under which it is found, as `language.terms` segments them, with repeats.
    detail: what only this kind has, JSON-like (a preference: `preference_type`, `reasoning`, and `standing` if it is
    about how to be answered).
    said_at: when it was said; holds_from, holds_until: when it is true, if the text says so. All UTC.
    """

    kind: Kind
    title: str
    value: str
    said_at: datetime
    sources: tuple[MessageId, ...] = ()
    keys: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    entities: tuple[Entity, ...] = ()
    tags: tuple[str, ...] = ()
    view: View = View.USER
    language: str = "en"
    confidence: float = 0.9
    stage: Stage = Stage.REFINED
    holds_from: datetime | None = None
    holds_until: datetime | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Memory:
    """A memory as recorded. Its id is permanent; `version` counts its contents from 1.

    `user` is whose talk made it (also for public memories). Retired memories leave search but stay in the history.
    """

    id: MemoryId
    project: ProjectId
    owner: Owner
    user: str
    conversation: str
    content: Content
    created_at: datetime
    updated_at: datetime
    agent: str | None = None
    app: str | None = None
    info: Info = field(default_factory=dict)
    version: int = 1
    retired_at: datetime | None = None
    retired_because: str | None = None
    replaced_by: MemoryId | None = None

    @property
    def active(self) -> bool:
        return self.retired_at is None

    @property
    def tags(self) -> tuple[str, ...]:
        return self.content.tags
