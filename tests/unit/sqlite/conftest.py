"""An engine on a directory of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from memosd.engines.sqlite import SqliteEngine
from tests.support.frozen import FrozenClock
from tests.support.records import Records


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
async def engine(directory: Path, clock: FrozenClock) -> AsyncIterator[SqliteEngine]:
    opened = SqliteEngine.open(directory, clock=clock)
    yield opened
    await opened.close()


def records_of(engine: SqliteEngine) -> Records:
    return Records(
        engine.storage, engine.queue, engine.keys, {index.name: index for index in engine.indexes}, engine.files
    )


@pytest.fixture
def records(engine: SqliteEngine) -> Records:
    return records_of(engine)
