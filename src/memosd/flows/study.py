"""Read the files of one batch: fetch, parse, cut, embed and write them, then remember what was said with them."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from memosd.domain.changes import Add
from memosd.domain.documents import Block, BlockKind, Document
from memosd.domain.errors import MemosdError, ModelRefused, ModelUnavailable, OverBudget, Unavailable, Unreadable
from memosd.domain.files import File, FileKind
from memosd.domain.formats import name_of_fetched
from memosd.domain.messages import Batch
from memosd.domain.tasks import Done, Failed, Outcome, Study, Task
from memosd.extraction.passages import passages
from memosd.extraction.skills.uploaded import skill
from memosd.flows.shelf import NOBODY, Shelf
from memosd.ports.documents import Describer, Fetcher, Reader
from memosd.ports.index import Clock
from memosd.ports.models import Embedder
from memosd.ports.storage import Edit, Storage, TaskQueue

AT_ONCE = 16
"""Passages that are embedded and written together: a search waits for no more than these."""


class Remembers(Protocol):
    """`flows.remember.RememberBatch`. note: what the task's record is to say."""

    def __call__(self, task: Task, *, note: str = "") -> Awaitable[Outcome | None]: ...


@dataclass(frozen=True, slots=True)
class StudyBatch:
    storage: Storage
    queue: TaskQueue
    shelf: Shelf
    reader: Reader
    fetcher: Fetcher
    embedder: Embedder
    clock: Clock
    remember: Remembers
    describe: Describer | None = None
    """None if no vision model is set up."""

    async def __call__(self, task: Task) -> Outcome | None:
        """A file that cannot be read fails alone; the task fails only if nothing came of it."""
        assert isinstance(task.job, Study)
        batch = await self.storage.batch(task.job.batch)
        if batch is None:
            return Done("the file was deleted")
        files = await self.shelf.files.files_of_batch(batch.id)
        problems: list[str] = []
        troubles: list[str] = []
        for i, file in enumerate(files):
            if len(files) > 1:
                await self.queue.note(task, "; ".join([f"{i} of {len(files)} files read", *problems]))
            try:
                file = await self._with_content(file)
                said = next((m.text for m in batch.messages if m.id == file.message and batch.user != NOBODY), "")
                document, trouble = await self._read(task, file, said)
                ours = await self._keep(task, batch, file, document, said)
            except Unavailable:
                raise
            except MemosdError as error:
                problems.append(f"{file.name}: {error}")
                await self.shelf.files.update_file(replace(file, problem=str(error)))
                continue
            if not ours:
                return None
            if trouble:
                troubles.append(f"{file.name}: {trouble}")
        note = "; ".join([*problems, *troubles])
        if batch.user != NOBODY:
            return await self.remember(task, note=note)
        return Failed(note) if problems else Done(note)

    async def _read(self, task: Task, file: File, said: str) -> tuple[Document, str]:
        """What stands in a file, and what went wrong without making it unreadable."""
        async with self.shelf.blobs.reading(file.project, file.digest) as path:
            if file.kind is FileKind.IMAGE and self.describe is not None:
                return await self._look(self.describe, task, path, file, said)
            return await self.reader.read(path, name=file.name, kind=file.kind), ""

    async def _keep(self, task: Task, batch: Batch, file: File, document: Document, said: str) -> bool:
        """Make memories of it. False if the task is no longer ours to work on."""
        if file.kind is FileKind.SKILL:
            adds = [skill(document, file, tags=batch.tags)]
        else:
            adds = await asyncio.to_thread(passages, document, file, tags=batch.tags, said=said)
        known = {m.id for m in await self.storage.memories(batch.project, [add.id for add in adds])}
        fresh = [add for add in adds if add.id not in known]
        for start in range(0, len(fresh), AT_ONCE):
            if not await self._write(task, batch, fresh[start : start + AT_ONCE]):
                return False
        return True

    async def _look(self, describe: Describer, task: Task, path: Path, file: File, said: str) -> tuple[Document, str]:
        """What a picture shows and what stands in it, and why it is not described, if so. Raises `Unreadable` only if
        neither can be told."""
        picture = await asyncio.to_thread(path.read_bytes)
        shown, failure = "", None
        try:
            shown = await describe(picture, said=said or Path(file.name).stem, project=file.project, task=task.id)
        except (ModelUnavailable, ModelRefused, OverBudget) as error:
            failure = error
        try:
            document = await self.reader.read(path, name=file.name, kind=file.kind)
        except Unreadable:
            if failure is not None:
                raise Unreadable(f"no words are found in it, and it is not described: {failure}") from None
            document = Document("", ())
        if failure is not None:
            return document, f"only its words were read: {failure}"
        blocks = (Block(BlockKind.TEXT, shown, page=1), *document.blocks)
        return replace(document, blocks=blocks, pages=1), ""

    async def _with_content(self, file: File) -> File:
        if file.digest:
            return file
        async with self.fetcher.open(file.url) as fetched:
            name = name_of_fetched(fetched.name or file.name, fetched.media_type, file.kind)
            return await self.shelf.fetched(file, fetched.content, name=name)

    async def _write(self, task: Task, batch: Batch, adds: Sequence[Add]) -> bool:
        keys = [add.content.keys for add in adds]
        rows = await self.embedder.embed([key for some in keys for key in some], purpose="passage")
        ends = np.cumsum([len(some) for some in keys])[:-1]
        vectors = dict(zip([add.id for add in adds], np.split(rows, ends), strict=True))
        edit = Edit(task, batch, tuple(adds), vectors, self.embedder.model, self.clock(), goes_on=True)
        return await self.storage.apply(edit)
