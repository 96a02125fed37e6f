"""Which flow does which kind of job."""

from dataclasses import dataclass

from memosd.domain.tasks import Feedback, Outcome, Remember, Task
from memosd.flows.feedback import GiveFeedback
from memosd.flows.remember import RememberBatch


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What the worker runs: a task by the flow of its job."""

    remember: RememberBatch
    feedback: GiveFeedback

    async def __call__(self, task: Task) -> Outcome | None:
        match task.job:
            case Remember():
                return await self.remember(task)
            case Feedback():
                return await self.feedback(task)

    async def prepare(self, task: Task) -> None:
        """What can be done for a task before its turn."""
        if isinstance(task.job, Remember):
            await self.remember.prepare(task)
