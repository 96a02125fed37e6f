"""Knowledge bases and files as rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from memosd.domain.files import File, FileKind, FileRecord, KnowledgeBase
from memosd.domain.history import Cause
from memosd.domain.ids import BatchId, FileId, KnowledgeBaseId, MemoryId, ProjectId
from memosd.domain.scope import Owner, OwnerKind
from memosd.engines.common.codec import Row, Value
from memosd.engines.common.decoded import DecodedCache
from memosd.engines.common.files import decode_base, decode_file, decode_file_record, encode_base, encode_file
from memosd.engines.common.queue import WORK
from memosd.engines.postgres import erasure
from memosd.engines.postgres.database import Database
from memosd.engines.postgres.listener import ERASED, Listener
from memosd.engines.postgres.locks import lock_names, lock_user, owner_lock
from memosd.engines.postgres.session import Session, Transaction
from memosd.engines.postgres.storable import original, storable
from memosd.ports.files import FilePage
from memosd.ports.index import Clock
from memosd.ports.storage import BY_REQUEST

UPLOADER = ""
"""Whose talk the messages of uploaded files are: nobody's."""


async def add(tx: Transaction, batch: int, files: Sequence[File]) -> None:
    """Write the files of a batch, given by its number."""
    await tx.run_many("files.add", [(*_storable(encode_file(file)), batch) for file in files])
    await tx.run_many("files.unlist_content", [{"project": f.project, "digest": f.digest} for f in files if f.digest])


async def add_base(tx: Transaction, base: KnowledgeBase) -> None:
    await tx.run("files.add_base", _storable(encode_base(base)))


async def writable(tx: Transaction, project: ProjectId, owner: Owner) -> bool:
    """Whether memories may be written for this owner, whose lock is held: a knowledge base must still exist."""
    if owner.kind is not OwnerKind.KNOWLEDGE_BASE:
        return True
    return await tx.fetch_one("files.base_exists", {"project": project, "id": owner.id}) is not None


class PostgresFiles:
    """`memosd.ports.files.FileStore`."""

    def __init__(self, database: Database, decoded: DecodedCache, listener: Listener, clock: Clock) -> None:
        self._database = database
        self._decoded = decoded
        self._listener = listener
        self._clock = clock

    async def create_base(self, base: KnowledgeBase) -> None:
        await self._database.write(lambda tx: add_base(tx, base))

    async def bases(self, project: ProjectId) -> list[KnowledgeBase]:
        return await self._database.read(lambda session: read_bases(session, project))

    async def bases_named(self, ids: Sequence[KnowledgeBaseId]) -> Mapping[KnowledgeBaseId, KnowledgeBase]:
        asked = {"ids": list(ids)}
        rows = await self._database.read(lambda session: session.fetch_all("files.bases_named", asked))
        return {base.id: base for base in (decode_base(_original(row)) for row in rows)}

    async def erase_base(self, id: KnowledgeBaseId) -> None:
        async def erase(tx: Transaction) -> None:
            project = await tx.fetch_value("files.project_of_base", {"id": id})
            if project is None:
                return
            scope = {"project": project, "id": id}
            await lock_user(tx, project, UPLOADER)
            await lock_names(tx, [owner_lock(project, Owner.base(id))])
            ended = await tx.fetch_all("files.tasks_of_base", scope)
            await tx.run("files.drop_base", scope)
            await tx.run("files.drop_uploads_of_base", scope)
            await self._end(tx, dict(ended))

        await self._database.write(erase)

    async def erase_orphans(self, *, limit: int) -> int:
        at = self._clock()

        async def erase(tx: Transaction) -> int:
            found = await tx.fetch_all("files.orphans", {"limit": limit})
            await lock_names(tx, {owner_lock(project, Owner.base(base)) for _, project, base in found})
            await self._erase(tx, [(own_id, project) for own_id, project, _ in found], at, BY_REQUEST)
            if len(found) < limit:
                await tx.run("files.drop_orphaned_owners")
            return len(found)

        return await self._database.write(erase)

    async def files_named(self, ids: Sequence[FileId]) -> list[FileRecord]:
        asked = {"ids": list(ids)}
        rows = await self._database.read(lambda session: session.fetch_all("files.named", asked))
        return [decode_file_record(_original(row)) for row in rows]

    async def files_of_base(self, base: KnowledgeBaseId, *, kind: FileKind | None, offset: int, limit: int) -> FilePage:
        asked = {"base": base, "kind": None if kind is None else kind.value}

        async def read(session: Session) -> FilePage:
            total = int(await session.fetch_value("files.count_of_base", asked))
            rows = await session.fetch_all("files.of_base", {**asked, "limit": limit, "offset": offset})
            return FilePage(total, tuple(decode_file_record(_original(row)) for row in rows))

        return await self._database.read(read, snapshot=True)

    async def files_of_batch(self, batch: BatchId) -> list[File]:
        rows = await self._database.read(lambda session: session.fetch_all("files.of_batch", {"batch": batch}))
        return [read_file(row) for row in rows]

    async def update_file(self, file: File) -> bool:
        learnt = {
            "project": file.project,
            "id": file.id,
            "name": storable(file.name),
            "size": file.size,
            "digest": file.digest,
            "problem": storable(file.problem),
        }

        async def update(tx: Transaction) -> bool:
            if await tx.fetch_one("files.update", learnt) is None:
                return False
            await tx.run("files.unlist_content", {"project": file.project, "digest": file.digest})
            return True

        return await self._database.write(update)

    async def erase_files(self, ids: Sequence[FileId], *, by: Cause = BY_REQUEST) -> None:
        at, asked = self._clock(), {"ids": list(ids)}

        async def erase(tx: Transaction) -> None:
            uploads = await tx.fetch_all("files.uploads", asked)
            for project in sorted({project for project, *_ in uploads}):
                await lock_user(tx, project, UPLOADER)
            made = await tx.fetch_all("files.made_of", asked)
            owners = {owner_lock(project, Owner(OwnerKind(kind), own_id)) for _, project, kind, own_id in made}
            bases = {owner_lock(project, Owner.base(base)) for project, base, *_ in uploads}
            await lock_names(tx, owners | bases | {lock for *_, lock in uploads})
            made = await tx.fetch_all("files.made_of", asked)
            await self._erase(tx, [(own_id, project) for own_id, project, *_ in made], at, by)
            await tx.run("files.drop_uploads", asked)
            await self._end(tx, {task: lock for *_, task, lock in uploads})

        await self._database.write(erase)

    async def loose_blobs(self, *, limit: int) -> list[tuple[ProjectId, str]]:
        rows = await self._database.read(lambda session: session.fetch_all("files.loose", {"limit": limit}))
        return [(ProjectId(project), digest) for project, digest in rows]

    async def has_content(self, project: ProjectId, digest: str) -> bool:
        content = {"project": project, "digest": digest}
        return await self._database.read(lambda session: session.fetch_one("files.has_content", content)) is not None

    async def forget_blob(self, project: ProjectId, digest: str) -> None:
        content = {"project": project, "digest": digest}
        await self._database.write(lambda tx: tx.run("files.unlist_content", content))

    async def _erase(
        self, tx: Transaction, memories: Sequence[tuple[MemoryId, ProjectId]], at: datetime, by: Cause
    ) -> None:
        """The owners' locks are held."""
        of_projects: dict[ProjectId, list[MemoryId]] = {}
        for own_id, project in memories:
            of_projects.setdefault(project, []).append(own_id)
        for project, ids in of_projects.items():
            await erasure.erase_known(tx, project, ids, at, by)
        tx.after_commit(self._forget)

    def _forget(self) -> None:
        self._decoded.clear()
        self._listener.tell([ERASED])

    async def _end(self, tx: Transaction, ended: Mapping[str, str]) -> None:
        """The tasks (with their locks) are gone: others may be the first of their lock now, and those who waited for
        them need not any longer."""
        await tx.run("tasks.advance", {"locks": sorted(set(ended.values()))})
        tx.after_commit(lambda: self._listener.tell([*ended, WORK]))


async def read_bases(session: Session, project: ProjectId) -> list[KnowledgeBase]:
    rows = await session.fetch_all("files.bases", {"project": project})
    return [decode_base(_original(row)) for row in rows]


def read_file(row: Row) -> File:
    return decode_file(_original(row))


def _storable(row: tuple[Value, ...]) -> tuple[Value, ...]:
    return tuple(storable(value) if isinstance(value, str) else value for value in row)


def _original(row: Row) -> Row:
    return tuple(original(value) if isinstance(value, str) else value for value in row)
