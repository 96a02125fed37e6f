"""Everything that a database gives: what `bootstrap` joins, whichever it is."""

from collections.abc import Callable
from typing import Protocol

from memosd.ports.archive import Archive
from memosd.ports.embeddings import EmbeddingStore
from memosd.ports.files import Blobs, FileStore
from memosd.ports.index import Index, TermStatistics
from memosd.ports.ledger import Ledger
from memosd.ports.storage import Finding, KeyStore, Progress, Storage, TaskQueue

SECRET_BYTES = 32


class Engine(Protocol):
    @property
    def storage(self) -> Storage: ...

    @property
    def queue(self) -> TaskQueue: ...

    @property
    def keys(self) -> KeyStore: ...

    @property
    def ledger(self) -> Ledger: ...

    @property
    def files(self) -> FileStore: ...

    @property
    def blobs(self) -> Blobs: ...

    @property
    def embeddings(self) -> EmbeddingStore: ...

    @property
    def indexes(self) -> tuple[Index, ...]:
        """Named text, vector, graph and time."""
        ...

    @property
    def statistics(self) -> TermStatistics: ...

    @property
    def archive(self) -> Archive: ...

    async def secret(self, name: str) -> bytes:
        """`SECRET_BYTES` random bytes, made when they are first asked for; the same for all who share the records."""
        ...

    async def findings(self) -> list[Finding]:
        """What is well and what is not, for `memosd doctor`. Reads the whole database."""
        ...

    async def rebuild(self, index: str, progress: Callable[[Progress], None]) -> None:
        """Make an index again from the records. Raises `Invalid` for a name that no index has."""
        ...

    async def compact(self, progress: Callable[[Progress], None]) -> None:
        """Leave nothing of what was deleted in any file: every index is made again, the database is written anew."""
        ...

    async def tend(self) -> list[str]:
        """See to what grows, as far as it is time; says what was done. To be called now and then, in the background."""
        ...

    async def close(self) -> None: ...
