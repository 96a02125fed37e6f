"""What tells other processes, and hears them: it goes on whatever the database says, and does not die unseen."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import psycopg
import pytest

from memosd.domain.errors import StorageUnavailable
from memosd.engines.common.bell import Bell
from memosd.engines.postgres import listener
from memosd.engines.postgres.database import Database
from memosd.engines.postgres.listener import Listener


class Scripted:
    """A database that answers each call with the next error."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = [*errors]
        self.asked = asyncio.Semaphore(0)

    async def read(self, work: Callable[[Any], Awaitable[None]]) -> None:
        self.asked.release()
        if self.errors:
            raise self.errors.pop(0)

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[Any]:
        raise StorageUnavailable("nobody is there")
        yield


def speaking(database: Scripted) -> Listener:
    made = Listener(cast(Database, database), Bell(), lambda: None)
    made.start()
    return made


async def test_what_the_database_refuses_is_no_end_of_telling() -> None:
    database = Scripted(psycopg.errors.InternalError("out of order"), StorageUnavailable("away"))
    telling = speaking(database)
    for _ in range(3):
        telling.tell(["work"])
        await asyncio.wait_for(database.asked.acquire(), 10)
    await telling.stop()


async def test_whoever_dies_of_something_else_says_so_at_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    said = asyncio.Event()
    monkeypatch.setattr(listener.log, "critical", lambda *told, **more: said.set() if more["exc_info"] else None)
    telling = speaking(Scripted(ValueError("a mistake")))
    telling.tell(["work"])
    await asyncio.wait_for(said.wait(), 10)
    await telling.stop()
