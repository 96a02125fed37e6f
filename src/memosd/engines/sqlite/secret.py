"""What a server signs with, in a file of the data directory."""

import asyncio
import os
import secrets
from pathlib import Path

from memosd.domain.errors import StorageUnavailable
from memosd.ports.engine import SECRET_BYTES


async def secret(directory: Path, name: str) -> bytes:
    """As `memosd.ports.engine.Engine.secret`. The file can be read by the server's own user alone."""
    return await asyncio.to_thread(_secret, directory / f"{name}.key")


def _secret(place: Path) -> bytes:
    try:
        if not place.exists():
            with open(place, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
                out.write(secrets.token_bytes(SECRET_BYTES))
        return place.read_bytes()
    except OSError as error:
        raise StorageUnavailable(f"{place} cannot be read or written: {error.strerror}") from error
