"""Content on its way in, as a file of the disk."""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from memosd.domain.errors import FileTooLarge, StorageUnavailable
from memosd.ports.files import Staged


@asynccontextmanager
async def stage(content: AsyncIterator[bytes], *, directory: Path | None, limit: int) -> AsyncIterator[Staged]:
    """As `memosd.ports.files.Blobs.stage`. directory: made if it is not there; None: the system's for such files."""
    try:
        descriptor, name = await asyncio.to_thread(_new, directory)
    except OSError as error:
        raise unwritable(error) from error
    at = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as out:
            digest, size = await _write(out, content, limit)
        yield Staged(digest, size, at)
    finally:
        await asyncio.to_thread(at.unlink, missing_ok=True)


def unwritable(error: OSError) -> StorageUnavailable:
    return StorageUnavailable(f"storage is unavailable: files cannot be written ({error.strerror})")


def _new(directory: Path | None) -> tuple[int, str]:
    if directory is not None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    return tempfile.mkstemp(dir=directory, prefix="memosd-")


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
            raise unwritable(error) from error
    try:
        await asyncio.to_thread(_finish, out)
    except OSError as error:
        raise unwritable(error) from error
    return seen.hexdigest(), size


def _take(out: BinaryIO, seen: "hashlib._Hash", chunk: bytes) -> None:
    seen.update(chunk)
    out.write(chunk)


def _finish(out: BinaryIO) -> None:
    out.flush()
    os.fsync(out.fileno())
