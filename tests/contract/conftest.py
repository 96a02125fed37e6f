"""The engines that every behaviour suite runs over."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from memosd.engines.sqlite import SqliteEngine
from tests.support.frozen import FrozenClock
from tests.support.projected import Tended, large_scopes, with_indexes
from tests.support.records import Records


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture(params=["sqlite", "qdrant-edge"])
async def engine(request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock) -> AsyncIterator[SqliteEngine]:
    opened = SqliteEngine.open(tmp_path / "data", clock=clock)
    if request.param == "sqlite":
        yield opened
    else:
        scopes = large_scopes(opened, tmp_path / "vectors")
        yield with_indexes(opened, Tended(scopes))
        await scopes.close()
    await opened.close()


@pytest.fixture
def records(engine: SqliteEngine) -> Records:
    return Records(engine.storage, engine.queue, engine.keys, {index.name: index for index in engine.indexes})
