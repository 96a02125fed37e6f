"""What every process must be able to read beside the records: the contents of files, and what is signed with."""

import asyncio
import hashlib
import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import count
from pathlib import Path
from typing import IO

from memosd.domain.errors import NotFound
from memosd.domain.ids import ProjectId
from memosd.engines.common.staging import stage, unwritable
from memosd.engines.postgres.database import Database
from memosd.engines.postgres.session import Transaction
from memosd.ports.engine import SECRET_BYTES
from memosd.ports.files import Staged

PIECE = 1 << 20
"""Bytes of a content that are sent and stored together."""
_CHANGING = 0x626C6F62
"""`blob`: the advisory lock of whoever begins or ceases to want a content."""


class PostgresBlobs:
    """`memosd.ports.files.Blobs`: contents are rows; while one arrives, or is read, it is a temporary file."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = asyncio.Lock()

    @property
    def changing(self) -> AbstractAsyncContextManager[None]:
        return self._changing()

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[None]:
        """Alone in this process first: it needs one connection for this, however many wait."""
        async with self._lock, self._database.holding(_CHANGING):
            yield

    def stage(self, content: AsyncIterator[bytes], *, limit: int) -> AbstractAsyncContextManager[Staged]:
        return stage(content, directory=None, limit=limit)

    async def keep(self, project: ProjectId, staged: Staged) -> None:
        scope = {"project": project, "digest": staged.digest}

        async def write(tx: Transaction) -> None:
            await tx.run("contents.list_loose", scope)
            if await tx.fetch_one("contents.has", scope) is not None:
                return
            with await asyncio.to_thread(staged.at.open, "rb") as content:
                for piece in range(max(1, -(-staged.size // PIECE))):
                    part = await asyncio.to_thread(content.read, PIECE)
                    # An answer is waited for, so that no more than one piece is under way.
                    await tx.fetch_one("contents.add", {**scope, "piece": piece, "bytes": part})

        await self._database.write(write)

    @asynccontextmanager
    async def reading(self, project: ProjectId, digest: str) -> AsyncIterator[Path]:
        try:
            file = tempfile.NamedTemporaryFile(prefix="memosd-")  # noqa: SIM115
        except OSError as error:
            raise unwritable(error) from error
        with file:
            await self._fetch(project, digest, file)
            yield Path(file.name)

    async def _fetch(self, project: ProjectId, digest: str, out: IO[bytes]) -> None:
        seen = hashlib.sha256()
        for piece in count():
            asked = {"project": project, "digest": digest, "piece": piece}
            part = await self._database.read(lambda session, a=asked: session.fetch_value("contents.piece", a))  # type: ignore[misc]
            if part is None:
                break
            seen.update(part)
            try:
                await asyncio.to_thread(_write, out, part)
            except OSError as error:
                raise unwritable(error) from error
        if seen.hexdigest() != digest:  # none, or it was dropped while it was read
            raise NotFound("the content of this file is gone")

    async def drop(self, project: ProjectId, digest: str) -> None:
        await self._database.write(lambda tx: tx.run("contents.drop", {"project": project, "digest": digest}))

    async def sweep(self) -> None:
        """Drop what no file has, whether it is listed or not. Looks at every content."""
        async with self._changing():
            await self._database.write(lambda tx: tx.run("contents.sweep"))


def _write(out: IO[bytes], part: bytes) -> None:
    out.write(part)
    out.flush()


async def secret(database: Database, name: str) -> bytes:
    """As `memosd.ports.engine.Engine.secret`: of several processes the first one makes it."""

    async def write(tx: Transaction) -> bytes:
        await tx.run("contents.add_secret", {"name": name, "value": secrets.token_bytes(SECRET_BYTES)})
        return bytes(await tx.fetch_value("contents.secret", {"name": name}))

    known = await database.read(lambda session: session.fetch_value("contents.secret", {"name": name}))
    return await database.write(write) if known is None else bytes(known)
