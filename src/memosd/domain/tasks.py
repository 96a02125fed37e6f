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
class Reembed:
    """Make the vectors of all memories anew with this embedder, then switch to it."""

    model: str


Job = Remember | Reembed


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
    """What `get/status` and operators see of a task."""

    id: TaskId
    project: ProjectId
    state: State
    reason: str
    attempt: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """`note` is an outcome worth telling, such as 'nothing worth keeping'."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class Again:
    after: timedelta
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    reason: str


Outcome = Done | Again | Failed
