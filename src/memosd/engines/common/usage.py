"""Accounts of what models took, as rows."""

from datetime import UTC, date, timedelta

from memosd.domain.ids import ProjectId, TaskId
from memosd.domain.usage import DayUsage, Purpose, Tokens, Usage
from memosd.engines.common.codec import Row, Value

_FIRST = date(1970, 1, 1)


def encode_usage(usage: Usage) -> tuple[Value, ...]:
    """The columns of `usage`; its day is that in UTC."""
    day = usage.at.astimezone(UTC).date()
    return encode_day_usage(DayUsage(usage.project, day, usage.purpose, usage.model, usage.tokens), usage.task)


def encode_day_usage(usage: DayUsage, task: TaskId | None) -> tuple[Value, ...]:
    """The columns of `usage`."""
    tokens = usage.tokens
    what = (usage.project, day_number(usage.day), usage.purpose.value, usage.model, task or "")
    return (*what, tokens.calls, tokens.input, tokens.output)


def decode_usage(row: Row) -> DayUsage:
    """From project, day, purpose, model and tokens."""
    project, day, purpose, model, *tokens = row
    return DayUsage(ProjectId(project), _FIRST + timedelta(days=day), Purpose(purpose), model, Tokens(*tokens))


def day_number(day: date) -> int:
    """Days since 1970."""
    return (day - _FIRST).days
