"""Real servers for journeys."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import Client, Server

DOCTOR_SECONDS = 60


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


def doctor(data_dir: Path) -> subprocess.CompletedProcess[str]:
    """What `memosd doctor` says of a directory that no server runs on."""
    command = (sys.executable, "-m", "memosd", "--data-dir", str(data_dir), "doctor")
    return subprocess.run(command, capture_output=True, text=True, timeout=DOCTOR_SECONDS, check=False)
