"""Accounts of what language models took. Raises `StorageUnavailable` as `ports.storage` does."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from memosd.domain.ids import ProjectId, TaskId
from memosd.domain.usage import DayUsage, Tokens, Usage


class Ledger(Protocol):
    async def add(self, usage: Usage) -> None:
        """Durable when it returns. Usage of the same project, day, purpose, model and task is summed."""
        ...

    async def of_task(self, project: ProjectId, task: TaskId) -> Tokens: ...

    async def of_day(self, project: ProjectId, day: date) -> Tokens:
        """All of a project on a day (UTC)."""
        ...

    async def by_day(self, *, since: date, project: ProjectId | None = None) -> Sequence[DayUsage]:
        """By day, then project, purpose and model; of all projects if none is named."""
        ...
