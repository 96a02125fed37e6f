"""Dumping a project as records, and loading records back."""

import itertools
import operator
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

import apsw

from memosd.domain.errors import Invalid, NotFound
from memosd.domain.ids import BatchId, MemoryId, MessageId, ProjectId, TaskId
from memosd.domain.scope import Owner
from memosd.domain.tasks import State, Task
from memosd.engines.common.archive import CARRIED, named, refused
from memosd.engines.common.bell import Bell
from memosd.engines.common.codec import (
    Row,
    decode_batch,
    decode_content,
    decode_job,
    decode_key,
    decode_memory,
    decode_message,
    decode_project,
    encode_batch,
    encode_content,
    encode_info,
    encode_key,
    encode_memory,
    encode_message,
    info_rows,
    instant,
    micros,
    to_json,
)
from memosd.engines.common.events import decode_event
from memosd.engines.common.files import decode_base, decode_file, encode_base
from memosd.engines.common.usage import decode_usage, encode_day_usage
from memosd.engines.sqlite import events, files, graph, memories, messages, tasks, text
from memosd.engines.sqlite.database import Database, Transaction
from memosd.engines.sqlite.statements import fetch_all, fetch_one, fetch_value
from memosd.engines.sqlite.vectors import VectorCache
from memosd.ports.archive import (
    BatchRecord,
    EarlierVersion,
    EmbeddingRecord,
    EventRecord,
    FileEntry,
    KeyRecord,
    KnowledgeBaseRecord,
    LinkRecord,
    MemoryRecord,
    Parts,
    ProjectRecord,
    Record,
    TaskEntry,
    UsageRecord,
)

CHUNK = 500
"""Rows of the leading table that one step of a dump reads."""

_DERIVED = frozenset(
    {"owners", "changes", "memory_info", "memory_tags", "entities", "text_index", "embedder", "loose_blobs"}
)
"""Tables that are made again from the records when these are loaded, or that tell of the server and of no project."""


def carried_or_derived() -> frozenset[str]:
    """The tables that a dump accounts for. A test asks that these are all."""
    return CARRIED | _DERIVED


class SqliteArchive:
    """`memosd.ports.archive.Archive`."""

    def __init__(self, database: Database, cache: VectorCache, bell: Bell) -> None:
        self._database = database
        self._cache = cache
        self._bell = bell

    async def dump(self, project: ProjectId, *, parts: Parts) -> AsyncIterator[Sequence[Record]]:
        async for chunk in self._database.walk_apart(lambda connection: _dump(connection, project, parts)):
            yield chunk

    async def load(self, records: Sequence[Record], *, project: ProjectId) -> None:
        names = to_json(named(records))

        def write(tx: Transaction) -> None:
            if (foreign := fetch_value(tx.connection, "archive.foreign", (names, project))) is not None:
                raise refused(foreign)
            for record in records:
                _load(tx, record, self._bell)
            tx.after_commit(self._cache.clear)

        await self._database.write(write)


def _dump(connection: apsw.Connection, project: ProjectId, parts: Parts) -> Iterator[list[Record]]:
    row = fetch_one(connection, "archive.project", (project,))
    if row is None:
        raise NotFound(f"there is no project with the id '{project}'")
    yield [ProjectRecord(decode_project(row))]
    if rows := fetch_all(connection, "files.bases", (project,)):
        yield [KnowledgeBaseRecord(decode_base(row)) for row in rows]
    yield from _chunks(connection, project, "archive.batches", _batches)
    yield from _chunks(connection, project, "archive.files", lambda _, rows: [_file(row) for row in rows])
    yield from _chunks(connection, project, "archive.memories", _memories)
    yield from _chunks(connection, project, "events.of_project", lambda _, rows: [_event(row) for row in rows])
    yield from _of_memories(connection, project, _links)
    if parts.embeddings:
        yield from _of_memories(connection, project, _embeddings)
    yield from _chunks(connection, project, "archive.tasks", lambda _, rows: [_task(row) for row in rows])
    if rows := fetch_all(connection, "usage.all", (project,)):
        yield [UsageRecord(decode_usage(row[1:]), TaskId(row[0]) if row[0] else None) for row in rows]
    if parts.keys:
        rows = fetch_all(connection, "archive.keys", (project,))
        yield [KeyRecord(decode_key(row[:-1]), row[-1]) for row in rows]


def _chunks(
    connection: apsw.Connection,
    project: ProjectId,
    name: str,
    decode: Callable[[apsw.Connection, list[Row]], list[Record]],
) -> Iterator[list[Record]]:
    """A table in steps. Its statement gives a row's number first, or last if it reads whole memories."""
    place, after = (-1 if name == "archive.memories" else 0), 0
    while rows := fetch_all(connection, name, (project, after, CHUNK)):
        yield decode(connection, rows)
        after = rows[-1][place]


def _of_memories(
    connection: apsw.Connection, project: ProjectId, read: Callable[[apsw.Connection, ProjectId, int], list[Record]]
) -> Iterator[list[Record]]:
    """What hangs on memories, for so many of them at a time."""
    after = 0
    while (last := fetch_value(connection, "archive.last_of_chunk", (project, after, CHUNK))) is not None:
        if found := read(connection, project, after):
            yield found
        after = last


def _batches(connection: apsw.Connection, rows: list[Row]) -> list[Record]:
    said: dict[int, list[Row]] = {}
    for row in fetch_all(connection, "archive.messages", (to_json([row[0] for row in rows]),)):
        said.setdefault(row[0], []).append(row)
    records: list[Record] = []
    for number, *columns in rows:
        of_batch = said.get(number, [])
        batch = decode_batch(tuple(columns), tuple(decode_message(row[2:]) for row in of_batch))
        records.append(BatchRecord(batch, tuple(MessageId(row[2]) for row in of_batch if row[1])))
    return records


def _file(row: Row) -> Record:
    return FileEntry(decode_file(row[2:]), BatchId(row[1]))


def _memories(connection: apsw.Connection, rows: list[Row]) -> list[Record]:
    earlier: dict[int, list[EarlierVersion]] = {}
    for number, version, at, body in fetch_all(connection, "archive.earlier", (to_json([row[-1] for row in rows]),)):
        earlier.setdefault(number, []).append(EarlierVersion(version, instant(at), decode_content(body)))
    return [MemoryRecord(decode_memory(row), tuple(earlier.get(row[-1], ()))) for row in rows]


def _links(connection: apsw.Connection, project: ProjectId, after: int) -> list[Record]:
    rows = fetch_all(connection, "archive.links", (project, after, CHUNK))
    return [LinkRecord(MemoryId(source), kind, MemoryId(target)) for _, source, kind, target in rows]


def _embeddings(connection: apsw.Connection, project: ProjectId, after: int) -> list[Record]:
    rows = fetch_all(connection, "archive.embeddings", (project, after, CHUNK))
    return [
        EmbeddingRecord(MemoryId(memory), model, tuple(row[3] for row in keys))
        for (memory, model), keys in itertools.groupby(rows, key=operator.itemgetter(1, 2))
    ]


def _event(row: Row) -> Record:
    return EventRecord(ProjectId(row[1]), decode_event(row[2:]))


def _task(row: Row) -> Record:
    _, own_id, project, job, lock, attempt, batch, state, reason, ready_at, created_at, updated_at = row
    return TaskEntry(
        Task(TaskId(own_id), ProjectId(project), decode_job(job), lock, attempt),
        None if batch is None else BatchId(batch),
        State(state),
        reason,
        ready_at=instant(ready_at),
        created_at=instant(created_at),
        updated_at=instant(updated_at),
    )


def _load(tx: Transaction, record: Record, bell: Bell) -> None:
    match record:
        case ProjectRecord():
            _load_project(tx, record)
        case BatchRecord():
            _load_batch(tx, record)
        case KnowledgeBaseRecord() | FileEntry():
            _load_files(tx, record)
        case MemoryRecord():
            _load_memory(tx, record)
        case EventRecord():
            _load_event(tx, record)
        case LinkRecord(source, kind, target):
            tx.run("archive.add_link", (source, kind, target))
        case EmbeddingRecord():
            _load_embedding(tx, record)
        case TaskEntry():
            _load_task(tx, record, bell)
        case UsageRecord(usage, task):
            tx.run("usage.load", encode_day_usage(usage, task))
        case KeyRecord(key, digest):
            if fetch_one(tx.connection, "archive.has_key", (key.id,)) is None:
                tx.run("keys.add_key", (*encode_key(key), digest))


def _load_project(tx: Transaction, record: ProjectRecord) -> None:
    project = record.project
    if fetch_one(tx.connection, "archive.has_project", (project.id,)) is None:
        tx.run("keys.add_project", (project.id, project.name, micros(project.created_at)))


def _load_files(tx: Transaction, record: KnowledgeBaseRecord | FileEntry) -> None:
    if isinstance(record, KnowledgeBaseRecord):
        if not files.writable(tx.connection, Owner.base(record.base.id)):
            tx.run("files.add_base", encode_base(record.base))
        return
    number = messages.batch_number(tx, record.batch)
    if number is not None and fetch_one(tx.connection, "archive.has_file", (record.file.id,)) is None:
        files.add(tx, number, [record.file])


def _load_event(tx: Transaction, record: EventRecord) -> None:
    event = record.event
    known = (event.subject, micros(event.at), event.action.value, event.after)
    if fetch_one(tx.connection, "events.has", known) is None:
        events.record(tx, record.project, event)


def _load_batch(tx: Transaction, record: BatchRecord) -> None:
    batch = record.batch
    if messages.batch_number(tx, batch.id) is None:
        messages.add_batch(tx, batch, encode_batch(batch), [encode_message(message) for message in batch.messages])
        tx.run("archive.mark_unlearnable", (batch.project, to_json(record.unlearnable)))


def _load_memory(tx: Transaction, record: MemoryRecord) -> None:
    memory, content = record.memory, encode_memory(record.memory.id, record.memory.content)
    if fetch_one(tx.connection, "archive.has_memory", (memory.id,)) is not None:
        return
    owner = memories.ensure_owner(tx, memory.project, memory.owner)
    tx.run(
        "archive.add_memory",
        (
            memory.id,
            memory.project,
            owner,
            memory.user,
            memory.conversation,
            memory.agent,
            memory.app,
            encode_info(memory.info),
            memory.version,
            micros(memory.created_at),
            micros(memory.updated_at),
            None if memory.retired_at is None else micros(memory.retired_at),
            memory.retired_because,
            memory.replaced_by,
            content.kind,
            content.said_at,
            content.holds_from,
            content.holds_until,
            content.draft,
        ),
    )
    number = tx.connection.last_insert_rowid()
    for version in record.earlier:
        tx.run(
            "memories.add_version",
            (number, version.version, micros(version.recorded_at), encode_content(version.content)),
        )
    tx.run("memories.add_version", (number, memory.version, micros(memory.updated_at), content.body))
    for key, facet, value, listed in info_rows(memory.info):
        tx.run("memories.add_info", (owner, key, facet, number, listed, value))
    for tag in content.tags:
        tx.run("memories.add_tag", (owner, tag, number))
    if memory.active and not content.draft:
        text.put(tx, owner, number, memory.content.kind, content.terms)
    entities = content.entities if memory.active else ()
    graph.put(tx, memory.project, owner, number, sources=content.sources, entities=entities)


def _load_embedding(tx: Transaction, record: EmbeddingRecord) -> None:
    found = fetch_one(tx.connection, "archive.has_memory", (record.memory,))
    if found is None:
        raise Invalid(f"there are vectors of {record.memory}, which is not among the memories")
    [number] = found
    if fetch_one(tx.connection, "archive.has_embedding", (number, record.model)) is None:
        tx.run_many(
            "memories.add_embedding",
            [(number, record.model, key, len(vector) // 2, vector) for key, vector in enumerate(record.vectors)],
        )


def _load_task(tx: Transaction, record: TaskEntry, bell: Bell) -> None:
    """Added as any task is, then settled: so that triggers see which one of its lock is first."""
    if fetch_one(tx.connection, "archive.has_task", (record.task.id,)) is not None:
        return
    batch = None if record.batch is None else messages.batch_number(tx, record.batch)
    tasks.add(tx, record.task, batch, record.created_at, bell)
    tx.run(
        "archive.settle_task",
        (
            record.task.id,
            record.state.value,
            record.reason,
            record.task.attempt,
            micros(record.ready_at),
            micros(record.created_at),
            micros(record.updated_at),
        ),
    )
