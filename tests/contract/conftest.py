"""The engines that every behaviour suite runs over."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from memosd.engines.sqlite import SqliteEngine
from memosd.ports.embeddings import EmbeddingStore
from memosd.ports.ledger import Ledger
from tests.support.frozen import FrozenClock
from tests.support.records import Records


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture(params=["sqlite"])
async def engine(request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock) -> AsyncIterator[SqliteEngine]:
    opened = SqliteEngine.open(tmp_path / "data", clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
def records(engine: SqliteEngine) -> Records:
    return Records(engine.storage, engine.queue, engine.keys, {index.name: index for index in engine.indexes})


@pytest.fixture
def ledger(engine: SqliteEngine) -> Ledger:
    return engine.ledger


@pytest.fixture
def embeddings(engine: SqliteEngine) -> EmbeddingStore:
    return engine.embeddings
