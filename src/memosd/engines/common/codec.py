"""Rows and dataclasses, each way. What is encoded here decodes to an equal value.

Encoding is kept apart from writing, so that it happens before the writer thread is asked.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson

from memosd.domain.access import ApiKey, Project
from memosd.domain.changes import Add, Change, Retire, Revise
from memosd.domain.filters import facets
from memosd.domain.ids import BatchId, KeyId, MemoryId, MessageId, ProjectId, TaskId
from memosd.domain.memories import Content, Entity, Kind, Memory, Stage, View
from memosd.domain.messages import Batch, Info, Message, Role
from memosd.domain.scope import Owner, OwnerKind
from memosd.domain.tasks import Feedback, Job, Reembed, Remember, State, Study, Task, TaskRecord
from memosd.ports.models import Vectors
from memosd.ports.storage import Edit

Value = int | float | str | bytes | None
Row = tuple[Any, ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_KINDS = {kind.value: kind for kind in Kind}
_OWNER_KINDS = {kind.value: kind for kind in OwnerKind}
_VIEWS = {view.value: view for view in View}
_STAGES = {stage.value: stage for stage in Stage}
_ROLES = {role.value: role for role in Role}


def micros(at: datetime) -> int:
    """Whole microseconds since 1970; exact, for some 285 years also as 64-bit floats, which is how Qdrant compares."""
    return (at - _EPOCH) // _MICROSECOND


def instant(at: int) -> datetime:
    return _EPOCH + timedelta(0, 0, at)


def _micros(at: datetime | None) -> int | None:
    return None if at is None else micros(at)


def _instant(at: int | None) -> datetime | None:
    return None if at is None else instant(at)


def to_json(value: object) -> str:
    return orjson.dumps(value).decode()


def encode_info(info: Info) -> str:
    return to_json(dict(info))


def decode_info(text: str) -> Info:
    if text == "{}":
        return {}
    return {key: tuple(value) if isinstance(value, list) else value for key, value in orjson.loads(text).items()}


def encode_content(content: Content) -> str:
    return to_json(
        {
            "kind": content.kind,
            "title": content.title,
            "value": content.value,
            "said_at": micros(content.said_at),
            "sources": content.sources,
            "keys": content.keys,
            "terms": content.terms,
            "entities": [(entity.label, entity.name) for entity in content.entities],
            "tags": content.tags,
            "view": content.view,
            "language": content.language,
            "confidence": content.confidence,
            "stage": content.stage,
            "holds_from": _micros(content.holds_from),
            "holds_until": _micros(content.holds_until),
            "detail": dict(content.detail),
        }
    )


def decode_content(body: bytes | str) -> Content:
    have = orjson.loads(body)
    return Content(
        kind=_KINDS[have["kind"]],
        title=have["title"],
        value=have["value"],
        said_at=instant(have["said_at"]),
        sources=tuple(have["sources"]),
        keys=tuple(have["keys"]),
        terms=tuple(map(sys.intern, have["terms"])),  # many memories share a word
        entities=tuple([Entity(label, name) for label, name in have["entities"]]),
        tags=tuple(have["tags"]),
        view=_VIEWS[have["view"]],
        language=have["language"],
        confidence=have["confidence"],
        stage=_STAGES[have["stage"]],
        holds_from=_instant(have["holds_from"]),
        holds_until=_instant(have["holds_until"]),
        detail=have["detail"],
    )


def decode_memory(row: Row, content: Content | None = None) -> Memory:
    """From the columns that begin every statement of `memories.sql` which reads memories, in their order: the 15 of the
    memory itself and, unless `content` is given, that of its content."""
    (
        own_id,
        project,
        owner_kind,
        owner_id,
        user,
        conversation,
        agent,
        app,
        info,
        version,
        created_at,
        updated_at,
        retired_at,
        retired_because,
        replaced_by,
    ) = row[:15]
    return Memory(
        id=MemoryId(own_id),
        project=ProjectId(project),
        owner=Owner(_OWNER_KINDS[owner_kind], owner_id),
        user=user,
        conversation=conversation,
        content=decode_content(row[15]) if content is None else content,
        created_at=instant(created_at),
        updated_at=instant(updated_at),
        agent=agent,
        app=app,
        info=decode_info(info),
        version=version,
        retired_at=_instant(retired_at),
        retired_because=retired_because,
        replaced_by=replaced_by,
    )


@dataclass(frozen=True, slots=True)
class EncodedContent:
    """One content ready to be written: its JSON, and what is searched in columns and tables of its own."""

    id: MemoryId
    kind: str
    said_at: int
    holds_from: int | None
    holds_until: int | None
    draft: bool
    body: str
    terms: tuple[str, ...]
    tags: tuple[str, ...]
    entities: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]
    after: MemoryId | None
    vectors: tuple[bytes, ...]
    """Little-endian 16-bit floats, one for each key."""


def encode_memory(
    id: MemoryId, content: Content, *, after: MemoryId | None = None, vectors: Vectors | None = None
) -> EncodedContent:
    """Raises `ValueError` if vectors are given and there is not one for each key (for the value, if it has none)."""
    if vectors is not None and (vectors.ndim != 2 or len(vectors) != max(1, len(content.keys))):
        raise ValueError(f"{id}: {vectors.shape} vectors for {len(content.keys)} keys")
    return EncodedContent(
        id=id,
        kind=content.kind.value,
        said_at=micros(content.said_at),
        holds_from=_micros(content.holds_from),
        holds_until=_micros(content.holds_until),
        draft=content.stage is Stage.DRAFT,
        body=encode_content(content),
        terms=tuple(dict.fromkeys(term for term in content.terms if term.isalnum())),
        tags=tuple(dict.fromkeys(content.tags)),
        entities=tuple({name: e.label for e in content.entities if (name := fold_name(e.name))}.items()),
        sources=content.sources,
        after=None if after == id else after,
        vectors=() if vectors is None else tuple(row.tobytes() for row in np.asarray(vectors, dtype="<f2")),
    )


EncodedChanges = list[tuple[Change, EncodedContent | None]]


def encode_changes(edit: Edit) -> EncodedChanges:
    """The changes with their contents ready to be written. Raises `ValueError` if vectors do not fit their content."""
    return [(change, encode_change(change, edit.vectors.get(change.id))) for change in edit.changes]


def encode_change(change: Change, vectors: Vectors | None) -> EncodedContent | None:
    if isinstance(change, Retire):
        return None
    after = change.after if isinstance(change, Add | Revise) else None
    return encode_memory(change.id, change.content, after=after, vectors=vectors)


def fold_name(name: str) -> str:
    """The form in which names of entities are compared."""
    return name.strip().casefold()


def decode_vectors(blobs: Sequence[bytes], *, dimension: int) -> Vectors:
    """Shape (blobs, dimension), 32-bit."""
    return np.frombuffer(b"".join(blobs), dtype="<f2").reshape(-1, dimension).astype(np.float32)


def info_rows(info: Info) -> list[tuple[str, str, float | None, bool]]:
    """The comparable values of info: key, text, number, listed."""
    return [(key, facet.text, facet.number, facet.listed) for key, value in info.items() for facet in facets(value)]


def encode_batch(batch: Batch) -> tuple[Value, ...]:
    """The columns of `batches` after `no`."""
    return (
        batch.id,
        batch.project,
        batch.user,
        batch.conversation,
        batch.owner.kind.value,
        batch.owner.id,
        batch.agent,
        batch.app,
        to_json(batch.tags),
        encode_info(batch.info),
        micros(batch.received_at),
    )


def decode_batch(row: Row, messages: tuple[Message, ...]) -> Batch:
    own_id, project, user, conversation, owner_kind, owner_id, agent, app, tags, info, received_at = row
    return Batch(
        id=BatchId(own_id),
        project=ProjectId(project),
        user=user,
        conversation=conversation,
        owner=Owner(_OWNER_KINDS[owner_kind], owner_id),
        messages=messages,
        received_at=instant(received_at),
        agent=agent,
        app=app,
        tags=tuple(orjson.loads(tags)),
        info=decode_info(info),
    )


def encode_message(message: Message) -> tuple[Value, ...]:
    """The columns of `messages` that are the message's own."""
    calls = to_json([dict(call) for call in message.tool_calls]) if message.tool_calls else "[]"
    return (message.id, message.role.value, message.text, micros(message.said_at), calls, message.tool_call_id)


def decode_message(row: Row) -> Message:
    own_id, role, text, said_at, calls, call_id = row
    return Message(
        id=MessageId(own_id),
        role=_ROLES[role],
        text=text,
        said_at=instant(said_at),
        tool_calls=() if calls == "[]" else tuple(orjson.loads(calls)),
        tool_call_id=call_id,
    )


def encode_job(job: Job) -> str:
    match job:
        case Remember(batch):
            return to_json({"remember": {"batch": batch}})
        case Study(batch):
            return to_json({"study": {"batch": batch}})
        case Feedback(batch, bases):
            return to_json({"feedback": {"batch": batch, "bases": bases}})
        case Reembed(model):
            return to_json({"reembed": {"model": model}})


def decode_job(text: str) -> Job:
    have: Mapping[str, Any] = orjson.loads(text)
    if (feedback := have.get("feedback")) is not None:
        return Feedback(BatchId(feedback["batch"]), tuple(feedback["bases"]))
    if "reembed" in have:
        return Reembed(have["reembed"]["model"])
    if "study" in have:
        return Study(BatchId(have["study"]["batch"]))
    return Remember(BatchId(have["remember"]["batch"]))


def decode_task(row: Row) -> Task:
    own_id, project, job, lock, attempt, lease = row
    return Task(TaskId(own_id), ProjectId(project), decode_job(job), lock, attempt, lease)


def decode_task_record(row: Row) -> TaskRecord:
    own_id, project, state, reason, attempt, created_at, updated_at, job = row
    of_files = isinstance(decode_job(job), Study)
    at = instant(created_at), instant(updated_at)
    return TaskRecord(TaskId(own_id), ProjectId(project), State(state), reason, attempt, *at, of_files)


def encode_key(key: ApiKey) -> tuple[Value, ...]:
    """The columns of `api_keys` but the digest."""
    return (
        key.id,
        key.project,
        key.name,
        key.hint,
        micros(key.created_at),
        _micros(key.expires_at),
        _micros(key.revoked_at),
    )


def decode_key(row: Row) -> ApiKey:
    own_id, project, name, hint, created_at, expires_at, revoked_at = row
    return ApiKey(
        KeyId(own_id), ProjectId(project), name, hint, instant(created_at), _instant(expires_at), _instant(revoked_at)
    )


def decode_project(row: Row) -> Project:
    own_id, name, created_at = row
    return Project(ProjectId(own_id), name, instant(created_at))
