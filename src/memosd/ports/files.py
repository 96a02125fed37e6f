"""Knowledge bases and files as records, and the content of files.

As in `ports.storage` every method is one transaction, and raises `StorageUnavailable` when the records cannot be read
or written. A file comes with its message, by `Storage.accept`.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from memosd.domain.files import File, FileKind, FileRecord, KnowledgeBase
from memosd.domain.history import Cause
from memosd.domain.ids import BatchId, FileId, KnowledgeBaseId, ProjectId
from memosd.ports.storage import BY_REQUEST


@dataclass(frozen=True, slots=True)
class FilePage:
    """`total` counts all that match; `files` is the page asked for, newest first."""

    total: int
    files: tuple[FileRecord, ...]


class FileStore(Protocol):
    async def create_base(self, base: KnowledgeBase) -> None: ...

    async def bases(self, project: ProjectId) -> list[KnowledgeBase]:
        """All of a project, oldest first."""
        ...

    async def bases_named(self, ids: Sequence[KnowledgeBaseId]) -> Mapping[KnowledgeBaseId, KnowledgeBase]:
        """Those that exist, in any project: whoever asks holds their projects against its own."""
        ...

    async def erase_base(self, id: KnowledgeBaseId) -> None:
        """The base, its files and their tasks. It is gone for everybody when this returns; its memories, which nobody
        can reach any more, are removed by `erase_orphans`. What users said into it stays in their conversations."""
        ...

    async def erase_orphans(self, *, limit: int) -> int:
        """Remove up to `limit` memories whose base is gone, less a receipt; returns how many there were."""
        ...

    async def files_named(self, ids: Sequence[FileId]) -> list[FileRecord]:
        """Those files of bases that exist, in any project, in the order asked."""
        ...

    async def files_of_base(
        self, base: KnowledgeBaseId, *, kind: FileKind | None, offset: int, limit: int
    ) -> FilePage: ...

    async def files_of_batch(self, batch: BatchId) -> list[File]:
        """In the order in which they stand in its messages."""
        ...

    async def update_file(self, file: File) -> bool:
        """Record what was learnt of a file: its name, size, digest and problem. False, and nothing done, if it is
        gone."""
        ...

    async def erase_files(self, ids: Sequence[FileId], *, by: Cause = BY_REQUEST) -> None:
        """Files of bases with their tasks, messages and memories, of each of which a receipt stays."""
        ...

    async def loose_blobs(self, *, limit: int) -> list[tuple[ProjectId, str]]:
        """Contents (project, digest) that were kept (`Blobs.keep`) or that a file had, and that no file has."""
        ...

    async def has_content(self, project: ProjectId, digest: str) -> bool:
        """Whether a file has this content: then it must be kept."""
        ...

    async def forget_blob(self, project: ProjectId, digest: str) -> None:
        """No longer list a loose content: it has been dropped."""
        ...


@dataclass(frozen=True, slots=True)
class Staged:
    """Content that has arrived and is not on the shelf yet. digest: SHA-256 in hexadecimal. at: where it lies."""

    digest: str
    size: int
    at: Path


class Blobs(Protocol):
    """The contents of files, each once a project, named by what they are.

    What decides that a content is wanted (`keep`, then a record) or not (a record, then `drop`) holds `changing` from
    the first step to the last, so that nothing is dropped that somebody has just begun to want. It is listed as loose
    (`FileStore.loose_blobs`) from before it is kept until a file has it, and from when none has it until it is dropped:
    whoever is stopped between two steps leaves nothing that is not found again.
    """

    @property
    def changing(self) -> AbstractAsyncContextManager[None]: ...

    def stage(self, content: AsyncIterator[bytes], *, limit: int) -> AbstractAsyncContextManager[Staged]:
        """Take content in; on leaving, what was not kept is removed. Raises `FileTooLarge` as soon as there are more
        than `limit` bytes, `StorageUnavailable` if it cannot be written."""
        ...

    async def keep(self, project: ProjectId, staged: Staged) -> None:
        """Durable when it returns, and within reach of every process. It is loose until a file has it."""
        ...

    def reading(self, project: ProjectId, digest: str) -> AbstractAsyncContextManager[Path]:
        """A file that has the content, to be read only, and until the context is left. Raises `NotFound` if there is
        none."""
        ...

    async def drop(self, project: ProjectId, digest: str) -> None:
        """Nothing happens if there is none."""
        ...
