"""A scripted server, and connections to it that do not wait between attempts."""

from collections.abc import AsyncIterator, Iterator

import pytest

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
    connection = Connection(server.url, key="sk-test", timeout=0.5)
    connection.gate.sleep = at_once
    yield connection
    await connection.close()
