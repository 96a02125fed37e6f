"""get/status, and how a task's state is told."""

from typing import Literal

from memosd.domain.tasks import State, TaskRecord
from memosd.wire.envelope import OK, Answer
from memosd.wire.fields import Id, Request

Status = Literal["running", "completed", "failed"]


class GetStatusRequest(Request):
    task_id: Id


class GetStatusData(Answer):
    status: Status


def status(state: State) -> Status:
    match state:
        case State.DONE:
            return "completed"
        case State.FAILED:
            return "failed"
        case State.WAITING | State.RUNNING:
            return "running"


def remark(record: TaskRecord) -> str:
    """The envelope's message: the reason of a failure, how far files that came with messages are, else "ok"."""
    tells = record.state is State.FAILED or record.of_files
    return record.reason if tells and record.reason else OK
