"""The contents of files in a directory: `blobs/<project>/<first two digits>/<SHA-256>`."""

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from memosd.domain.errors import FileTooLarge, NotFound, StorageUnavailable
from memosd.domain.ids import ProjectId
from memosd.ports.files import Staged

_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class BlobDirectory:
    """`memosd.ports.files.Blobs`. For one process at a time; what an earlier one left half-arrived is removed."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._arriving = directory / "arriving"
        self._lock = asyncio.Lock()
        shutil.rmtree(self._arriving, ignore_errors=True)

    @property
    def changing(self) -> asyncio.Lock:
        return self._lock

    @contextlib.asynccontextmanager
    async def stage(self, content: AsyncIterator[bytes], *, limit: int) -> AsyncIterator[Staged]:
        try:
            descriptor, name = await asyncio.to_thread(self._new)
        except OSError as error:
            raise _unavailable(error) from error
        at = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as out:
                digest, size = await _write(out, content, limit)
            yield Staged(digest, size, at)
        finally:
            await asyncio.to_thread(at.unlink, missing_ok=True)

    def _new(self) -> tuple[int, str]:
        self._arriving.mkdir(parents=True, exist_ok=True, mode=0o700)
        return tempfile.mkstemp(dir=self._arriving)

    def keep(self, project: ProjectId, staged: Staged) -> None:
        target = self._place(project, staged.digest)
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            staged.at.replace(target)
        except OSError as error:
            raise _unavailable(error) from error

    def path(self, project: ProjectId, digest: str) -> Path:
        place = self._place(project, digest)
        if not place.is_file():
            raise NotFound("the content of this file is gone")
        return place

    def drop(self, project: ProjectId, digest: str) -> None:
        place = self._place(project, digest)
        try:
            place.unlink(missing_ok=True)
        except OSError as error:
            raise _unavailable(error) from error
        with contextlib.suppress(OSError):  # others may be in it
            place.parent.rmdir()

    def _place(self, project: ProjectId, digest: str) -> Path:
        """Neither part may lead anywhere else, whoever it comes from."""
        if not (_NAME.fullmatch(project) and _DIGEST.fullmatch(digest)):
            raise NotFound("there is no such content")
        return self._directory / project / digest[:2] / digest


async def _write(out: BinaryIO, content: AsyncIterator[bytes], limit: int) -> tuple[str, int]:
    seen = hashlib.sha256()
    size = 0
    async for chunk in content:
        size += len(chunk)
        if size > limit:
            raise FileTooLarge(f"the file has more than {limit} bytes, the most that is allowed")
        try:
            await asyncio.to_thread(_take, out, seen, chunk)
        except OSError as error:
            raise _unavailable(error) from error
    try:
        await asyncio.to_thread(_finish, out)
    except OSError as error:
        raise _unavailable(error) from error
    return seen.hexdigest(), size


def _take(out: BinaryIO, seen: "hashlib._Hash", chunk: bytes) -> None:
    seen.update(chunk)
    out.write(chunk)


def _finish(out: BinaryIO) -> None:
    out.flush()
    os.fsync(out.fileno())


def _unavailable(error: OSError) -> StorageUnavailable:
    return StorageUnavailable(f"storage is unavailable: files cannot be written ({error.strerror})")
