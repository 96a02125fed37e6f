"""Accounts of what models took."""

from collections.abc import Mapping
from datetime import date

from memosd.domain.ids import ProjectId, TaskId
from memosd.domain.usage import DayUsage, Tokens, Usage
from memosd.engines.common.usage import day_number, decode_usage, encode_usage
from memosd.engines.postgres.database import Database
from memosd.engines.postgres.session import Session


class PostgresLedger:
    """`memosd.ports.ledger.Ledger` over the table `usage`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, usage: Usage) -> None:
        row = encode_usage(usage)
        await self._database.write(lambda tx: tx.run("usage.add", row))

    async def of_task(self, project: ProjectId, task: TaskId) -> Tokens:
        return await self._sum("usage.of_task", {"project": project, "task": task})

    async def of_day(self, project: ProjectId, day: date) -> Tokens:
        return await self._sum("usage.of_day", {"project": project, "day": day_number(day)})

    async def by_day(self, *, since: date, project: ProjectId | None = None) -> list[DayUsage]:
        operands = {"project": project, "since": day_number(since)}
        rows = await self._database.read(lambda session: session.fetch_all("usage.by_day", operands))
        return [decode_usage(row) for row in rows]

    async def _sum(self, name: str, operands: Mapping[str, object]) -> Tokens:
        async def read(session: Session) -> Tokens:
            [row] = await session.fetch_all(name, operands)
            return Tokens(*row)

        return await self._database.read(read)
