"""What a server signs with, in a file of the data directory."""

import asyncio
import os
import secrets
import tempfile
from pathlib import Path

from memosd.domain.errors import StorageUnavailable
from memosd.ports.engine import SECRET_BYTES


async def secret(directory: Path, name: str) -> bytes:
    """As `memosd.ports.engine.Engine.secret`. The file can be read by the server's own user alone."""
    return await asyncio.to_thread(_secret, directory / f"{name}.key")


def _secret(place: Path) -> bytes:
    try:
        if not place.exists():
            _make(place)
        found = place.read_bytes()
    except OSError as error:
        raise StorageUnavailable(f"{place} cannot be read or written: {error.strerror}") from error
    if len(found) != SECRET_BYTES:
        raise StorageUnavailable(
            f"{place} is damaged: it has {len(found)} bytes instead of {SECRET_BYTES}. Bring it back from a backup, or"
            " remove it: a new one is made, and the links given out so far no longer open anything"
        )
    return found


def _make(place: Path) -> None:
    """The whole file or none, whenever the process dies."""
    with tempfile.NamedTemporaryFile(dir=place.parent, prefix=place.name, delete=False) as out:  # mode 0600
        out.write(secrets.token_bytes(SECRET_BYTES))
        out.flush()
        os.fsync(out.fileno())
    Path(out.name).replace(place)
