"""An engine on an empty database of its own."""

from collections.abc import AsyncIterator, Iterator

import pytest

from memosd.engines.postgres import PostgresEngine
from tests.support.engines import Place, Places
from tests.support.frozen import FrozenClock
from tests.support.records import Records


@pytest.fixture
def place(places: Places) -> Iterator[Place]:
    with places.new("postgres") as place:
        yield place


@pytest.fixture
def url(place: Place) -> str:
    assert isinstance(place.where, str)
    return place.where


@pytest.fixture
async def engine(url: str) -> AsyncIterator[PostgresEngine]:
    opened = await PostgresEngine.open(url, clock=FrozenClock(), connections=4)
    yield opened
    await opened.close()


@pytest.fixture
async def other(url: str) -> AsyncIterator[PostgresEngine]:
    """A second engine on the same database, as in another process."""
    opened = await PostgresEngine.open(url, clock=FrozenClock(), connections=4)
    yield opened
    await opened.close()


def records_of(engine: PostgresEngine) -> Records:
    return Records(
        engine.storage, engine.queue, engine.keys, {index.name: index for index in engine.indexes}, engine.files
    )


@pytest.fixture
def records(engine: PostgresEngine) -> Records:
    return records_of(engine)
