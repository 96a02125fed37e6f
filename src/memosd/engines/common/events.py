"""Events as rows."""

import hashlib

from memosd.domain.history import Action, Cause, CauseKind, Event
from memosd.domain.ids import MemoryId, ProjectId
from memosd.engines.common.codec import Row, Value, instant, micros

PORTION = 500
"""Memories that are read together while looking for what was believed."""
LAST = (1 << 63) - 1
"""No memory has a higher number."""


def subject_of_user(user: str) -> str:
    """What the receipt of a user's deletion is filed under: it must not say who it was."""
    return f"user/{hashlib.sha256(user.encode()).hexdigest()}"


def encode_event(project: ProjectId, event: Event) -> tuple[Value, ...]:
    """The columns of `events` after `no`."""
    return (
        project,
        event.subject,
        event.action.value,
        micros(event.at),
        event.cause.kind.value,
        event.cause.id,
        event.before,
        event.after,
        event.because,
        event.other,
    )


def decode_event(row: Row) -> Event:
    """From the columns of `events` after `project`."""
    subject, action, at, kind, cause, before, after, because, other = row
    return Event(
        subject,
        Action(action),
        instant(at),
        Cause(CauseKind(kind), cause),
        before,
        after,
        because,
        None if other is None else MemoryId(other),
    )
