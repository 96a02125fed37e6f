"""Knowledge bases, and the files that are read into memories."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from memosd.domain.ids import FileId, KnowledgeBaseId, MessageId, ProjectId
from memosd.domain.tasks import State


@dataclass(frozen=True, slots=True)
class KnowledgeBase:
    """Owns memories that a search sees only if it names the base."""

    id: KnowledgeBaseId
    project: ProjectId
    name: str
    description: str
    created_at: datetime


class FileKind(StrEnum):
    DOCUMENT = "document"
    SKILL = "skill"
    IMAGE = "image"


@dataclass(frozen=True, slots=True)
class File:
    """A file as it came: attached to a message, or uploaded to a base (then its message says nothing but its name).

    digest: the SHA-256 of its content in hexadecimal, by which the content is kept; empty until a file named by `url`
    has been fetched. size: bytes. problem: why it could not be read.
    """

    id: FileId
    project: ProjectId
    message: MessageId
    kind: FileKind
    name: str
    size: int
    digest: str
    created_at: datetime
    base: KnowledgeBaseId | None = None
    url: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file and how far the task that reads it is."""

    file: File
    state: State
    reason: str
