"""The record of truth: each method prepares what it can, then runs one function in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from memosd.domain.changes import Add
from memosd.domain.files import File
from memosd.domain.history import Cause, Event, cause_of
from memosd.domain.ids import BatchId, MemoryId, MessageId, ProjectId, TaskId
from memosd.domain.memories import Kind, Memory
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Reach
from memosd.domain.tasks import Task
from memosd.engines.common.bell import Bell
from memosd.engines.common.codec import encode_batch, encode_change, encode_changes, encode_memory, encode_message
from memosd.engines.common.decoded import DecodedCache
from memosd.engines.common.erasure import Portion, in_portions
from memosd.engines.sqlite import edits, erasure, events, graph, memories, messages, tasks
from memosd.engines.sqlite import files as attached
from memosd.engines.sqlite.database import Database, Transaction
from memosd.engines.sqlite.vectors import VectorCache
from memosd.ports.index import Clock
from memosd.ports.storage import AT_ONCE, BY_REQUEST, Amendment, Edit, Erased, Page, Ranked


class SqliteStorage:
    """`memosd.ports.storage.Storage`, with the text, vector, graph and time indexes in the same transactions."""

    def __init__(self, database: Database, cache: VectorCache, decoded: DecodedCache, bell: Bell, clock: Clock) -> None:
        self._database = database
        self._decoded = decoded
        self._cache = cache
        self._bell = bell
        self._clock = clock

    async def accept(self, batch: Batch, *, task: Task, files: Sequence[File] = (), hold: timedelta = AT_ONCE) -> None:
        columns = encode_batch(batch)
        said = [encode_message(message) for message in batch.messages]
        now = self._clock()

        def write(tx: Transaction) -> None:
            number = messages.add_batch(tx, batch, columns, said)
            attached.add(tx, number, files)
            tasks.add(tx, task, number, now, self._bell, hold=hold)

        await self._database.write(write)

    async def draft(self, batch: Batch, drafts: Sequence[Add], *, task: Task) -> bool:
        encoded = [encode_memory(draft.id, draft.content, after=draft.after) for draft in drafts]

        def write(tx: Transaction) -> bool:
            if not tasks.undisturbed(tx, task) or not attached.writable(tx.connection, batch.owner):
                return False
            owner = memories.ensure_owner(tx, batch.project, batch.owner)
            for draft in encoded:
                added = memories.add(
                    tx, draft, batch, owner, batch.received_at, cause=cause_of(task), model="", cache=self._cache
                )
                if draft.after is not None:
                    graph.link_after(tx, batch.project, added, draft.after)
            tasks.release(tx, task, self._clock(), self._bell)
            return True

        return await self._database.write(write)

    async def batch(self, id: BatchId) -> Batch | None:
        return await self._database.read(lambda connection: messages.read_batch(connection, id))

    async def talk_before(self, batch: Batch, *, limit: int) -> list[Message]:
        """Less the messages that may no longer be learnt from."""
        return await self._database.read(lambda connection: messages.before_batch(connection, batch, limit))

    async def conversation(
        self, project: ProjectId, user: str, conversation: str, *, roles: Sequence[Role], limit: int
    ) -> list[Message]:
        return await self._database.read(
            lambda connection: messages.of_conversation(connection, project, user, conversation, roles, limit)
        )

    async def messages(self, project: ProjectId, ids: Sequence[MessageId]) -> Mapping[MessageId, Message]:
        return await self._database.read(lambda connection: messages.by_ids(connection, project, ids))

    async def memories(self, project: ProjectId, ids: Sequence[MemoryId]) -> list[Memory]:
        return await self._database.read(lambda connection: memories.by_ids(connection, project, ids))

    async def made_from(
        self, project: ProjectId, messages: Sequence[MessageId], *, retired: bool = False
    ) -> list[Memory]:
        return await self._database.read(lambda connection: memories.made_from(connection, project, messages, retired))

    async def ranked(self, project: ProjectId, ids: Sequence[MemoryId], *, model: str) -> list[Ranked]:
        return await self._database.read(
            lambda connection: memories.ranked(connection, project, ids, model, self._decoded)
        )

    async def browse(
        self, project: ProjectId, user: str, *, reach: Sequence[Reach], kinds: frozenset[Kind], offset: int, limit: int
    ) -> Page:
        return await self._database.read(
            lambda connection: memories.browse(
                connection, project, user, reach=reach, kinds=kinds, offset=offset, limit=limit
            )
        )

    async def versions(self, project: ProjectId, id: MemoryId) -> list[Memory]:
        return await self._database.read(lambda connection: memories.versions(connection, project, id))

    async def apply(self, edit: Edit) -> bool:
        changes = encode_changes(edit)
        return await self._database.write(lambda tx: edits.carry_out(tx, edit, changes, self._cache, self._bell))

    async def amend(self, amendment: Amendment) -> None:
        encoded = encode_change(amendment.change, amendment.vectors)
        await self._database.write(lambda tx: edits.amend(tx, amendment, encoded, self._cache))

    async def history(self, project: ProjectId, subject: str) -> list[Event]:
        return await self._database.read(lambda connection: events.of_subject(connection, project, subject))

    async def done_by(self, project: ProjectId, task: TaskId) -> list[tuple[Kind, Event]]:
        return await self._database.read(lambda connection: events.of_task(connection, project, task))

    async def believed(
        self, project: ProjectId, reaches: Sequence[Reach], kinds: frozenset[Kind], *, at: datetime, limit: int
    ) -> list[Memory]:
        return await self._database.read(
            lambda connection: events.believed(connection, project, reaches, kinds, at, limit)
        )

    async def erase_memories(self, project: ProjectId, ids: Sequence[MemoryId], *, by: Cause = BY_REQUEST) -> Erased:
        def erase(tx: Transaction) -> Erased:
            tx.after_commit(self._decoded.clear)
            return erasure.erase_memories(tx, project, ids, self._cache, self._clock(), by)

        return await self._database.write(erase)

    async def erase_user(self, project: ProjectId, user: str, *, by: Cause = BY_REQUEST) -> Erased:
        def erase(tx: Transaction) -> Portion:
            tx.after_commit(self._decoded.clear)
            return erasure.erase_user(tx, project, user, self._cache, self._bell, self._clock(), by)

        return await in_portions(lambda: self._database.write(erase))
