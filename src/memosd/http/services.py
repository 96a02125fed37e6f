"""What the endpoints work with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from memosd.domain.ids import TaskId
from memosd.domain.messages import Batch
from memosd.domain.search import Query, Recollection
from memosd.flows.chat import Chat
from memosd.flows.extract import Extracted
from memosd.flows.rerank import Rerank
from memosd.ports.index import Clock
from memosd.ports.ledger import Ledger
from memosd.ports.storage import Finding, KeyStore, Storage, TaskQueue
from memosd.wire.limits import Limits


@dataclass(frozen=True, slots=True)
class Services:
    """accept: stores a batch durably and names the task that refines it. settled: returns when all that was accepted
    before can be found. ready: what is to be well before traffic may
    come. count_tokens: by the vocabulary that the limits are stated in."""

    storage: Storage
    queue: TaskQueue
    keys: KeyStore
    ledger: Ledger
    clock: Clock
    accept: Callable[[Batch], Awaitable[TaskId]]
    settled: Callable[[], Awaitable[None]]
    recall: Callable[[Query], Awaitable[Recollection]]
    chat: Chat
    extract: Callable[[Batch], Awaitable[Extracted]]
    rerank: Rerank
    ready: Callable[[], Awaitable[list[Finding]]]
    count_tokens: Callable[[str], int]
    limits: Limits
