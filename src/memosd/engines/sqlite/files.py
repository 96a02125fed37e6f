"""Knowledge bases and files as rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import apsw

from memosd.domain.files import File, FileKind, FileRecord, KnowledgeBase
from memosd.domain.history import Cause
from memosd.domain.ids import BatchId, FileId, KnowledgeBaseId, ProjectId
from memosd.domain.scope import Owner, OwnerKind
from memosd.engines.common.bell import Bell
from memosd.engines.common.codec import Row, to_json
from memosd.engines.common.decoded import DecodedCache
from memosd.engines.common.files import decode_base, decode_file, decode_file_record, encode_base, encode_file
from memosd.engines.common.queue import WORK
from memosd.engines.sqlite import erasure
from memosd.engines.sqlite.database import Database, Transaction
from memosd.engines.sqlite.statements import fetch_all, fetch_one, fetch_value
from memosd.engines.sqlite.vectors import VectorCache
from memosd.ports.files import FilePage
from memosd.ports.index import Clock
from memosd.ports.storage import BY_REQUEST


def add(tx: Transaction, batch: int, files: Sequence[File]) -> None:
    """Write the files of a batch, given by its number."""
    for file in files:
        tx.run("files.add", (*encode_file(file), batch))
        tx.run("files.unlist_content", (file.project, file.digest))


def writable(connection: apsw.Connection, owner: Owner) -> bool:
    """Whether memories may be written for this owner: a knowledge base must still exist."""
    if owner.kind is not OwnerKind.KNOWLEDGE_BASE:
        return True
    return fetch_one(connection, "files.base_exists", (owner.id,)) is not None


def has_content(connection: apsw.Connection, project: str, digest: str) -> bool:
    """Whether a file of the project has it."""
    return fetch_one(connection, "files.has_content", (project, digest)) is not None


class SqliteFiles:
    """`memosd.ports.files.FileStore`."""

    def __init__(self, database: Database, cache: VectorCache, decoded: DecodedCache, bell: Bell, clock: Clock) -> None:
        self._database = database
        self._cache = cache
        self._decoded = decoded
        self._bell = bell
        self._clock = clock

    async def create_base(self, base: KnowledgeBase) -> None:
        row = encode_base(base)
        await self._database.write(lambda tx: tx.run("files.add_base", row))

    async def bases(self, project: ProjectId) -> list[KnowledgeBase]:
        rows = await self._database.read(lambda connection: fetch_all(connection, "files.bases", (project,)))
        return [decode_base(row) for row in rows]

    async def bases_named(self, ids: Sequence[KnowledgeBaseId]) -> Mapping[KnowledgeBaseId, KnowledgeBase]:
        asked = to_json(list(ids))
        rows = await self._database.read(lambda connection: fetch_all(connection, "files.bases_named", (asked,)))
        return {base.id: base for base in map(decode_base, rows)}

    async def erase_base(self, id: KnowledgeBaseId) -> None:
        def erase(tx: Transaction) -> None:
            ended = [task for (task,) in fetch_all(tx.connection, "files.tasks_of_uploads", (id,))]
            tx.run("files.drop_base", (id,))
            tx.run("files.drop_uploads", (id,))
            tx.after_answer(lambda: self._tell(ended))

        await self._database.write(erase)

    async def erase_orphans(self, *, limit: int) -> int:
        at = self._clock()

        def erase(tx: Transaction) -> int:
            found = fetch_all(tx.connection, "files.orphans", (limit,))
            self._erase(tx, found, at, BY_REQUEST)
            if len(found) < limit:
                tx.run("files.drop_orphaned_owners")
            return len(found)

        return await self._database.write(erase)

    async def files_named(self, ids: Sequence[FileId]) -> list[FileRecord]:
        asked = to_json(list(ids))
        rows = await self._database.read(lambda connection: fetch_all(connection, "files.named", (asked,)))
        return [decode_file_record(row) for row in rows]

    async def files_of_base(self, base: KnowledgeBaseId, *, kind: FileKind | None, offset: int, limit: int) -> FilePage:
        wanted = None if kind is None else kind.value

        def read(connection: apsw.Connection) -> FilePage:
            total = int(fetch_value(connection, "files.count_of_base", (base, wanted)))
            rows = fetch_all(connection, "files.of_base", (base, wanted, limit, offset))
            return FilePage(total, tuple(decode_file_record(row) for row in rows))

        return await self._database.read(read)

    async def files_of_batch(self, batch: BatchId) -> list[File]:
        rows = await self._database.read(lambda connection: fetch_all(connection, "files.of_batch", (batch,)))
        return [decode_file(row) for row in rows]

    async def update_file(self, file: File) -> bool:
        row = (file.name, file.size, file.digest, file.problem, file.id)

        def update(tx: Transaction) -> bool:
            if fetch_one(tx.connection, "files.update", row) is None:
                return False
            tx.run("files.unlist_content", (file.project, file.digest))
            return True

        return await self._database.write(update)

    async def erase_files(self, ids: Sequence[FileId], *, by: Cause = BY_REQUEST) -> None:
        at = self._clock()

        def erase(tx: Transaction) -> None:
            ended: list[str] = []
            for each in ids:
                ended += [task for (task,) in fetch_all(tx.connection, "files.tasks_of_upload", (each,))]
                self._erase(tx, fetch_all(tx.connection, "files.made_of", (each,)), at, by)
                tx.run("files.drop_upload", (each,))
            tx.after_answer(lambda: self._tell(ended))

        await self._database.write(erase)

    async def loose_blobs(self, *, limit: int) -> list[tuple[ProjectId, str]]:
        rows = await self._database.read(lambda connection: fetch_all(connection, "files.loose", (limit,)))
        return [(ProjectId(project), digest) for project, digest in rows]

    async def has_content(self, project: ProjectId, digest: str) -> bool:
        return await self._database.read(lambda connection: has_content(connection, project, digest))

    async def forget_blob(self, project: ProjectId, digest: str) -> None:
        await self._database.write(lambda tx: tx.run("files.unlist_content", (project, digest)))

    def _erase(self, tx: Transaction, memories: Sequence[Row], at: datetime, by: Cause) -> None:
        for memory in memories:
            erasure.erase(tx, memory, self._cache, at, by)
        tx.after_commit(self._decoded.clear)

    def _tell(self, ended: Sequence[str]) -> None:
        for name in (*ended, WORK):
            self._bell.ring(name)
