"""Which flow runs a task."""

from collections.abc import Awaitable, Callable

from memosd.domain.tasks import Feedback, Outcome, Reembed, Remember, Study, Task
from memosd.flows.feedback import GiveFeedback
from memosd.flows.reembed import ReembedAll
from memosd.flows.remember import RememberBatch
from memosd.flows.study import StudyBatch


def by_job(
    reembed: ReembedAll,
    study: Callable[[], StudyBatch],
    correct: Callable[[], GiveFeedback],
    remember: Callable[[], RememberBatch],
) -> Callable[[Task], Awaitable[Outcome | None]]:
    """What runs a task, by the kind of its job. What the embedder bears on is asked for anew with each task."""

    async def run(task: Task) -> Outcome | None:
        match task.job:
            case Reembed():
                return await reembed(task)
            case Study():
                return await study()(task)
            case Feedback():
                return await correct()(task)
            case Remember():
                return await remember()(task)

    return run
