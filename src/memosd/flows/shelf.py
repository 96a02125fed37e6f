"""Put files into knowledge bases and beside messages, and take files and bases away again."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from memosd.domain.errors import MemosdError
from memosd.domain.files import File, FileKind, KnowledgeBase
from memosd.domain.history import Cause
from memosd.domain.ids import BatchId, FileId, KnowledgeBaseId, MessageId, ProjectId, TaskId, new_id
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner
from memosd.domain.tasks import Study, Task
from memosd.ports.files import Blobs, FileStore
from memosd.ports.storage import AT_ONCE, ERASED_AT_ONCE, Storage

SWEPT_AT_ONCE = 100
MAX_FILE = 100 << 20
NOBODY = ""
"""Whose talk the message of an uploaded file is."""

Content = AsyncIterator[bytes] | None
"""The bytes of a file; None while they are still to be fetched from its URL."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file on its way into a base: its content, or a `url` from which it will be fetched."""

    name: str
    kind: FileKind
    content: Content = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """max_file: bytes of one file."""

    storage: Storage
    files: FileStore
    blobs: Blobs
    max_file: int = MAX_FILE

    async def upload(self, base: KnowledgeBase, incoming: Sequence[Incoming], *, at: datetime) -> list[File]:
        """Each file is durable, with the task that reads it, when this returns. Raises `FileTooLarge`: then those
        before it are in."""
        return [await self._upload(base, one, at) for one in incoming]

    async def _upload(self, base: KnowledgeBase, incoming: Incoming, at: datetime) -> File:
        owner = Owner.base(base.id)
        message = Message(MessageId(new_id("msg")), Role.SYSTEM, incoming.name, at)
        batch = Batch(BatchId(new_id("batch")), base.project, NOBODY, "", owner, (message,), at)
        task = Task(TaskId(new_id("task")), base.project, Study(batch.id), lock=f"{base.project}/{owner}")
        file = File(
            id=FileId(new_id("file")),
            project=base.project,
            message=message.id,
            kind=incoming.kind,
            name=incoming.name,
            size=0,
            digest="",
            created_at=at,
            base=base.id,
            url=incoming.url,
        )
        [file] = await self.accept(batch, task, [(file, incoming.content)])
        return file

    async def accept(
        self, batch: Batch, task: Task, parts: Sequence[tuple[File, Content]], *, hold: timedelta = AT_ONCE
    ) -> list[File]:
        """Write a batch with its task, its files and their contents. Raises `FileTooLarge`."""
        async with AsyncExitStack() as arriving:
            staged = [
                await arriving.enter_async_context(self.blobs.stage(content, limit=self.max_file)) if content else None
                for _, content in parts
            ]
            files = [
                replace(file, digest=s.digest, size=s.size) if s else file
                for (file, _), s in zip(parts, staged, strict=True)
            ]
            async with self.blobs.changing:
                for s in filter(None, staged):
                    await self.blobs.keep(batch.project, s)
                try:
                    await self.storage.accept(batch, task=task, files=files, hold=hold)
                except MemosdError:
                    for s in filter(None, staged):
                        await self._drop(batch.project, s.digest)
                    raise
        return files

    async def fetched(self, file: File, content: AsyncIterator[bytes], *, name: str) -> File:
        """The file with the content that its URL has given; this is dropped if the file is gone meanwhile. Raises
        `FileTooLarge`."""
        async with self.blobs.stage(content, limit=self.max_file) as staged, self.blobs.changing:
            await self.blobs.keep(file.project, staged)
            file = replace(file, digest=staged.digest, size=staged.size, name=name)
            if not await self.files.update_file(file):
                await self._drop(file.project, file.digest)
        return file

    async def erase_base(self, base: KnowledgeBaseId) -> None:
        """The base is gone for everybody at once; what it held is removed before this returns."""
        await self.files.erase_base(base)
        await self.tidy()

    async def erase_files(self, ids: Sequence[FileId], *, by: Cause) -> None:
        await self.files.erase_files(ids, by=by)
        await self.tidy()

    async def tidy(self) -> None:
        """Remove what nothing leads to any more: memories of bases that are gone, contents that no file has."""
        while await self.files.erase_orphans(limit=ERASED_AT_ONCE) == ERASED_AT_ONCE:
            pass
        while loose := await self.files.loose_blobs(limit=SWEPT_AT_ONCE):
            for project, digest in loose:
                async with self.blobs.changing:
                    await self._drop(project, digest)

    async def _drop(self, project: ProjectId, digest: str) -> None:
        """The content first: while it is listed, whoever tidies next tries again."""
        if not await self.files.has_content(project, digest):
            await self.blobs.drop(project, digest)
            await self.files.forget_blob(project, digest)
