"""Real servers for journeys."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import Client, Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A started server on an empty directory; killed afterwards, if it still runs."""
    server = Server(tmp_path / "data")
    try:
        yield server.start()
    finally:
        server.kill()


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with server.client() as client:
        yield client
