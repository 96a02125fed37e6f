"""The engines that every behaviour suite runs over, and the indexes beside them."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from memosd.engines.cypher.bolt import BoltDatabase
from memosd.engines.cypher.kglite import KgliteDirectory
from memosd.engines.sqlite import SqliteEngine
from memosd.flows.beside import Beside
from memosd.flows.large_scopes import LargeScopes
from memosd.ports.embeddings import EmbeddingStore
from memosd.ports.engine import Engine
from memosd.ports.ledger import Ledger
from tests.support.bolt_server import bolt_server
from tests.support.engines import ENGINES, Places
from tests.support.frozen import FrozenClock
from tests.support.projected import Tended, graph, large_scopes, qdrant_server, with_indexes
from tests.support.records import Records


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


BESIDE = ("qdrant-edge", "qdrant", "kglite", "bolt")
"""Indexes beside the records: what is asked of an index, and after deletions, is asked of them, too."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        finding = metafunc.module.__name__.endswith(("test_index_behaviour", "test_erasure_behaviour"))
        metafunc.parametrize("engine", (*ENGINES, *BESIDE) if finding else ENGINES, indirect=True)


@pytest.fixture
async def engine(
    request: pytest.FixtureRequest, places: Places, tmp_path: Path, clock: FrozenClock
) -> AsyncIterator[Engine]:
    with places.new("sqlite" if request.param in BESIDE else request.param) as place:
        opened = await place.open(clock=clock)
        index = await _beside(request, opened, tmp_path)
        yield opened if index is None else with_indexes(opened, Tended(index))
        if index is not None:
            await index.close()
        await opened.close()


async def _beside(request: pytest.FixtureRequest, engine: Engine, directory: Path) -> LargeScopes | Beside | None:
    if not isinstance(engine, SqliteEngine):
        return None
    match request.param:
        case "qdrant-edge":
            return large_scopes(engine, directory / "vectors")
        case "qdrant":
            return qdrant_server(engine)
        case "kglite":
            return graph(engine, KgliteDirectory(directory / "graph"))
        case "bolt":
            database = BoltDatabase(request.getfixturevalue("bolt_database"))
            await database.clear()
            return graph(engine, database)
    return None


@pytest.fixture
def records(engine: Engine) -> Records:
    return Records(
        engine.storage, engine.queue, engine.keys, {index.name: index for index in engine.indexes}, engine.files
    )


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return engine.ledger


@pytest.fixture
def embeddings(engine: Engine) -> EmbeddingStore:
    return engine.embeddings


@pytest.fixture(scope="session")
def bolt_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with bolt_server(tmp_path_factory.mktemp("bolt")) as url:
        yield url
