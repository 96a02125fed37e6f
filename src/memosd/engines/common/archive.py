"""What an archive has of each table, and what its records name."""

from collections.abc import Sequence

from memosd.domain.errors import Invalid
from memosd.domain.tasks import Reembed
from memosd.ports.archive import (
    BatchRecord,
    EmbeddingRecord,
    EventRecord,
    FileEntry,
    KnowledgeBaseRecord,
    LinkRecord,
    MemoryRecord,
    Record,
    TaskEntry,
)

_CARRIED: dict[str, str] = {
    "projects": "ProjectRecord",
    "api_keys": "KeyRecord",
    "knowledge_bases": "KnowledgeBaseRecord",
    "batches": "BatchRecord",
    "files": "FileEntry",
    "messages": "BatchRecord",
    "memories": "MemoryRecord",
    "memory_versions": "MemoryRecord",
    "embeddings": "EmbeddingRecord",
    "events": "EventRecord",
    "edges": "LinkRecord",
    "tasks": "TaskEntry",
    "usage": "UsageRecord",
}
"""Which record of `ports.archive` carries a table's rows, in every engine."""
CARRIED = frozenset(_CARRIED)


def named(records: Sequence[Record]) -> list[str]:
    """The ids of the bases, batches, files, memories and tasks that records have or name: such an id is looked for
    across projects."""
    return sorted({name for record in records for name in _named(record) if name is not None})


def _named(record: Record) -> tuple[str | None, ...]:
    match record:
        case KnowledgeBaseRecord(base):
            return (base.id,)
        case BatchRecord(batch):
            return (batch.id,)
        case FileEntry(file, batch_id):
            return file.id, file.base, batch_id
        case MemoryRecord(memory):
            return (memory.id,)
        case EventRecord(_, event):
            return (event.subject,)
        case LinkRecord(source, _, target):
            return source, target
        case EmbeddingRecord(memory_id):
            return (memory_id,)
        case TaskEntry(task, batch_id):
            return task.id, batch_id, None if isinstance(task.job, Reembed) else task.job.batch
        case _:
            return ()


def refused(name: str) -> Invalid:
    return Invalid(f"the archive names {name}, which is another project's here")
