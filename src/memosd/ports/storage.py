"""The record of truth: what was said, what is believed, what is still to do.

Every method is one transaction: it happens whole or not at all, and has been made durable when it returns; only
`erase_user` may take several. An engine keeps the text, vector and graph indexes that live in the same database in step
inside that transaction.
Raises `StorageUnavailable` when the database cannot be read or written for now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from memosd.domain.access import ApiKey, Project
from memosd.domain.changes import Add, Change, Restore, Retire, Revise
from memosd.domain.files import File
from memosd.domain.history import Cause, CauseKind, Event
from memosd.domain.ids import BatchId, KeyId, MemoryId, MessageId, ProjectId, TaskId
from memosd.domain.memories import Kind, Memory
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner, Reach
from memosd.domain.tasks import Outcome, Task, TaskRecord
from memosd.ports.models import Vectors


@dataclass(frozen=True, slots=True)
class Edit:
    """What one task does to one owner's memories, written with the task's completion in one transaction.

    vectors: the embeddings of each added or revised memory, shape (number of keys, or 1 if none, dimensions).
    note: what the task's record says of its outcome. goes_on: the task has not ended, more edits follow.
    owners: of memories that are not the batch's owner's.
    """

    task: Task
    batch: Batch
    changes: tuple[Change, ...]
    vectors: Mapping[MemoryId, Vectors]
    model: str
    at: datetime
    note: str = ""
    goes_on: bool = False
    owners: Mapping[MemoryId, Owner] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Amendment:
    """A change that a request makes to one memory, outside any task. vectors: as those of `Edit`."""

    project: ProjectId
    owner: Owner
    change: Revise | Retire | Restore
    cause: Cause
    at: datetime
    vectors: Vectors | None = None
    model: str = ""


AT_ONCE = timedelta()
ERASED_AT_ONCE = 500
"""Memories, or batches of messages, that are removed in one transaction: others can write in between."""
BY_REQUEST = Cause(CauseKind.KEY)
"""Whose id is not known."""


@dataclass(frozen=True, slots=True)
class Page:
    """`total` counts all that match; `memories` is the page asked for, newest first."""

    total: int
    memories: tuple[Memory, ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """What ranking needs of a candidate. vectors: shape (keys, dimensions), of the model asked for; may have 0 rows.
    words: the distinct terms of its content. before: the memory that it follows in its conversation."""

    memory: Memory
    vectors: Vectors
    words: frozenset[str]
    before: MemoryId | None = None


@dataclass(frozen=True, slots=True)
class Erased:
    """What a deletion found. `foreign` ids belong to another project, `unknown` to none; if either is not empty
    nothing was deleted."""

    deleted: int = 0
    foreign: tuple[MemoryId, ...] = ()
    unknown: tuple[MemoryId, ...] = ()


class Storage(Protocol):
    async def accept(self, batch: Batch, *, task: Task, files: Sequence[File] = (), hold: timedelta = AT_ONCE) -> None:
        """Write the messages, the files that came with them, and the task that makes memories of them.

        hold: nobody begins with the task before its first form is written (`draft`) or this time is over.
        """
        ...

    async def draft(self, batch: Batch, drafts: Sequence[Add], *, task: Task) -> bool:
        """Write the first form of an accepted batch; its task need wait no longer. False, and nothing done, unless the
        task still waits, or is run under this lease: nobody else may be refining the batch meanwhile."""
        ...

    async def batch(self, id: BatchId) -> Batch | None:
        """A batch as accepted, less the messages that may no longer be learnt from; None if it was erased."""
        ...

    async def talk_before(self, batch: Batch, *, limit: int) -> list[Message]:
        """The last `limit` messages of the same user's conversation before the batch, in order: of those that were for
        the same owner, since what is made of the batch may quote them. A copy for another owner, whose conversation is
        empty, has none before it."""
        ...

    async def conversation(
        self, project: ProjectId, user: str, conversation: str, *, roles: Sequence[Role], limit: int
    ) -> list[Message]:
        """The last `limit` messages with one of the roles, in order of time."""
        ...

    async def messages(self, project: ProjectId, ids: Sequence[MessageId]) -> Mapping[MessageId, Message]: ...

    async def memories(self, project: ProjectId, ids: Sequence[MemoryId]) -> list[Memory]:
        """Those that exist, in the order asked, retired ones too."""
        ...

    async def made_from(
        self, project: ProjectId, messages: Sequence[MessageId], *, retired: bool = False
    ) -> list[Memory]:
        """The live memories that cite any of these messages, and the retired ones if asked for, oldest first."""
        ...

    async def ranked(self, project: ProjectId, ids: Sequence[MemoryId], *, model: str) -> list[Ranked]:
        """Candidates with all that ranking needs, in the order asked."""
        ...

    async def apply(self, edit: Edit) -> bool:
        """Make the changes and settle the task, once.

        False, and nothing done, if the lease was lost or the batch erased. Into a knowledge base that was deleted
        nothing is written, and the task ends saying so. Of several changes to one memory each names the version it had
        before the edit; once one of them has retired it, the others are left out.

        Raises `Outdated`, with nothing done, unless every memory that is to be changed is still live in that version,
        and of that owner; `Unavailable` for vectors of another model than the active one, see `ports.embeddings`.
        """
        ...

    async def browse(
        self, project: ProjectId, user: str, *, reach: Sequence[Reach], kinds: frozenset[Kind], offset: int, limit: int
    ) -> Page:
        """The live memories made from this user's talk, within the reach, newest first."""
        ...

    async def versions(self, project: ProjectId, id: MemoryId) -> list[Memory]:
        """Every version of a memory, oldest first; the last is the current one."""
        ...

    async def amend(self, amendment: Amendment) -> None:
        """Make one change.

        Raises `Outdated`, with nothing done, unless the memory is still live (retired, for one to be restored) in the
        version that the change names, and of that owner; `Unavailable` for vectors of another model than the active
        one.
        """
        ...

    async def history(self, project: ProjectId, subject: str) -> list[Event]:
        """The events of a memory (or the receipt of a user's deletion, see `Event.subject`), in order."""
        ...

    async def done_by(self, project: ProjectId, task: TaskId) -> list[tuple[Kind, Event]]:
        """What a task did to memories that still exist, in order, each event with the kind of its memory."""
        ...

    async def believed(
        self, project: ProjectId, reaches: Sequence[Reach], kinds: frozenset[Kind], *, at: datetime, limit: int
    ) -> list[Memory]:
        """The memories that were live at that time, as they were then; up to `limit` of each reach, newest first.

        What has been deleted since is not among them.
        """
        ...

    async def erase_memories(self, project: ProjectId, ids: Sequence[MemoryId], *, by: Cause = BY_REQUEST) -> Erased:
        """Delete memories, all versions, from records and indexes; all of the ids or none of them.

        Of their events a receipt stays: the id, the time and `by`.

        A message whose every memory was deleted is not learnt from again.
        """
        ...

    async def erase_user(self, project: ProjectId, user: str, *, by: Cause = BY_REQUEST) -> Erased:
        """Delete all that came from one user: messages, tasks, memories (public ones too), graph.

        When it returns nothing of the user is there, and no task that could make something again. Of more than
        `ERASED_AT_ONCE` it takes several transactions, the messages, newest first, before the memories: one that is
        interrupted has deleted a part, and done again deletes the rest. `deleted` counts memories and messages.
        """
        ...


class TaskQueue(Protocol):
    async def claim(self, *, limit: int, lease: timedelta) -> list[Task]:
        """Ready tasks, oldest first, never two of one lock at once, never past an unfinished older task of the lock."""
        ...

    async def enqueue(self, task: Task) -> bool:
        """Add a task that needs no batch. False, and nothing done, if an unfinished one has its lock."""
        ...

    async def following(self, task: Task) -> Task | None:
        """The next waiting task of the same lock, without a lease: it can be claimed once this one has ended."""
        ...

    async def renew(self, tasks: Sequence[Task], *, lease: timedelta) -> None:
        """Extend the leases still held."""
        ...

    async def settle(self, task: Task, outcome: Outcome) -> bool:
        """Record how a run ended. False, and nothing done, if the lease was lost."""
        ...

    async def note(self, task: Task, text: str) -> None:
        """What a running task's record says of how far it is. Nothing is done if the lease was lost."""
        ...

    async def record(self, project: ProjectId, id: TaskId) -> TaskRecord | None: ...

    async def backlog(self) -> "Backlog": ...

    async def wait(self, *, at_most: timedelta) -> None:
        """Return when there may be something to claim, or after that time."""
        ...

    async def finished(self, project: ProjectId, id: TaskId, *, at_most: timedelta) -> TaskRecord | None:
        """Wait until the task is done or has failed; its record then, or as it is after that time."""
        ...


@dataclass(frozen=True, slots=True)
class Backlog:
    waiting: int
    running: int
    failed: int
    oldest_waiting: datetime | None = None


class KeyStore(Protocol):
    async def create_project(self, project: Project) -> None:
        """Raises `Invalid` if the name is taken."""
        ...

    async def projects(self) -> list[Project]: ...

    async def create_key(self, key: ApiKey, *, digest: bytes) -> None: ...

    async def keys(self, project: ProjectId | None = None) -> list[ApiKey]: ...

    async def revoke_key(self, id: KeyId, *, at: datetime) -> bool:
        """False if there is no such key."""
        ...

    async def key_by_digest(self, digest: bytes) -> ApiKey | None: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing `memosd doctor` looked at. `advice` says what to do if it is not well."""

    check: str
    well: bool
    detail: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    done: int
    total: int
    step: str = field(default="")
