"""Starts `memosd serve` as a child process on a free loopback port, and stops it again."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness.client import Client

HOST = "127.0.0.1"
KEY = "mk_only-for-servers-started-by-tests"
SERVE = (sys.executable, "-m", "memosd", "serve")
DOCTOR = (sys.executable, "-m", "memosd", "doctor")
START_SECONDS = 120.0
"""The first start builds the embedder's graph."""
STOP_SECONDS = 30.0
DOCTOR_SECONDS = 120.0
LOG_LINES_SHOWN = 40
IDLE_SHARE = 0.1
"""Processor seconds within a second that an idle server may use."""
GRAPH = Path(__file__).parents[1] / "build" / "embedder"
"""The embedder's graph, built once and shared by all servers started here."""


class ServerFailed(Exception):
    """The server did not start, or did not stop; the message ends with the last lines of its log."""


def settings_for(data_dir: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process: this one's, without settings that happen to be in it."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("MEMOSD_")},
        "MEMOSD_DATA_DIR": str(data_dir),
        "MEMOSD_API_KEY": KEY,
        "MEMOSD_CACHE_DIR": str(GRAPH),
        **settings,
    }


@dataclass
class Server:
    """A server on one data directory. It may be started, stopped or killed, and started again.

    environment: further settings (`MEMOSD_…`). command: what is run; the settings reach it by its environment.
    log: everything that the servers on the directory write; beside it, if not given, so that it stays.
    """

    data_dir: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    command: Sequence[str] = SERVE
    log: Path = Path()
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        if self.log == Path():
            self.log = self.data_dir.with_name(self.data_dir.name + ".log")

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ServerFailed("the server was not started")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, *, wait: bool = True) -> "Server":
        """Start the process and wait until /ready says so. Raises `ServerFailed`."""
        self.port = _free_port()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                env=self._settings(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        if wait:
            self.wait_until_ready()
        return self

    def wait_until_ready(self, *, at_most: float = START_SECONDS) -> None:
        """Raises `ServerFailed`."""
        deadline = time.monotonic() + at_most
        while not self.is_ready():
            if not self.running:
                raise ServerFailed(f"the server ended with status {self.wait()}\n{self.tail()}")
            if time.monotonic() > deadline:
                self.kill()
                raise ServerFailed(f"the server was not ready within {at_most:.0f} s\n{self.tail()}")
            time.sleep(0.05)

    def client(self, *, timeout: float = 120.0, key: str = KEY) -> Client:
        """A connection of its own; not to be shared by threads."""
        return Client(HOST, self.port, key, timeout=timeout)

    def stop(self) -> None:
        """SIGTERM, and wait until it has ended. Raises `ServerFailed` if it had to be killed."""
        if not self.running:
            return
        self.signal(signal.SIGTERM)
        try:
            self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerFailed(f"the server did not stop within {STOP_SECONDS:.0f} s\n{self.tail()}") from None

    def kill(self) -> None:
        """SIGKILL: no chance to finish anything."""
        if self.running:
            self.signal(signal.SIGKILL)
            self.wait()

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def wait(self, *, at_most: float = STOP_SECONDS) -> int:
        """The status with which the process ended. Raises `subprocess.TimeoutExpired`."""
        if self._process is None:
            raise ServerFailed("the server was not started")
        return self._process.wait(at_most)

    def tail(self) -> str:
        """The last lines of the log."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-LOG_LINES_SHOWN:])

    def doctor(self) -> subprocess.CompletedProcess[str]:
        """What `memosd doctor` says of the directory; the server must not be running."""
        return subprocess.run(
            DOCTOR, env=self._settings(), capture_output=True, text=True, timeout=DOCTOR_SECONDS, check=False
        )

    def rss_mb(self) -> float:
        """The resident memory in MiB; Linux only."""
        status = Path(f"/proc/{self.pid}/status").read_text("ascii")
        [kib] = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
        return int(kib) / 1024

    def wait_until_idle(self, *, at_most: float = START_SECONDS) -> None:
        """Return when neither it nor a process of its own works: an index may be built after a start. Linux only.

        Raises `ServerFailed`.
        """
        deadline = time.monotonic() + at_most
        before = self._processor_seconds()
        while True:
            time.sleep(1)
            now = self._processor_seconds()
            if now - before < IDLE_SHARE:
                return
            if time.monotonic() > deadline:
                raise ServerFailed(f"the server still works after {at_most:.0f} s\n{self.tail()}")
            before = now

    def _processor_seconds(self) -> float:
        """Of the process, its threads, and the processes it has started."""
        family, ticks = {self.pid}, 0
        for stat in sorted(Path("/proc").glob("[0-9]*/stat"), key=lambda path: int(path.parent.name)):
            with contextlib.suppress(OSError):
                pid, rest = int(stat.parent.name), stat.read_text("ascii", "replace").rpartition(")")[2].split()
                if pid in family or int(rest[1]) in family:
                    family.add(pid)
                    ticks += sum(map(int, rest[11:15]))  # its own, and those of children that have ended
        return ticks / os.sysconf("SC_CLK_TCK")

    def _settings(self) -> dict[str, str]:
        own = {"MEMOSD_HOST": HOST, "MEMOSD_PORT": str(self.port)}
        return settings_for(self.data_dir, {**own, **self.environment})

    def is_ready(self) -> bool:
        """Whether it answers /ready, and well."""
        with closing(http.client.HTTPConnection(HOST, self.port, timeout=10)) as connection:
            try:
                connection.request("GET", "/ready")
                return connection.getresponse().status == http.HTTPStatus.OK
            except (OSError, http.client.HTTPException):
                return False


@contextmanager
def running(data_dir: Path | None = None, *, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A server for as long as the context lasts, on a temporary directory if none is given.

    If the context is left by an error, the last lines of the server's log are shown on standard error.
    """
    with tempfile.TemporaryDirectory(prefix="memosd-") as temporary:
        server = Server(data_dir or Path(temporary) / "data", environment or {})
        try:
            yield server.start()
            server.stop()
        except BaseException:
            print(server.tail(), file=sys.stderr)
            raise
        finally:
            server.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
