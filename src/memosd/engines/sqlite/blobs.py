"""The contents of files in a directory: `blobs/<project>/<first two digits>/<SHA-256>`."""

import asyncio
import contextlib
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from memosd.domain.errors import NotFound
from memosd.domain.ids import ProjectId
from memosd.engines.common.staging import stage, unwritable
from memosd.engines.sqlite import files
from memosd.engines.sqlite.database import Database
from memosd.ports.files import Staged

_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class BlobDirectory:
    """`memosd.ports.files.Blobs`, for the one server of a data directory."""

    def __init__(self, directory: Path, database: Database) -> None:
        self._directory = directory
        self._database = database
        self._arriving = directory / "arriving"
        self._lock = asyncio.Lock()

    def clear(self) -> None:
        """Remove what an earlier server left half-arrived. There is none any more."""
        shutil.rmtree(self._arriving, ignore_errors=True)

    @property
    def changing(self) -> asyncio.Lock:
        return self._lock

    def stage(self, content: AsyncIterator[bytes], *, limit: int) -> contextlib.AbstractAsyncContextManager[Staged]:
        return stage(content, directory=self._arriving, limit=limit)

    async def keep(self, project: ProjectId, staged: Staged) -> None:
        place = self._place(project, staged.digest)
        await self._database.write(lambda tx: tx.run("files.list_content", (project, staged.digest)))
        await asyncio.to_thread(self._keep, place, staged.at)

    def _keep(self, target: Path, at: Path) -> None:
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            at.replace(target)
        except OSError as error:
            raise unwritable(error) from error

    @contextlib.asynccontextmanager
    async def reading(self, project: ProjectId, digest: str) -> AsyncIterator[Path]:
        place = self._place(project, digest)
        if not place.is_file():
            raise NotFound("the content of this file is gone")
        yield place

    async def drop(self, project: ProjectId, digest: str) -> None:
        await asyncio.to_thread(self._drop, self._place(project, digest))

    def _drop(self, place: Path) -> None:
        try:
            place.unlink(missing_ok=True)
        except OSError as error:
            raise unwritable(error) from error
        with contextlib.suppress(OSError):  # others may be in it
            place.parent.rmdir()

    async def sweep(self) -> None:
        """Drop what no file has, whether it is listed or not. Looks at every content."""
        async with self._lock:
            kept = await asyncio.to_thread(self._all)
            loose = await self._database.read_apart(
                lambda connection: [each for each in kept if not files.has_content(connection, *each)]
            )
            for project, digest in loose:
                await self.drop(ProjectId(project), digest)

    def _all(self) -> list[tuple[str, str]]:
        """Project and digest of each content."""
        return [(path.parts[-3], path.name) for path in self._directory.glob("*/??/*") if _DIGEST.fullmatch(path.name)]

    def _place(self, project: ProjectId, digest: str) -> Path:
        """Neither part may lead anywhere else, whoever it comes from."""
        if not (_NAME.fullmatch(project) and _DIGEST.fullmatch(digest)):
            raise NotFound("there is no such content")
        return self._directory / project / digest[:2] / digest
