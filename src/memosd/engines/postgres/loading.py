"""Loading records of an archive, as they are, with what is derived from them."""

from collections.abc import Sequence
from dataclasses import dataclass

from memosd.domain.errors import Invalid
from memosd.domain.history import Cause, CauseKind
from memosd.domain.ids import BatchId, ProjectId
from memosd.domain.messages import Batch
from memosd.domain.scope import Owner
from memosd.engines.common.archive import named, refused
from memosd.engines.common.codec import (
    encode_batch,
    encode_content,
    encode_key,
    encode_memory,
    micros,
)
from memosd.engines.common.usage import encode_day_usage
from memosd.engines.postgres import events, files, memories, messages, tasks
from memosd.engines.postgres.halfvec import HalfVector
from memosd.engines.postgres.listener import Listener
from memosd.engines.postgres.locks import lock_names, owner_lock
from memosd.engines.postgres.session import Transaction
from memosd.ports.archive import (
    BatchRecord,
    EmbeddingRecord,
    EventRecord,
    FileEntry,
    KeyRecord,
    KnowledgeBaseRecord,
    LinkRecord,
    MemoryRecord,
    ProjectRecord,
    Record,
    TaskEntry,
    UsageRecord,
)

NO_CAUSE = Cause(CauseKind.TASK)
"""The events of what is loaded are records of their own."""


async def load(tx: Transaction, records: Sequence[Record], project: ProjectId, listener: Listener) -> None:
    """Those that are there already are passed over."""
    await lock_names(tx, {name for record in records for name in _locks(record)})
    foreign = await tx.fetch_value("archive.foreign", {"names": named(records), "project": project})
    if foreign is not None:
        raise refused(foreign)
    loading = _Loading(tx, listener)
    await loading.look(records)
    for record in records:
        await loading.load(record)
    for project, owners in loading.owners.items():
        await tx.run("memories.stamp_owners", {"project": project, "owners": sorted(owners)})


def _locks(record: Record) -> list[str]:
    match record:
        case BatchRecord(batch):
            return [owner_lock(batch.project, batch.owner)]
        case MemoryRecord(memory):
            return [owner_lock(memory.project, memory.owner)]
        case TaskEntry(task):
            return [task.lock]
    return []


@dataclass(frozen=True, slots=True)
class _Known:
    """A memory that is there."""

    project: ProjectId
    number: int
    owner: int
    kind: str


class _Loading:
    """owners: the numbers of those whose memories were written, by project."""

    def __init__(self, tx: Transaction, listener: Listener) -> None:
        self._tx = tx
        self._listener = listener
        self.owners: dict[ProjectId, set[int]] = {}
        self._numbered: dict[tuple[ProjectId, Owner], int] = {}
        self._numbers: list[int] = []
        self._memories: dict[str, _Known] = {}
        self._embedded: set[tuple[int, str]] = set()
        self._told: set[tuple[object, ...]] = set()

    async def look(self, records: Sequence[Record]) -> None:
        """What is there already of that of which there is most; asked once, so that no writing waits for an answer."""
        tx = self._tx
        added = [record.memory.id for record in records if isinstance(record, MemoryRecord)]
        embedded = [record.memory for record in records if isinstance(record, EmbeddingRecord)]
        self._numbers = (await memories.numbers(tx, len(added)))[::-1]
        if added or embedded:
            rows = await tx.fetch_all("archive.known_memories", {"ids": [*added, *embedded]})
            self._memories = {row[0]: _Known(*row[1:]) for row in rows}
        if embedded:
            rows = await tx.fetch_all("archive.known_embeddings", {"ids": embedded})
            self._embedded = {(number, model) for number, model in rows}
        if told := [record for record in records if isinstance(record, EventRecord)]:
            projects, subjects = list({one.project for one in told}), [one.event.subject for one in told]
            rows = await tx.fetch_all("events.known", {"projects": projects, "subjects": subjects})
            self._told = set(rows)

    async def load(self, record: Record) -> None:
        match record:
            case BatchRecord():
                await self._batch(record)
            case FileEntry():
                await self._file(record)
            case MemoryRecord():
                await self._memory(record)
            case EmbeddingRecord():
                await self._embedding(record)
            case TaskEntry():
                await self._task(record)
            case _:
                await self._row(record)

    async def _row(self, record: Record) -> None:
        """Of those that are one row."""
        tx = self._tx
        match record:
            case ProjectRecord(made):
                if await tx.fetch_one("archive.has_project", {"id": made.id}) is None:
                    await tx.run("keys.add_project", (made.id, made.name, micros(made.created_at)))
            case KnowledgeBaseRecord(base):
                if not await files.writable(tx, base.project, Owner.base(base.id)):
                    await files.add_base(tx, base)
            case EventRecord(project, event):
                known = (project, event.subject, micros(event.at), event.action.value, event.after)
                if known not in self._told:
                    self._told.add(known)
                    await events.record(tx, project, [event])
            case LinkRecord(source, kind, target):
                await tx.run("archive.add_link", {"source": source, "kind": kind, "target": target})
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
        """Added as any memory is, in its last version; then what it has been, and that it was retired."""
        tx, memory = self._tx, record.memory
        if memory.id in self._memories:
            return
        owner = await self._owner(memory.project, memory.owner)
        number = self._numbers.pop()
        self._memories[memory.id] = _Known(memory.project, number, owner, memory.content.kind.value)
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
        await memories.add(tx, encoded, batch, place, number, version=memory.version, written=memory.updated_at)
        scope = {"project": memory.project, "number": number}
        for one in record.earlier:
            written = {
                "version": one.version,
                "recorded": micros(one.recorded_at),
                "content": encode_content(one.content),
            }
            await tx.run("memories.add_version", {**scope, **written})
        if memory.retired_at is not None:
            retired = {
                "at": micros(memory.retired_at),
                "because": memory.retired_because,
                "replaced_by": memory.replaced_by,
            }
            await tx.run("memories.retire", {**scope, **retired})
            await memories.leave_indexes(tx, memory.project, number)

    async def _embedding(self, record: EmbeddingRecord) -> None:
        known = self._memories.get(record.memory)
        if known is None:
            raise Invalid(f"there are vectors of {record.memory}, which is not among the memories")
        if (known.number, record.model) in self._embedded:
            return
        self._embedded.add((known.number, record.model))
        scope = {"project": known.project, "number": known.number, "model": record.model}
        rows = [
            {**scope, "owner": known.owner, "kind": known.kind, "key": key, "vector": HalfVector.of_stored(vector)}
            for key, vector in enumerate(record.vectors)
        ]
        await self._tx.run_many("vectors.add", rows)

    async def _owner(self, project: ProjectId, owner: Owner) -> int:
        if (project, owner) not in self._numbered:
            self._numbered[project, owner] = await memories.ensure_owner(self._tx, project, owner)
            self.owners.setdefault(project, set()).add(self._numbered[project, owner])
        return self._numbered[project, owner]

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
