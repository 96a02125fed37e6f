"""get/status, and how a task's state is told."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from pydantic import Field

from memosd.domain.history import Event
from memosd.domain.tasks import ERASED, NOTHING_KEPT, State, TaskRecord
from memosd.domain.usage import Tokens
from memosd.wire.envelope import OK, Answer
from memosd.wire.fields import Id, Request

Status = Literal["running", "completed", "failed"]


class GetStatusRequest(Request):
    task_id: Id


class MemoryView(Answer):
    """What a task did to the memories of one kind that still exist."""

    added: int = 0
    updated: int = 0
    deleted: int = Field(default=0, description="Superseded, merged, corrected or retired.")
    ids: list[str] = Field(default_factory=list)


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
    memory_views: dict[str, MemoryView] | None = Field(
        default=None,
        exclude_if=lambda value: not value,
        description="By kind: fact, preference, tool, skill, passage (not in the contract).",
    )
    usage: TokenUsage | None = Field(
        default=None, exclude_if=lambda value: value is None, description="Only if a model was asked."
    )


def memory_views(events: Iterable[tuple[str, Event]]) -> dict[str, MemoryView]:
    """Counts by kind; a memory that was made and then revised counts as added."""
    last: dict[str, dict[str, list[Event]]] = {}
    for kind, event in events:
        last.setdefault(kind, {}).setdefault(event.subject, []).append(event)
    return {kind: _view(subjects) for kind, subjects in last.items()}


def _view(subjects: Mapping[str, Sequence[Event]]) -> MemoryView:
    gone = {name for name, story in subjects.items() if story[-1].after is None}
    made = {name for name, story in subjects.items() if story[0].before is None} - gone
    updated = len(subjects) - len(gone) - len(made)
    return MemoryView(added=len(made), updated=updated, deleted=len(gone), ids=list(subjects))


def status(state: State) -> Status:
    match state:
        case State.DONE:
            return "completed"
        case State.FAILED:
            return "failed"
        case State.WAITING | State.RUNNING:
            return "running"


def remark(record: TaskRecord) -> str:
    """The envelope's message: the reason of a failure, what did not go as it should, how far files are; else "ok"."""
    in_order = record.state is State.DONE and record.reason in (NOTHING_KEPT, ERASED)
    told = not in_order and (record.state in (State.DONE, State.FAILED) or record.of_files)
    return record.reason if told and record.reason else OK
