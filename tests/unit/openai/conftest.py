"""A scripted server, and connections to it that do not wait between attempts."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import pytest

from memosd.domain.ids import ProjectId, TaskId
from memosd.domain.usage import NO_TOKENS, DayUsage, Tokens, Usage
from memosd.providers.openai import Connection
from tests.support.model_server import ModelServer, serving


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving(ModelServer()) as server:
        yield server


async def at_once(_: float) -> None:
    """Instead of sleeping."""


@pytest.fixture
async def connection(server: ModelServer) -> AsyncIterator[Connection]:
    connection = Connection(server.url, key="sk-test", timeout=2)
    connection.gate.sleep = at_once
    yield connection
    await connection.close()


@dataclass
class MemoryLedger:
    """A `ports.ledger.Ledger` that keeps what it was told."""

    used: list[Usage] = field(default_factory=list)

    async def add(self, usage: Usage) -> None:
        self.used.append(usage)

    async def of_task(self, project: ProjectId, task: TaskId) -> Tokens:
        return sum((u.tokens for u in self.used if (u.project, u.task) == (project, task)), NO_TOKENS)

    async def of_day(self, project: ProjectId, day: date) -> Tokens:
        return sum((u.tokens for u in self.used if (u.project, u.at.date()) == (project, day)), NO_TOKENS)

    async def by_day(self, *, since: date, project: ProjectId | None = None) -> Sequence[DayUsage]:
        return [DayUsage(u.project, u.at.date(), u.purpose, u.model, u.tokens) for u in self.used]
