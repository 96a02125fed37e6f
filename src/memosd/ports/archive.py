"""Everything of a project as a stream of records, to be moved to another engine or kept.

A kind of record is a frozen dataclass in `Record`; what it is called outside and how it is written down follows from
that (`wire/archive`). An engine dumps and loads it. Whoever adds a table says in the engine's test which record
carries it, or that it is derived.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from memosd.domain.access import ApiKey, Project
from memosd.domain.files import File, KnowledgeBase
from memosd.domain.history import Event
from memosd.domain.ids import BatchId, MemoryId, MessageId, ProjectId, TaskId
from memosd.domain.memories import Content, Memory
from memosd.domain.messages import Batch
from memosd.domain.tasks import State, Task
from memosd.domain.usage import DayUsage

LinkKind = Literal["next", "supersedes", "merged"]


@dataclass(frozen=True, slots=True)
class ProjectRecord:
    project: Project


@dataclass(frozen=True, slots=True)
class KnowledgeBaseRecord:
    base: KnowledgeBase


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A batch with all of its messages; `unlearnable` are those that may not be learnt from again."""

    batch: Batch
    unlearnable: tuple[MessageId, ...] = ()


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file as it is known. Its content follows in records of its own (`ContentRecord`), if the archive has them."""

    file: File
    batch: BatchId


@dataclass(frozen=True, slots=True)
class EarlierVersion:
    version: int
    recorded_at: datetime
    content: Content


@dataclass(frozen=True, slots=True)
class MemoryRecord:
    """A memory as it is, with the versions before. Tags, info, terms, entities and sources are found from these."""

    memory: Memory
    earlier: tuple[EarlierVersion, ...] = ()


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One event of a project's history."""

    project: ProjectId
    event: Event


@dataclass(frozen=True, slots=True)
class LinkRecord:
    """How two memories follow or replace each other: `source` goes before, or took the place of, `target`."""

    source: MemoryId
    kind: LinkKind
    target: MemoryId


@dataclass(frozen=True, slots=True)
class EmbeddingRecord:
    """The vectors of a memory's keys, in order: little-endian 16-bit floats."""

    memory: MemoryId
    model: str
    vectors: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class TaskEntry:
    """A task with what became of it. One that was running is dumped as waiting: its lease holds here only."""

    task: Task
    batch: BatchId | None
    state: State
    reason: str
    ready_at: datetime
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """What models took for one task, or for all that is no task, on a day."""

    usage: DayUsage
    task: TaskId | None = None


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """An API key with its SHA-256, by which its holder can go on using it."""

    key: ApiKey
    digest: bytes


Record = (
    ProjectRecord
    | KnowledgeBaseRecord
    | BatchRecord
    | FileEntry
    | MemoryRecord
    | EventRecord
    | LinkRecord
    | EmbeddingRecord
    | TaskEntry
    | UsageRecord
    | KeyRecord
)


@dataclass(frozen=True, slots=True)
class ContentRecord:
    """A piece of the content of files. size: of the whole content in bytes. start: of the piece."""

    project: ProjectId
    digest: str
    size: int
    start: int
    piece: bytes


Line = Record | ContentRecord
"""What stands in an archive: records, which the database dumps and loads, and the contents of files among them."""


def project_of(line: Line) -> ProjectId | None:
    """The project that it says it is of; None of links and vectors, which only name memories."""
    match line:
        case ProjectRecord(project):
            return project.id
        case KnowledgeBaseRecord(part) | KeyRecord(part) | UsageRecord(part) | TaskEntry(part):
            return part.project
        case BatchRecord(said):
            return said.project
        case FileEntry(file):
            return file.project
        case MemoryRecord(memory):
            return memory.project
        case EventRecord(own_id) | ContentRecord(own_id):
            return own_id
        case LinkRecord() | EmbeddingRecord():
            return None


@dataclass(frozen=True, slots=True)
class Parts:
    """What an archive has besides the records that it always has."""

    embeddings: bool = True
    contents: bool = True
    keys: bool = False


class Archive(Protocol):
    def dump(self, project: ProjectId, *, parts: Parts) -> AsyncIterator[Sequence[Record]]:
        """All records of a project, as of one moment, in chunks, whatever is written meanwhile.

        In the order of `Record`, and of each kind in the order recorded, so that a record comes after those it rests
        on and equal databases give equal dumps. Raises `NotFound` if there is no such project.
        """
        ...

    async def load(self, records: Sequence[Record], *, project: ProjectId) -> None:
        """Write records, all of this project, in one transaction, as they are, and what the engine derives from them.

        Order is kept: what is loaded first counts as recorded first. A record that is there already is passed over,
        so that loading which was interrupted can be done again from its beginning. Raises `Invalid`, and nothing is
        done, if one has or names the id of what is another project's.
        """
        ...
