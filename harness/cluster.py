"""Several memosd processes on one PostgreSQL: servers without workers, and workers."""

import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness.postgres import Postgres, postgres
from harness.server import SERVE, STOP_SECONDS, Server, settings_for

WORKER = (sys.executable, "-m", "memosd", "worker")


@dataclass
class WorkerProcess:
    """`memosd worker`. It may be started, stopped or killed, and started again."""

    data_dir: Path
    environment: Mapping[str, str]
    _process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.data_dir.with_name(self.data_dir.name + ".log")

    def start(self) -> "WorkerProcess":
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                WORKER,
                env=settings_for(self.data_dir, self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self

    def stop(self) -> int:
        """SIGTERM; the status with which it ended."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        self.send(number)
        return self._process.wait(STOP_SECONDS)


@dataclass
class Cluster:
    """All processes of one memosd on many machines, on this one."""

    database: Postgres
    servers: list[Server] = field(default_factory=list)
    workers: list[WorkerProcess] = field(default_factory=list)

    def doctor(self) -> subprocess.CompletedProcess[str]:
        return self.servers[0].doctor()


@contextmanager
def cluster(
    directory: Path, *, servers: int, workers: int, environment: Mapping[str, str] | None = None
) -> Iterator[Cluster]:
    """So many started processes for as long as the context lasts; then they are killed."""
    with postgres() as database:
        settings = {"MEMOSD_DATABASE_URL": database.url(), "MEMOSD_TASK_LEASE_SECONDS": "5", **(environment or {})}
        made = Cluster(
            database,
            [
                Server(directory / f"server-{number}", settings, command=(*SERVE, "--no-worker"))
                for number in range(servers)
            ],
            [WorkerProcess(directory / f"worker-{number}", settings) for number in range(workers)],
        )
        try:
            for server in made.servers:
                server.start(wait=False)
            for server in made.servers:
                server.wait_until_ready()
            for worker in made.workers:
                worker.start()
            yield made
        finally:
            for server in made.servers:
                server.kill()
            for worker in made.workers:
                worker.kill()
