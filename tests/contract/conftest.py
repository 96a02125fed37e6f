"""The engines that every behaviour suite runs over."""

from collections.abc import AsyncIterator

import pytest

from memosd.ports.engine import Engine
from tests.support.engines import ENGINES, Places
from tests.support.frozen import FrozenClock
from tests.support.records import Records


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture(params=ENGINES)
async def engine(request: pytest.FixtureRequest, places: Places, clock: FrozenClock) -> AsyncIterator[Engine]:
    with places.new(request.param) as place:
        opened = await place.open(clock=clock)
        yield opened
        await opened.close()


@pytest.fixture
def records(engine: Engine) -> Records:
    return Records(engine.storage, engine.queue, engine.keys, {index.name: index for index in engine.indexes})
