"""Take messages in: write them down, promise to think about them, and let them be found in the meantime."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from memosd.domain.changes import Add
from memosd.domain.errors import MemosdError
from memosd.domain.files import File
from memosd.domain.ids import MemoryId, TaskId, new_id
from memosd.domain.messages import Batch
from memosd.domain.tasks import Remember, Study, Task
from memosd.flows.shelf import Content, Shelf
from memosd.ports.extraction import Extractor
from memosd.ports.storage import Storage

log = logging.getLogger(__name__)

DELAY = 0.005
"""Seconds until the first form of what was accepted is written, if nobody wants to read before."""
HOLD = timedelta(seconds=2)
"""How long a task waits for the first form, at most: whoever was to write it may be gone."""


@dataclass(slots=True)
class Accept:
    """Whoever adds is answered as soon as the messages and their task are durable. The first form follows at once: it
    is a convenience for those who search before the task has run, and `settled` has them wait for it."""

    storage: Storage
    extractor: Extractor
    shelf: Shelf | None = None
    _fresh: list[tuple[Task, Batch]] = field(default_factory=list, init=False)
    _timer: asyncio.TimerHandle | None = field(default=None, init=False)
    _writing: set[asyncio.Task[None]] = field(default_factory=set, init=False)

    async def __call__(self, batch: Batch, files: Sequence[tuple[File, Content]] = ()) -> TaskId:
        """The messages, their files and their task are durable when this returns. The task refines the first form.

        Raises `FileTooLarge`.
        """
        job = Study(batch.id) if files else Remember(batch.id)
        task = Task(TaskId(new_id("task")), batch.project, job, lock=f"{batch.project}/{batch.owner}")
        if files and self.shelf:
            await self.shelf.accept(batch, task, files, hold=HOLD)
        else:
            await self.storage.accept(batch, task=task, hold=HOLD)
        self._fresh.append((task, batch))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(DELAY, self._begin)
        return task.id

    async def settled(self) -> None:
        """Return when the first form of everything accepted before this call can be found."""
        self._begin()
        if self._writing:
            await asyncio.wait(tuple(self._writing))

    def _begin(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for task, batch in self._fresh:
            writing = asyncio.create_task(self._draft(task, batch))
            self._writing.add(writing)
            writing.add_done_callback(self._writing.discard)
        self._fresh.clear()

    async def _draft(self, task: Task, batch: Batch) -> None:
        try:
            await write_first_form(self.storage, self.extractor, task, batch)
        except MemosdError as error:
            log.warning("task %s has no first form: %s", task.id, error)


async def write_first_form(storage: Storage, extractor: Extractor, task: Task, batch: Batch) -> None:
    """Also if there is nothing to write, so that the task need not wait. Raises `Unavailable`."""
    drafts = [Add(MemoryId(new_id("mem")), content) for content in extractor.draft(batch)]
    await storage.draft(batch, drafts, task=task)
