"""Dumping a project as records, and loading records back."""

import itertools
import operator
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from memosd.domain.errors import NotFound
from memosd.domain.ids import BatchId, MemoryId, MessageId, ProjectId, TaskId
from memosd.domain.messages import Batch
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
    instant,
)
from memosd.engines.common.events import decode_event
from memosd.engines.common.usage import decode_usage
from memosd.engines.postgres import files, loading, messages
from memosd.engines.postgres.database import Database
from memosd.engines.postgres.halfvec import stored
from memosd.engines.postgres.listener import Listener
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
the contents of files, which `flows.contents` puts into an archive."""

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

    async def load(self, records: Sequence[Record], *, project: ProjectId) -> None:
        async def write(tx: Transaction) -> None:
            await loading.load(tx, records, project, self._listener)

        await self._database.write(write)


async def _dump(session: Session, project: ProjectId, parts: Parts) -> AsyncIterator[list[Record]]:
    row = await session.fetch_one("archive.project", {"project": project})
    if row is None:
        raise NotFound(f"there is no project with the id '{project}'")
    yield [ProjectRecord(decode_project(row))]
    if bases := await files.read_bases(session, project):
        yield [KnowledgeBaseRecord(base) for base in bases]
    for name, place, decode in _TABLES:
        if parts.embeddings or decode is not _embeddings:
            async for chunk in _chunks(session, project, name, place, decode):
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


_TABLES: Sequence[tuple[str, int, Decode]] = (
    ("archive.batches", 0, _batches),
    ("archive.files", 0, _files),
    ("archive.memories", -1, _memories),
    ("events.of_project", 0, _events),
    ("archive.numbers", 0, _links),
    ("archive.numbers", 0, _embeddings),
    ("archive.tasks", 0, _tasks),
)
"""The statements that are read in steps, in the order of a dump, with the place of a row's number."""
