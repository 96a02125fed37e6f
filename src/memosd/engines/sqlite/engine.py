"""The SQLite engine: everything the ports ask for, on one data directory."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import apsw

from memosd.domain.errors import Invalid, StorageUnavailable
from memosd.engines.common.bell import Bell
from memosd.engines.common.decoded import DecodedCache
from memosd.engines.sqlite import checks, rebuild, schema, tasks
from memosd.engines.sqlite.archive import SqliteArchive
from memosd.engines.sqlite.blobs import BlobDirectory
from memosd.engines.sqlite.calls import unavailable
from memosd.engines.sqlite.changes import SqliteChanges
from memosd.engines.sqlite.database import Database, connect
from memosd.engines.sqlite.embeddings import SqliteEmbeddings
from memosd.engines.sqlite.files import SqliteFiles
from memosd.engines.sqlite.graph import GraphIndex
from memosd.engines.sqlite.keys import SqliteKeys
from memosd.engines.sqlite.ledger import SqliteLedger
from memosd.engines.sqlite.lock import DirectoryLock
from memosd.engines.sqlite.permitted import Permitted
from memosd.engines.sqlite.postings import Postings
from memosd.engines.sqlite.secret import secret
from memosd.engines.sqlite.storage import SqliteStorage
from memosd.engines.sqlite.tasks import SqliteQueue
from memosd.engines.sqlite.text import TextIndex, TextStatistics
from memosd.engines.sqlite.timeline import TimeIndex
from memosd.engines.sqlite.vectors import VectorCache, VectorIndex
from memosd.ports.archive import Archive
from memosd.ports.embeddings import EmbeddingStore
from memosd.ports.files import FileStore
from memosd.ports.index import Clock, Index, TermStatistics
from memosd.ports.ledger import Ledger
from memosd.ports.projection import Changes
from memosd.ports.storage import Finding, KeyStore, Progress, Storage, TaskQueue

DATABASE = "memosd.db"
LOCK = "memosd.lock"
BLOBS = "blobs"
VECTOR_BYTES = 512 * 1024 * 1024
DECODED = 12_000
"""Decoded memories kept in memory, some 5 KB each."""
POSTINGS = 64 * 1024 * 1024
"""Bytes of posting lists kept in memory."""
PERMITTED = 32 * 1024 * 1024
"""Bytes of the lists of what passes a filter kept in memory, 8 a memory."""


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class SqliteEngine:
    """One open data directory. Close it when done; a process that dies without doing so loses nothing."""

    directory: Path
    storage: Storage
    queue: TaskQueue
    keys: KeyStore
    files: FileStore
    blobs: BlobDirectory
    ledger: Ledger
    embeddings: EmbeddingStore
    archive: Archive
    changes: Changes
    indexes: tuple[Index, ...]
    """Named text, vector, graph and time."""
    statistics: TermStatistics
    database: Database
    _cache: VectorCache
    _postings: Postings
    _lock: DirectoryLock | None

    @classmethod
    def open(
        cls, directory: Path, *, exclusive: bool = True, clock: Clock = utc_now, vector_bytes: int = VECTOR_BYTES
    ) -> Self:
        """Open the directory, making it and bringing its schema up to date where needed.

        exclusive: as the one server of the directory; tasks that a dead server was running are claimable again.
        Without it, for a look or a change of keys beside a running server.
        vector_bytes: how much of the vectors is kept in memory.
        Raises `StorageUnavailable` if another server has it, it cannot be written, or a newer memosd wrote it.
        """
        try:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StorageUnavailable(f"the data directory {directory} cannot be made: {error.strerror}") from error
        lock = DirectoryLock(directory / LOCK) if exclusive else None
        try:
            connection = _connection(directory, clock, exclusive=exclusive)
        except StorageUnavailable:
            if lock is not None:
                lock.release()
            raise
        database = Database(directory / DATABASE, connection)
        blobs = BlobDirectory(directory / BLOBS, database)
        if exclusive:
            blobs.clear()
        cache, bell = VectorCache(limit=vector_bytes), Bell()
        decoded = DecodedCache(limit=DECODED)
        postings, permitted = Postings(database, limit=POSTINGS), Permitted(database, limit=PERMITTED)
        return cls(
            directory=directory,
            storage=SqliteStorage(database, cache, decoded, bell, clock),
            queue=SqliteQueue(database, bell, clock),
            keys=SqliteKeys(database),
            files=SqliteFiles(database, cache, decoded, bell, clock),
            blobs=blobs,
            ledger=SqliteLedger(database),
            embeddings=SqliteEmbeddings(database, cache, clock),
            archive=SqliteArchive(database, cache, bell),
            changes=SqliteChanges(database),
            indexes=(
                TextIndex(database, postings, permitted),
                VectorIndex(database, cache, permitted),
                GraphIndex(database),
                TimeIndex(database),
            ),
            statistics=TextStatistics(database, postings),
            database=database,
            _cache=cache,
            _postings=postings,
            _lock=lock,
        )

    async def secret(self, name: str) -> bytes:
        return await secret(self.directory, name)

    async def findings(self) -> list[Finding]:
        """What is well and what is not, for `memosd doctor`. Reads the whole database."""
        return await self.database.read_apart(lambda connection: checks.findings(connection, self.directory))

    async def rebuild(self, index: str, progress: Callable[[Progress], None]) -> None:
        """Make an index again from the records. Raises `Invalid` for a name that no index has."""
        match index:
            case "text":
                await rebuild.rebuild_text(self.database, progress)
                self._postings.clear()  # what was read of the index that is no more
            case "graph":
                await rebuild.rebuild_graph(self.database, progress)
            case "vector":
                self._cache.clear()
                progress(Progress(1, 1, index))
            case "time":  # columns of the records themselves
                progress(Progress(1, 1, index))
            case _:
                raise Invalid(f"there is no index {index!r}, only {', '.join(i.name for i in self.indexes)}")

    async def compact(self, progress: Callable[[Progress], None]) -> None:
        """Leave nothing of what was deleted in any file: contents that no file has are removed, every index is made
        again, the database is written anew."""
        await self.blobs.sweep()
        for index in self.indexes:
            await self.rebuild(index.name, progress)
        await self.database.compact()

    async def tend(self) -> list[str]:
        """Nothing: SQLite keeps its indexes in order with each commit."""
        return []

    async def close(self) -> None:
        await self.database.close()
        if self._lock is not None:
            self._lock.release()


def _connection(directory: Path, clock: Clock, *, exclusive: bool) -> apsw.Connection:
    """The writer's connection, with the schema up to date."""
    connection = connect(directory / DATABASE, create=True)
    try:
        if exclusive:
            schema.migrate(connection)
            tasks.free_all(connection, clock())
        elif schema.recorded_version(connection) < schema.migrations()[-1][0]:
            lock = DirectoryLock(directory / LOCK)
            try:
                schema.migrate(connection)
            finally:
                lock.release()
    except apsw.Error as error:
        connection.close()
        raise unavailable(error) from error
    except StorageUnavailable:
        connection.close()
        raise
    return connection
