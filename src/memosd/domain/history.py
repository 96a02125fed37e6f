"""What happened to a memory, as events that are only ever added to: what is believed follows from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from memosd.domain.changes import REPEATED, Add, Change, Restore, Retire
from memosd.domain.ids import MemoryId
from memosd.domain.tasks import Feedback, Remember, Study, Task


class Action(StrEnum):
    MADE = "made"
    REVISED = "revised"
    CORRECTED = "corrected"
    MERGED = "merged"
    SUPERSEDED = "superseded"
    RETIRED = "retired"
    RESTORED = "restored"
    DELETED = "deleted"


class CauseKind(StrEnum):
    """MESSAGE, FEEDBACK, TASK: the cause's id is that of the task. KEY: a request, by the id of its API key."""

    MESSAGE = "message"
    FEEDBACK = "feedback"
    TASK = "task"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Cause:
    kind: CauseKind
    id: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """before, after: the version believed before and after; None: none was.

    subject: a memory's id, or, for the receipt of a user's deletion, `user/` and the SHA-256 of the user's id.
    other: the memory that took its place. A deletion takes the earlier events along and leaves one: the receipt.
    """

    subject: str
    action: Action
    at: datetime
    cause: Cause
    before: int | None = None
    after: int | None = None
    because: str = ""
    other: MemoryId | None = None


def cause_of(task: Task) -> Cause:
    match task.job:
        case Remember() | Study():
            return Cause(CauseKind.MESSAGE, task.id)
        case Feedback():
            return Cause(CauseKind.FEEDBACK, task.id)
        case _:
            return Cause(CauseKind.TASK, task.id)


def action_of(change: Change, cause: Cause) -> Action:
    """What a change to a memory is called. A revision that a person asked for is a correction."""
    asked_for = cause.kind in (CauseKind.FEEDBACK, CauseKind.KEY)
    if isinstance(change, Add):
        return Action.MADE
    if isinstance(change, Restore):
        return Action.RESTORED
    if isinstance(change, Retire):
        if change.because == REPEATED:
            return Action.MERGED
        if change.replaced_by is None:
            return Action.RETIRED
        return Action.CORRECTED if asked_for else Action.SUPERSEDED
    return Action.CORRECTED if asked_for else Action.REVISED


def believed(events: Iterable[Event], *, at: datetime) -> dict[str, int]:
    """The version of each memory that was believed at that time. Of events at one time, the later one counts."""
    found: dict[str, int] = {}
    for event in sorted((e for e in events if e.at <= at), key=lambda e: e.at):
        if event.after is None:
            found.pop(event.subject, None)
        else:
            found[event.subject] = event.after
    return found
