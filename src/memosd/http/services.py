"""What the endpoints work with."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from memosd.domain.files import File, KnowledgeBase
from memosd.domain.history import Cause
from memosd.domain.ids import FileId, KnowledgeBaseId, TaskId
from memosd.domain.messages import Batch
from memosd.domain.search import Query, Recollection
from memosd.flows.amend import AmendMemory
from memosd.flows.chat import Chat
from memosd.flows.extract import Extracted
from memosd.flows.rerank import Rerank
from memosd.flows.shelf import Content, Incoming
from memosd.http.links import SkillLinks
from memosd.ports.files import Blobs, FileStore
from memosd.ports.index import Clock
from memosd.ports.ledger import Ledger
from memosd.ports.storage import Finding, KeyStore, Storage, TaskQueue
from memosd.wire.limits import Limits


class Accepting(Protocol):
    def __call__(self, batch: Batch, files: Sequence[tuple[File, Content]] = ()) -> Awaitable[TaskId]: ...


class Shelving(Protocol):
    """`flows.shelf.Shelf`, as far as the endpoints use it."""

    @property
    def blobs(self) -> Blobs: ...

    async def upload(self, base: KnowledgeBase, incoming: Sequence[Incoming], *, at: datetime) -> list[File]: ...

    async def erase_base(self, base: KnowledgeBaseId) -> None: ...

    async def erase_files(self, ids: Sequence[FileId], *, by: Cause) -> None: ...

    async def tidy(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Services:
    """accept: stores a batch durably and names the task that refines it. correct: the same for feedback,
    with the knowledge bases that it may correct. amend: changes one memory. settled: returns when all that was accepted
    before can be found. ready: what is to be well before traffic may
    come. count_tokens: by the vocabulary that the limits are stated in."""

    storage: Storage
    queue: TaskQueue
    keys: KeyStore
    ledger: Ledger
    clock: Clock
    files: FileStore
    shelf: Shelving
    skill_links: SkillLinks
    accept: Accepting
    correct: Callable[[Batch, tuple[str, ...]], Awaitable[TaskId]]
    settled: Callable[[], Awaitable[None]]
    amend: AmendMemory
    recall: Callable[[Query], Awaitable[Recollection]]
    chat: Chat
    extract: Callable[[Batch], Awaitable[Extracted]]
    rerank: Rerank
    ready: Callable[[], Awaitable[list[Finding]]]
    count_tokens: Callable[[str], int]
    limits: Limits
