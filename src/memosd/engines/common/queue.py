"""The task queue, as far as it is not SQL."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from memosd.domain.tasks import Again, Done, Outcome, State
from memosd.engines.common.codec import micros

WORK = "work"
"""What is rung when there may be something to claim; a task's own id is rung when it has ended."""
LONGEST_WAIT = 3600.0
"""Seconds that a worker waits for the bell."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a row becomes when a run has ended. ready: microseconds since 1970. undone: 1 if the run is not counted."""

    state: State
    reason: str
    ready: int
    undone: int

    @classmethod
    def of(cls, outcome: Outcome, at: datetime) -> "Settled":
        now = micros(at)
        if isinstance(outcome, Again):
            ready = now + outcome.after // timedelta(microseconds=1)
            return cls(State.WAITING, outcome.reason, ready, int(not outcome.counts))
        if isinstance(outcome, Done):
            return cls(State.DONE, outcome.note, now, 0)
        return cls(State.FAILED, outcome.reason, now, 0)
