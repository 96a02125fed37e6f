"""A real Bolt server for the tests: ArcadeDB from its wheel, in a process of its own.

    python -m tests.support.bolt_server DIRECTORY BOLT_PORT HTTP_PORT

Prints `ready` once it listens; ends when its standard input does.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import arcadedb_embedded

PASSWORD = "playwithdata"
DATABASE = "memosd"


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextmanager
def bolt_server(directory: Path) -> Iterator[str]:
    """Its URL, as `MEMOSD_GRAPH` takes it."""
    port = free_port()
    command = (sys.executable, "-m", "tests.support.bolt_server", str(directory), str(port), str(free_port()))
    with (
        (directory / "server.out").open("wb") as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log) as process,
    ):
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            if not any(line.strip() == b"ready" for line in process.stdout):
                raise RuntimeError((directory / "server.out").read_text("utf-8", "replace")[-2000:])
            yield f"bolt://root:{PASSWORD}@127.0.0.1:{port}/{DATABASE}"
        finally:
            process.kill()


def serve(directory: str, bolt_port: int, http_port: int) -> None:
    os.chdir(directory)  # its log goes where it stands
    server = arcadedb_embedded.create_server(
        directory,
        PASSWORD,
        config={
            "server_plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
            "bolt_port": bolt_port,
            "http_port": http_port,
            "host": "127.0.0.1",
        },
    )
    server.start()
    server.create_database(DATABASE)
    print("\nready", flush=True)
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
