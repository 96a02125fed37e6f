"""Work that must survive a crash."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from memosd.domain.ids import BatchId, ProjectId, TaskId

NOTHING_KEPT = "nothing worth keeping"
ERASED = "the messages were erased"
"""Outcomes that are in order. Whatever else a finished task says of itself is told to those who ask for its status."""


class State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Remember:
    """Refine the memories of one accepted batch."""

    batch: BatchId


@dataclass(frozen=True, slots=True)
class Study:
    """Read the files of one accepted batch, and refine the memories of what was said with them."""

    batch: BatchId


@dataclass(frozen=True, slots=True)
class Feedback:
    """Do what the one message of an accepted batch says about what is remembered.

    bases: the knowledge bases whose memories it may correct, besides the user's own.
    """

    batch: BatchId
    bases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reembed:
    """Make the vectors of all memories anew with this embedder, then switch to it."""

    model: str


Job = Remember | Study | Feedback | Reembed


@dataclass(frozen=True, slots=True)
class Task:
    """`lock` names the owner whose memories the task writes: tasks of one lock run one at a time, in order.

    `attempt` counts from 1 once claimed; `lease` is a token that the claimer must show to settle the task.
    """

    id: TaskId
    project: ProjectId
    job: Job
    lock: str
    attempt: int = 0
    lease: str = ""


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """What `get/status` and operators see of a task. of_files: it reads files, and `reason` says how far it is."""

    id: TaskId
    project: ProjectId
    state: State
    reason: str
    attempt: int
    created_at: datetime
    updated_at: datetime
    of_files: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """`note` is an outcome worth telling, such as 'nothing worth keeping'."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class Again:
    """counts: whether the run is one of those that a task has before it is given up; else it is as if it never was."""

    after: timedelta
    reason: str
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Failed:
    reason: str


Outcome = Done | Again | Failed
