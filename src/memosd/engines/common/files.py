"""Knowledge bases and files as rows."""

from memosd.domain.files import File, FileKind, FileRecord, KnowledgeBase
from memosd.domain.ids import FileId, KnowledgeBaseId, MessageId, ProjectId
from memosd.domain.tasks import State
from memosd.engines.common.codec import Row, Value, instant, micros


def encode_base(base: KnowledgeBase) -> tuple[Value, ...]:
    """The columns of `knowledge_bases` after `no`."""
    return (base.id, base.project, base.name, base.description, micros(base.created_at))


def decode_base(row: Row) -> KnowledgeBase:
    own_id, project, name, description, created_at = row
    return KnowledgeBase(KnowledgeBaseId(own_id), ProjectId(project), name, description, instant(created_at))


def encode_file(file: File) -> tuple[Value, ...]:
    """The columns of `files` after `no`, but the batch's number."""
    return (
        file.id,
        file.project,
        file.base,
        file.message,
        file.kind.value,
        file.name,
        file.size,
        file.digest,
        file.url,
        file.problem,
        micros(file.created_at),
    )


def decode_file(row: Row) -> File:
    own_id, project, base, message, kind, name, size, digest, url, problem, created_at = row
    return File(
        id=FileId(own_id),
        project=ProjectId(project),
        message=MessageId(message),
        kind=FileKind(kind),
        name=name,
        size=size,
        digest=digest,
        created_at=instant(created_at),
        base=None if base is None else KnowledgeBaseId(base),
        url=url,
        problem=problem,
    )


def decode_file_record(row: Row) -> FileRecord:
    """From the columns of a file, then state and reason of its task."""
    *file, state, reason = row
    return FileRecord(decode_file(tuple(file)), State(state), reason)
