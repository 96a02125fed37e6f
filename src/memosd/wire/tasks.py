"""get/status, and how a task's state is told."""

from typing import Literal

from pydantic import Field

from memosd.domain.tasks import ERASED, NOTHING_KEPT, State, TaskRecord
from memosd.domain.usage import Tokens
from memosd.wire.envelope import OK, Answer
from memosd.wire.fields import Id, Request

Status = Literal["running", "completed", "failed"]


class GetStatusRequest(Request):
    task_id: Id


class TokenUsage(Answer):
    """What language models took for a task."""

    calls: int
    input_tokens: int
    output_tokens: int

    @classmethod
    def of(cls, tokens: Tokens) -> "TokenUsage | None":
        return cls(calls=tokens.calls, input_tokens=tokens.input, output_tokens=tokens.output) if tokens.calls else None


class GetStatusData(Answer):
    status: Status
    usage: TokenUsage | None = Field(
        default=None, exclude_if=lambda value: value is None, description="Only if a model was asked."
    )


def status(state: State) -> Status:
    match state:
        case State.DONE:
            return "completed"
        case State.FAILED:
            return "failed"
        case State.WAITING | State.RUNNING:
            return "running"


def remark(record: TaskRecord) -> str:
    """The envelope's message: the reason of a failure, or what did not go as it should, else "ok"."""
    told = record.state is State.FAILED or (record.state is State.DONE and record.reason not in (NOTHING_KEPT, ERASED))
    return record.reason if told and record.reason else OK
