"""Dumping a project as records, and loading records back."""

import itertools
import operator
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from memosd.domain.errors import Invalid, NotFound
from memosd.domain.history import Cause, CauseKind
from memosd.domain.ids import BatchId, MemoryId, MessageId, ProjectId, TaskId
from memosd.domain.messages import Batch
from memosd.domain.scope import Owner
from memosd.domain.tasks import State, Task
from memosd.engines.common.archive import CARRIED
from memosd.engines.common.codec import (
    Row,
    decode_batch,
    decode_content,
    decode_job,
    decode_key,
    decode_memory,
    decode_project,
    encode_batch,
    encode_content,
    encode_key,
    encode_memory,
    instant,
    micros,
)
from memosd.engines.common.events import decode_event
from memosd.engines.common.usage import decode_usage, encode_day_usage
from memosd.engines.postgres import events, files, memories, messages, tasks
from memosd.engines.postgres.database import Database
from memosd.engines.postgres.halfvec import HalfVector, stored
from memosd.engines.postgres.listener import Listener
from memosd.engines.postgres.locks import lock_names, owner_lock
from memosd.engines.postgres.session import Session, Transaction
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

NO_CAUSE = Cause(CauseKind.TASK)
"""The events of what is loaded are records of their own."""
CHUNK = 500
"""Rows of the leading table that one step of a dump reads."""

_DERIVED = frozenset(
    {
        "contents",
        "embedder",
        "entities",
        "loose_contents",
        "memory_info",
        "memory_tags",
        "memory_words",
        "near_indexes",
        "owners",
        "schema_versions",
        "secrets",
    }
)
"""Tables that are made again from the records when these are loaded, or that tell of the server and of no project; and
the contents of files, which no archive has."""

Decode = Callable[[Session, ProjectId, list[Row]], Awaitable[list[Record]]]


def carried_or_derived() -> frozenset[str]:
    """The tables that a dump accounts for. A test asks that these are all."""
    return CARRIED | _DERIVED


class PostgresArchive:
    """`memosd.ports.archive.Archive`."""

    def __init__(self, database: Database, listener: Listener) -> None:
        self._database = database
        self._listener = listener

    async def dump(self, project: ProjectId, *, parts: Parts) -> AsyncIterator[Sequence[Record]]:
        async with self._database.apart() as connection, connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            async for chunk in _dump(Session(connection), project, parts):
                yield chunk

    async def load(self, records: Sequence[Record]) -> None:
        async def write(tx: Transaction) -> None:
            await lock_names(tx, {name for record in records for name in _locks(record)})
            loading = _Loading(tx, self._listener)
            for record in records:
                await loading.load(record)
            for project, owners in loading.owners.items():
                await tx.run("memories.stamp_owners", {"project": project, "owners": sorted(owners)})

        await self._database.write(write)


async def _dump(session: Session, project: ProjectId, parts: Parts) -> AsyncIterator[list[Record]]:
    row = await session.fetch_one("archive.project", {"project": project})
    if row is None:
        raise NotFound(f"there is no project with the id '{project}'")
    yield [ProjectRecord(decode_project(row))]
    if bases := await files.read_bases(session, project):
        yield [KnowledgeBaseRecord(base) for base in bases]
    async for chunk in _chunks(session, project, "archive.batches", 0, _batches):
        yield chunk
    async for chunk in _chunks(session, project, "archive.files", 0, _files):
        yield chunk
    async for chunk in _chunks(session, project, "archive.memories", -1, _memories):
        yield chunk
    async for chunk in _chunks(session, project, "events.of_project", 0, _events):
        yield chunk
    async for chunk in _chunks(session, project, "archive.numbers", 0, _links):
        yield chunk
    if parts.embeddings:
        async for chunk in _chunks(session, project, "archive.numbers", 0, _embeddings):
            yield chunk
    async for chunk in _chunks(session, project, "archive.tasks", 0, _tasks):
        yield chunk
    for (day,) in await session.fetch_all("usage.days", {"project": project}):
        rows = await session.fetch_all("usage.rows_of_day", {"project": project, "day": day})
        yield [UsageRecord(decode_usage(row[1:]), TaskId(row[0]) if row[0] else None) for row in rows]
    if parts.keys:
        rows = await session.fetch_all("archive.keys", {"project": project})
        yield [KeyRecord(decode_key(row[:-1]), row[-1]) for row in rows]


async def _chunks(
    session: Session, project: ProjectId, name: str, place: int, decode: Decode
) -> AsyncIterator[list[Record]]:
    """A table in steps. place: that of a row's number."""
    after = 0
    while rows := await session.fetch_all(name, {"project": project, "after": after, "limit": CHUNK}):
        if found := await decode(session, project, rows):
            yield found
        after = rows[-1][place]


async def _batches(session: Session, project: ProjectId, rows: list[Row]) -> list[Record]:
    said: dict[int, list[Row]] = {}
    asked = {"project": project, "numbers": [row[0] for row in rows]}
    for row in await session.fetch_all("archive.messages", asked):
        said.setdefault(row[0], []).append(row)
    records: list[Record] = []
    for number, *columns in rows:
        of_batch = said.get(number, [])
        batch: Batch = decode_batch(tuple(columns), tuple(messages.decode(row[2:]) for row in of_batch))
        records.append(BatchRecord(batch, tuple(MessageId(row[2]) for row in of_batch if row[1])))
    return records


async def _files(_: Session, __: ProjectId, rows: list[Row]) -> list[Record]:
    return [FileEntry(files.read_file(row[2:]), BatchId(row[1])) for row in rows]


async def _events(_: Session, project: ProjectId, rows: list[Row]) -> list[Record]:
    return [EventRecord(project, decode_event(row[2:])) for row in rows]


async def _memories(session: Session, project: ProjectId, rows: list[Row]) -> list[Record]:
    earlier: dict[int, list[EarlierVersion]] = {}
    asked = {"project": project, "numbers": [row[-1] for row in rows]}
    for number, version, at, body in await session.fetch_all("archive.earlier", asked):
        earlier.setdefault(number, []).append(EarlierVersion(version, instant(at), decode_content(body)))
    return [MemoryRecord(decode_memory(row), tuple(earlier.get(row[-1], ()))) for row in rows]


async def _links(session: Session, project: ProjectId, rows: list[Row]) -> list[Record]:
    links = await session.fetch_all("archive.links", {"project": project, "numbers": [row[0] for row in rows]})
    return [LinkRecord(MemoryId(source), kind, MemoryId(target)) for source, kind, target in links]


async def _embeddings(session: Session, project: ProjectId, rows: list[Row]) -> list[Record]:
    found = await session.fetch_all("archive.embeddings", {"project": project, "numbers": [row[0] for row in rows]})
    return [
        EmbeddingRecord(MemoryId(memory), model, tuple(stored(key[2]) for key in keys))
        for (memory, model), keys in itertools.groupby(found, key=operator.itemgetter(0, 1))
    ]


async def _tasks(_: Session, __: ProjectId, rows: list[Row]) -> list[Record]:
    return [
        TaskEntry(
            Task(TaskId(own_id), ProjectId(project), decode_job(job), lock, attempt),
            None if batch is None else BatchId(batch),
            State(state),
            reason,
            ready_at=instant(ready_at),
            created_at=instant(created_at),
            updated_at=instant(updated_at),
        )
        for _no, own_id, project, job, lock, attempt, batch, state, reason, ready_at, created_at, updated_at in rows
    ]


def _locks(record: Record) -> list[str]:
    match record:
        case BatchRecord(batch):
            return [owner_lock(batch.project, batch.owner)]
        case MemoryRecord(memory):
            return [owner_lock(memory.project, memory.owner)]
        case TaskEntry(task):
            return [task.lock]
    return []


class _Loading:
    """owners: the numbers of those whose memories were written, by project."""

    def __init__(self, tx: Transaction, listener: Listener) -> None:
        self._tx = tx
        self._listener = listener
        self.owners: dict[ProjectId, set[int]] = {}

    async def load(self, record: Record) -> None:
        tx = self._tx
        match record:
            case ProjectRecord(made):
                if await tx.fetch_one("archive.has_project", {"id": made.id}) is None:
                    await tx.run("keys.add_project", (made.id, made.name, micros(made.created_at)))
            case BatchRecord():
                await self._batch(record)
            case KnowledgeBaseRecord(base):
                if not await files.writable(tx, base.project, Owner.base(base.id)):
                    await files.add_base(tx, base)
            case FileEntry():
                await self._file(record)
            case MemoryRecord():
                await self._memory(record)
            case EventRecord(project, event):
                known = {"subject": event.subject, "at": micros(event.at), "action": event.action.value}
                if await tx.fetch_one("events.has", {"project": project, **known, "after": event.after}) is None:
                    await events.record(tx, project, [event])
            case LinkRecord(source, kind, target):
                await tx.run("archive.add_link", {"source": source, "kind": kind, "target": target})
            case EmbeddingRecord():
                await self._embedding(record)
            case TaskEntry():
                await self._task(record)
            case UsageRecord(usage, of_task):
                await tx.run("usage.load", encode_day_usage(usage, of_task))
            case KeyRecord(key, digest):
                if await tx.fetch_one("archive.has_key", {"id": key.id}) is None:
                    await tx.run("keys.add_key", (*encode_key(key), digest))

    async def _batch(self, record: BatchRecord) -> None:
        batch = record.batch
        if not await messages.has_batch(self._tx, batch.project, batch.id):
            said = [messages.encode(message) for message in batch.messages]
            await messages.add_batch(self._tx, batch, encode_batch(batch), said)
            unlearnable = {"project": batch.project, "ids": list(record.unlearnable)}
            await self._tx.run("archive.mark_unlearnable", unlearnable)

    async def _file(self, record: FileEntry) -> None:
        file = record.file
        scope = {"project": file.project, "id": record.batch}
        number = await self._tx.fetch_value("archive.batch_number", scope)
        known = await self._tx.fetch_one("archive.has_file", {"project": file.project, "id": file.id})
        if number is not None and known is None:
            await files.add(self._tx, number, [file])

    async def _memory(self, record: MemoryRecord) -> None:
        """Added as any memory is, then made what it has become."""
        tx, memory = self._tx, record.memory
        if await tx.fetch_one("archive.has_memory", {"id": memory.id}) is not None:
            return
        owner = await memories.ensure_owner(tx, memory.project, memory.owner)
        self.owners.setdefault(memory.project, set()).add(owner)
        [number] = await memories.numbers(tx, 1)
        batch = Batch(
            id=BatchId(""),
            project=memory.project,
            user=memory.user,
            conversation=memory.conversation,
            owner=memory.owner,
            messages=(),
            received_at=memory.created_at,
            agent=memory.agent,
            app=memory.app,
            info=memory.info,
        )
        place = memories.Place(memory.project, owner, memory.created_at, NO_CAUSE)
        encoded = encode_memory(memory.id, memory.content)
        await memories.add(tx, encoded, batch, place, number)
        scope = {"project": memory.project, "number": number}
        await tx.run("archive.drop_version", scope)
        versions = [(one.version, one.recorded_at, encode_content(one.content)) for one in record.earlier]
        for version, at, body in (*versions, (memory.version, memory.updated_at, encoded.body)):
            written = {"version": version, "recorded": micros(at), "content": body}
            await tx.run("memories.add_version", {**scope, **written})
        become = {
            "version": memory.version,
            "updated_at": micros(memory.updated_at),
            "retired_at": None if memory.retired_at is None else micros(memory.retired_at),
            "because": memory.retired_because,
            "replaced_by": memory.replaced_by,
        }
        await tx.run("archive.complete_memory", {**scope, **become})
        if not memory.active:
            await memories.leave_indexes(tx, memory.project, number)

    async def _embedding(self, record: EmbeddingRecord) -> None:
        found = await self._tx.fetch_one("archive.has_memory", {"id": record.memory})
        if found is None:
            raise Invalid(f"there are vectors of {record.memory}, which is not among the memories")
        project, number, owner, kind = found
        scope = {"project": project, "number": number, "model": record.model}
        if await self._tx.fetch_one("archive.has_embedding", scope) is None:
            rows = [
                {**scope, "owner": owner, "kind": kind, "key": key, "vector": HalfVector.of_stored(vector)}
                for key, vector in enumerate(record.vectors)
            ]
            await self._tx.run_many("vectors.add", rows)

    async def _task(self, record: TaskEntry) -> None:
        """Added as any task is, then settled: so that one of its lock is first."""
        tx, task = self._tx, record.task
        scope = {"project": task.project, "id": task.id}
        if await tx.fetch_one("archive.has_task", scope) is not None:
            return
        batch = {"project": task.project, "id": record.batch}
        number = None if record.batch is None else await tx.fetch_value("archive.batch_number", batch)
        await tasks.add(tx, task, number, record.created_at, self._listener)
        become = {
            "state": record.state.value,
            "reason": record.reason,
            "attempt": task.attempt,
            "ready_at": micros(record.ready_at),
            "created_at": micros(record.created_at),
            "updated_at": micros(record.updated_at),
        }
        await tx.run("archive.settle_task", {**scope, **become})
        await tx.run("tasks.advance", {"locks": [task.lock]})
