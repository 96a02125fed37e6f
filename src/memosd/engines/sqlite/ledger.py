"""Accounts of what models took."""

from datetime import date

from memosd.domain.ids import ProjectId, TaskId
from memosd.domain.usage import DayUsage, Tokens, Usage
from memosd.engines.common.usage import day_number, decode_usage, encode_usage
from memosd.engines.sqlite.database import Database
from memosd.engines.sqlite.statements import fetch_all


class SqliteLedger:
    """`memosd.ports.ledger.Ledger` over the table `usage`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, usage: Usage) -> None:
        row = encode_usage(usage)
        await self._database.write(lambda tx: tx.run("usage.add", row))

    async def of_task(self, project: ProjectId, task: TaskId) -> Tokens:
        return await self._database.read(
            lambda connection: Tokens(*fetch_all(connection, "usage.of_task", (project, task))[0])
        )

    async def of_day(self, project: ProjectId, day: date) -> Tokens:
        return await self._database.read(
            lambda connection: Tokens(*fetch_all(connection, "usage.of_day", (project, day_number(day)))[0])
        )

    async def by_day(self, *, since: date, project: ProjectId | None = None) -> list[DayUsage]:
        rows = await self._database.read(
            lambda connection: fetch_all(connection, "usage.by_day", (project, day_number(since)))
        )
        return [decode_usage(row) for row in rows]
