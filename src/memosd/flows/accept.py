"""Take messages in: write them down, in a form that can be found at once, and promise to think about them."""

from dataclasses import dataclass

from memosd.domain.changes import Add
from memosd.domain.ids import MemoryId, TaskId, new_id
from memosd.domain.messages import Batch
from memosd.domain.tasks import Remember, Task
from memosd.ports.extraction import Extractor
from memosd.ports.storage import Storage


@dataclass(frozen=True, slots=True)
class Accept:
    storage: Storage
    extractor: Extractor

    async def __call__(self, batch: Batch) -> TaskId:
        """All of it is durable when this returns. The task refines the first form."""
        drafts = [Add(MemoryId(new_id("mem")), content) for content in self.extractor.draft(batch)]
        task = Task(TaskId(new_id("task")), batch.project, Remember(batch.id), lock=f"{batch.project}/{batch.owner}")
        await self.storage.accept(batch, drafts=drafts, task=task)
        return task.id
