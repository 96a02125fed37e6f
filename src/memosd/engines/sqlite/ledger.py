"""Accounts as rows."""

from datetime import UTC, date, datetime, timedelta

from memosd.domain.ids import ProjectId, TaskId
from memosd.domain.usage import DayUsage, Purpose, Tokens, Usage
from memosd.engines.sqlite.database import Database
from memosd.engines.sqlite.statements import Row, Value, fetch_all

_FIRST = date(1970, 1, 1)


class SqliteLedger:
    """`memosd.ports.ledger.Ledger` over the table `usage`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, usage: Usage) -> None:
        day = DayUsage(usage.project, _day(usage.at), usage.purpose, usage.model, usage.tokens)
        row = usage_row(day, usage.task)
        await self._database.write(lambda tx: tx.run("usage.add", row))

    async def of_task(self, project: ProjectId, task: TaskId) -> Tokens:
        return await self._database.read(
            lambda connection: Tokens(*fetch_all(connection, "usage.of_task", (project, task))[0])
        )

    async def of_day(self, project: ProjectId, day: date) -> Tokens:
        return await self._database.read(
            lambda connection: Tokens(*fetch_all(connection, "usage.of_day", (project, _days(day)))[0])
        )

    async def by_day(self, *, since: date, project: ProjectId | None = None) -> list[DayUsage]:
        rows = await self._database.read(
            lambda connection: fetch_all(connection, "usage.by_day", (project, _days(since)))
        )
        return [day_usage(row) for row in rows]


def usage_row(usage: DayUsage, task: TaskId | None) -> tuple[Value, ...]:
    """The columns of `usage`."""
    tokens = usage.tokens
    what = (usage.project, _days(usage.day), usage.purpose.value, usage.model, task or "")
    return (*what, tokens.calls, tokens.input, tokens.output)


def day_usage(row: Row) -> DayUsage:
    """From project, day, purpose, model and tokens."""
    project, day, purpose, model, *tokens = row
    return DayUsage(ProjectId(project), _FIRST + timedelta(days=day), Purpose(purpose), model, Tokens(*tokens))


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _days(day: date) -> int:
    return (day - _FIRST).days
