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
from memosd.engines.common.codec import EncodedContent, encode_batch, encode_change, encode_changes, encode_memory
from memosd.engines.common.decoded import DecodedCache
from memosd.engines.common.erasure import Portion, in_portions
from memosd.engines.postgres import edits, erasure, events, graph, memories, messages, tasks
from memosd.engines.postgres import files as attached
from memosd.engines.postgres.database import Database
from memosd.engines.postgres.listener import ERASED, Listener
from memosd.engines.postgres.locks import lock_names, lock_user, owner_lock
from memosd.engines.postgres.session import Transaction
from memosd.ports.index import Clock
from memosd.ports.storage import AT_ONCE, BY_REQUEST, Amendment, Edit, Erased, Page, Ranked


class PostgresStorage:
    """`memosd.ports.storage.Storage`, with the text, vector, graph and time indexes in the same transactions."""

    def __init__(self, database: Database, decoded: DecodedCache, listener: Listener, clock: Clock) -> None:
        self._database = database
        self._decoded = decoded
        self._listener = listener
        self._clock = clock

    async def accept(self, batch: Batch, *, task: Task, files: Sequence[File] = (), hold: timedelta = AT_ONCE) -> None:
        columns = encode_batch(batch)
        said = [messages.encode(message) for message in batch.messages]
        now = self._clock()

        async def write(tx: Transaction) -> None:
            await lock_user(tx, batch.project, batch.user)
            await lock_names(tx, [owner_lock(batch.project, batch.owner), task.lock])
            number = await messages.add_batch(tx, batch, columns, said)
            await attached.add(tx, number, files)
            await tasks.add(tx, task, number, now, self._listener, hold=hold)

        await self._database.write(write)

    async def draft(self, batch: Batch, drafts: Sequence[Add], *, task: Task) -> bool:
        encoded = [encode_memory(draft.id, draft.content, after=draft.after) for draft in drafts]

        async def write(tx: Transaction) -> bool:
            await lock_user(tx, batch.project, batch.user)
            await lock_names(tx, [owner_lock(batch.project, batch.owner), task.lock])
            if not await tasks.undisturbed(tx, task) or not await attached.writable(tx, batch.project, batch.owner):
                return False
            await _add_drafts(tx, batch, encoded, cause_of(task))
            await tasks.release(tx, task, self._clock(), self._listener)
            return True

        return await self._database.write(write)

    async def batch(self, id: BatchId) -> Batch | None:
        return await self._database.read(lambda session: messages.read_batch(session, id), snapshot=True)

    async def talk_before(self, batch: Batch, *, limit: int) -> list[Message]:
        """Less the messages that may no longer be learnt from."""
        return await self._database.read(lambda session: messages.before_batch(session, batch, limit))

    async def conversation(
        self, project: ProjectId, user: str, conversation: str, *, roles: Sequence[Role], limit: int
    ) -> list[Message]:
        return await self._database.read(
            lambda session: messages.of_conversation(session, project, user, conversation, roles, limit)
        )

    async def messages(self, project: ProjectId, ids: Sequence[MessageId]) -> Mapping[MessageId, Message]:
        return await self._database.read(lambda session: messages.by_ids(session, project, ids))

    async def memories(self, project: ProjectId, ids: Sequence[MemoryId]) -> list[Memory]:
        return await self._database.read(lambda session: memories.by_ids(session, project, ids))

    async def made_from(
        self, project: ProjectId, messages: Sequence[MessageId], *, retired: bool = False
    ) -> list[Memory]:
        return await self._database.read(lambda session: memories.made_from(session, project, messages, retired))

    async def ranked(self, project: ProjectId, ids: Sequence[MemoryId], *, model: str) -> list[Ranked]:
        return await self._database.read(
            lambda session: memories.ranked(session, project, ids, model, self._decoded), snapshot=True
        )

    async def browse(
        self, project: ProjectId, user: str, *, reach: Sequence[Reach], kinds: frozenset[Kind], offset: int, limit: int
    ) -> Page:
        return await self._database.read(
            lambda session: memories.browse(
                session, project, user, reach=reach, kinds=kinds, offset=offset, limit=limit
            ),
            snapshot=True,
        )

    async def versions(self, project: ProjectId, id: MemoryId) -> list[Memory]:
        return await self._database.read(lambda session: memories.versions(session, project, id))

    async def apply(self, edit: Edit) -> bool:
        changes = encode_changes(edit)
        return await self._database.write(lambda tx: edits.carry_out(tx, edit, changes, self._listener))

    async def amend(self, amendment: Amendment) -> None:
        encoded = encode_change(amendment.change, amendment.vectors)
        await self._database.write(lambda tx: edits.amend(tx, amendment, encoded))

    async def history(self, project: ProjectId, subject: str) -> list[Event]:
        return await self._database.read(lambda session: events.of_subject(session, project, subject))

    async def done_by(self, project: ProjectId, task: TaskId) -> list[tuple[Kind, Event]]:
        return await self._database.read(lambda session: events.of_task(session, project, task))

    async def believed(
        self, project: ProjectId, reaches: Sequence[Reach], kinds: frozenset[Kind], *, at: datetime, limit: int
    ) -> list[Memory]:
        return await self._database.read(
            lambda session: events.believed(session, project, reaches, kinds, at, limit), snapshot=True
        )

    async def erase_memories(self, project: ProjectId, ids: Sequence[MemoryId], *, by: Cause = BY_REQUEST) -> Erased:
        at = self._clock()

        async def erase(tx: Transaction) -> Erased:
            tx.after_commit(self._forget)
            return await erasure.erase_memories(tx, project, ids, at, by)

        return await self._database.write(erase)

    async def erase_user(self, project: ProjectId, user: str, *, by: Cause = BY_REQUEST) -> Erased:
        at = self._clock()

        async def erase(tx: Transaction) -> Portion:
            tx.after_commit(self._forget)
            return await erasure.erase_user(tx, project, user, self._listener, at, by)

        return await in_portions(lambda: self._database.write(erase))

    def _forget(self) -> None:
        self._decoded.clear()
        self._listener.tell([ERASED])


async def _add_drafts(tx: Transaction, batch: Batch, drafts: Sequence[EncodedContent], cause: Cause) -> None:
    owner = await memories.ensure_owner(tx, batch.project, batch.owner)
    place = memories.Place(batch.project, owner, batch.received_at, cause)
    for number, draft in zip(await memories.numbers(tx, len(drafts)), drafts, strict=True):
        await memories.add(tx, draft, batch, place, number)
        await memories.made(tx, draft, place)
        if draft.after is not None:
            await graph.link_after(tx, batch.project, number, draft.after)
    if not all(draft.draft for draft in drafts):  # what is refined already stands in posting lists
        await tx.run("memories.stamp_owners", {"project": batch.project, "owners": [owner]})
