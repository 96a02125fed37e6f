"""The contents of files on their way into an archive and out of it, in pieces."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from memosd.domain.errors import Invalid, NotFound
from memosd.domain.ids import ProjectId
from memosd.ports.archive import ContentRecord, FileEntry, Line, Record
from memosd.ports.files import Blobs

PIECE = 1 << 20
"""Bytes of a content that stand in one record."""


async def with_contents(dump: AsyncIterator[Sequence[Record]], blobs: Blobs) -> AsyncIterator[Sequence[Line]]:
    """A dump, with the content of each file after it, once. A content that was dropped meanwhile is left out."""
    told: set[tuple[ProjectId, str]] = set()
    async for records in dump:
        yield records
        for file in [record.file for record in records if isinstance(record, FileEntry) and record.file.digest]:
            if (file.project, file.digest) not in told:
                told.add((file.project, file.digest))
                async for piece in _pieces(blobs, file.project, file.digest):
                    yield [piece]


async def _pieces(blobs: Blobs, project: ProjectId, digest: str) -> AsyncIterator[ContentRecord]:
    try:
        async with blobs.reading(project, digest) as path:
            size, start = path.stat().st_size, 0
            async for piece in _read(path):
                yield ContentRecord(project, digest, size, start, piece)
                start += len(piece)
    except NotFound:
        return


async def _read(path: Path) -> AsyncIterator[bytes]:
    """At least one piece, if an empty one."""
    with await asyncio.to_thread(path.open, "rb") as file:
        piece = await asyncio.to_thread(file.read, PIECE)
        yield piece
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece


@dataclass(slots=True)
class ContentLoader:
    """Puts pieces together as they come and keeps what is whole. A context: leaving it removes what is not."""

    blobs: Blobs
    _file: IO[bytes] | None = None
    _next: tuple[ProjectId, str, int] | None = None
    """Whose piece has to come, and where it has to start."""

    def __enter__(self) -> "ContentLoader":
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    async def take(self, record: ContentRecord) -> None:
        """Raises `Invalid` for a piece that is out of turn, and for a content that is not what it is said to be."""
        end = record.start + len(record.piece)
        if end > record.size or (record.start and self._next != (record.project, record.digest, record.start)):
            raise Invalid(f"the content {record.digest} of the archive has a piece out of turn")
        if not record.start:
            self._close()
            self._file = tempfile.NamedTemporaryFile(prefix="memosd-")  # noqa: SIM115
        assert self._file is not None
        self._file.write(record.piece)
        self._next = (record.project, record.digest, end)
        if end == record.size:
            self._file.flush()
            await self._keep(record, Path(self._file.name))
            self._close()

    async def _keep(self, record: ContentRecord, path: Path) -> None:
        async with self.blobs.stage(_read(path), limit=record.size) as staged:
            if staged.digest != record.digest:
                raise Invalid(f"the content {record.digest} of the archive is damaged")
            async with self.blobs.changing:
                await self.blobs.keep(record.project, staged)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = self._next = None
