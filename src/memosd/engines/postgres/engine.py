"""The PostgreSQL engine: everything the ports ask for, on one database that many processes share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from memosd.domain.errors import Invalid
from memosd.engines.common.bell import Bell
from memosd.engines.common.decoded import DecodedCache
from memosd.engines.postgres import care, checks, rebuild, schema
from memosd.engines.postgres.archive import PostgresArchive
from memosd.engines.postgres.contents import PostgresBlobs, secret
from memosd.engines.postgres.database import Database, conninfo_of
from memosd.engines.postgres.embeddings import PostgresEmbeddings
from memosd.engines.postgres.files import PostgresFiles
from memosd.engines.postgres.graph import GraphIndex
from memosd.engines.postgres.keys import PostgresKeys
from memosd.engines.postgres.ledger import PostgresLedger
from memosd.engines.postgres.listener import Listener
from memosd.engines.postgres.permitted import Permitted
from memosd.engines.postgres.session import Session
from memosd.engines.postgres.storage import PostgresStorage
from memosd.engines.postgres.tasks import PostgresQueue
from memosd.engines.postgres.text import Postings, TextIndex, TextStatistics
from memosd.engines.postgres.timeline import TimeIndex
from memosd.engines.postgres.vectors import VectorIndex
from memosd.ports.archive import Archive
from memosd.ports.embeddings import EmbeddingStore
from memosd.ports.files import FileStore
from memosd.ports.index import Clock, Index, TermStatistics
from memosd.ports.ledger import Ledger
from memosd.ports.storage import Finding, KeyStore, Progress, Storage, TaskQueue

CONNECTIONS = 10
"""Of one process."""
DECODED = 12_000
"""Decoded memories kept in memory, some 5 KB each."""
POSTINGS = 64 * 1024 * 1024
"""Bytes of posting lists kept in memory."""
PERMITTED = 32 * 1024 * 1024
"""Bytes of the lists of what passes a filter kept in memory, 8 a memory."""


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class PostgresEngine:
    """One process's connections to the database. Close it when done; a process that dies before loses nothing.

    Of several processes none is special: each may answer requests, run tasks, or both.
    """

    storage: Storage
    queue: TaskQueue
    keys: KeyStore
    files: FileStore
    blobs: PostgresBlobs
    ledger: Ledger
    embeddings: EmbeddingStore
    indexes: tuple[Index, ...]
    """Named text, vector, graph and time."""
    statistics: TermStatistics
    archive: Archive
    database: Database
    _listener: Listener

    @classmethod
    async def open(cls, url: str, *, clock: Clock = utc_now, connections: int = CONNECTIONS) -> Self:
        """Connect, and bring the schema up to date where needed.

        url: of libpq, `postgresql://…`; with several hosts the one that can be written to is used. The database must
        have pgvector at hand, version 0.8 or newer.
        Raises `StorageUnavailable` if it cannot be reached or used, or a newer memosd wrote it.
        """
        database = Database(conninfo_of(url), connections=connections)
        async with database.apart() as connection:
            await schema.migrate(connection)
        bell, decoded = Bell(), DecodedCache(limit=DECODED)
        listener = Listener(database, bell, decoded.clear)
        postings = Postings(limit=POSTINGS)
        await database.open()
        listener.start()
        return cls(
            storage=PostgresStorage(database, decoded, listener, clock),
            queue=PostgresQueue(database, bell, listener, clock),
            keys=PostgresKeys(database),
            files=PostgresFiles(database, decoded, listener, clock),
            blobs=PostgresBlobs(database),
            ledger=PostgresLedger(database),
            embeddings=PostgresEmbeddings(database, clock),
            indexes=(
                TextIndex(database, postings, Permitted(limit=PERMITTED)),
                VectorIndex(database),
                GraphIndex(database),
                TimeIndex(database),
            ),
            statistics=TextStatistics(database, postings),
            archive=PostgresArchive(database, listener),
            database=database,
            _listener=listener,
        )

    async def secret(self, name: str) -> bytes:
        return await secret(self.database, name)

    async def findings(self) -> list[Finding]:
        """What is well and what is not, for `memosd doctor`. Reads the whole database."""
        async with self.database.apart() as connection, connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            return await checks.findings(Session(connection))

    async def rebuild(self, index: str, progress: Callable[[Progress], None]) -> None:
        """Make an index again from the records. Raises `Invalid` for a name that no index has."""
        match index:
            case "text":
                await rebuild.rebuild_text(self.database, progress)
            case "graph":
                await rebuild.rebuild_graph(self.database, progress)
            case "vector" | "time":  # the records themselves
                progress(Progress(1, 1, index))
            case _:
                raise Invalid(f"there is no index {index!r}, only {', '.join(i.name for i in self.indexes)}")

    async def compact(self, progress: Callable[[Progress], None]) -> None:
        """Remove contents that no file has, make every index again and write every table anew, which nobody can read or
        write meanwhile. What the server keeps beside its tables is its own to recycle: its log of changes (WAL),
        standbys, backups."""
        await self.blobs.sweep()
        for index in self.indexes:
            await self.rebuild(index.name, progress)
        await care.rewrite(self.database, progress)

    async def tend(self) -> list[str]:
        """Make statistics where there are none, make and drop the indexes of large owners' vectors."""
        return await care.tend(self.database)

    async def close(self) -> None:
        """May be called twice."""
        await self._listener.stop()
        await self.database.close()
