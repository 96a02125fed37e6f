"""Loading records of an archive, as they are, with what is derived from them."""

from collections.abc import Sequence

from memosd.domain.errors import Invalid
from memosd.domain.history import Cause, CauseKind
from memosd.domain.ids import BatchId, ProjectId
from memosd.domain.messages import Batch
from memosd.domain.scope import Owner
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


async def load(tx: Transaction, records: Sequence[Record], listener: Listener) -> None:
    """Those that are there already are passed over."""
    await lock_names(tx, {name for record in records for name in _locks(record)})
    loading = _Loading(tx, listener)
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


class _Loading:
    """owners: the numbers of those whose memories were written, by project."""

    def __init__(self, tx: Transaction, listener: Listener) -> None:
        self._tx = tx
        self._listener = listener
        self.owners: dict[ProjectId, set[int]] = {}

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
                known = {"subject": event.subject, "at": micros(event.at), "action": event.action.value}
                if await tx.fetch_one("events.has", {"project": project, **known, "after": event.after}) is None:
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
