"""How much faster memories are made by four workers than by one, all on one PostgreSQL; writes bench/WORKERS.md.

    python -m bench.workers [--users 40] [--requests 10] [--rounds 3] [--share 0.2] [--out FILE]

A worker alone and four of them take turns, each time with an empty database and the same requests. What counts is
the time from the first request until the last task is completed; the server that takes in runs no tasks itself.

Twice: at full speed, which says how well the cores of this machine are used, and with each worker stopped for all but
a share of the time, as if it ran on a small machine of its own, which says whether workers stand in each other's way.
"""

import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from bench.measure import Bar, Report, Samples
from harness import Server
from harness.cluster import WorkerProcess, cluster
from harness.provenance import provenance
from harness.talk import Talk

HERE = Path(__file__).parent
WORKERS = (1, 4)
CLIENTS = 8
FASTER = 1.6
AT_MOST = 1_800.0
TURN = 0.1
"""Seconds in which each worker runs once, for its share of them."""
NOTES = (
    "Each request has two messages of one round of talk, generated, half of it Chinese. Every user is an owner of "
    "tasks, which are done in order; tasks of different users go to any worker.",
    "Embedding takes most of the time, and processor cores: with more workers than cores the ratio says how well these "
    "are used.",
    "The PostgreSQL server runs on the same machine, without fsync.",
    "Held to a share: each worker in turn runs for so much of every tenth of a second and is stopped (SIGSTOP) for the "
    "rest. Four of them then need less than one core, and whatever they wait for is each other or the database.",
    "A load average above the number of cores before the start says that other work had the machine.",
)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.workers", description="Measures one worker and four.")
    parser.add_argument("--users", type=int, default=40)
    parser.add_argument("--requests", type=int, default=10, help="of each user")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--share", type=float, default=0.2, help="of the time, at most 1/4, for the second measurement")
    parser.add_argument("--out", type=Path, default=HERE / "WORKERS.md")
    options = parser.parse_args(arguments)
    report, samples = Report(notes=list(NOTES)), Samples()
    report.figure(f"load average at the start, on {os.cpu_count()} cores", os.getloadavg()[0], "")
    messages = 2 * options.users * options.requests
    for share, how in ((1.0, "at full speed"), (options.share, f"each held to {options.share} of the time")):
        for number in range(options.rounds):
            for count in WORKERS if number % 2 == 0 else WORKERS[::-1]:
                seconds = _measure(count, options.users, options.requests, share)
                samples.add(f"{count} {how}", seconds)
                print(f"bench: {count} workers {how}: {seconds:.1f} s", file=sys.stderr, flush=True)
        speed = {count: 1_000 * messages / samples.p50(f"{count} {how}") for count in WORKERS}
        for count in WORKERS:
            report.figure(f"messages made into memories, {count} workers, {how}", speed[count], "a second")
        report.bars.append(Bar(f"four workers against one, {how}", speed[4] / speed[1], FASTER, at_least=True))
    text = report.page("Workers on one PostgreSQL", provenance("bench.workers", arguments))
    options.out.write_text(text, "utf-8")
    print(text)
    return 0


def _measure(workers: int, users: int, requests: int, share: float) -> float:
    """Seconds from the first request until every task is done. share: of the time in which each worker runs."""
    with (
        tempfile.TemporaryDirectory(prefix="memosd-bench-") as directory,
        cluster(Path(directory), servers=1, workers=workers) as group,
        ThreadPoolExecutor(CLIENTS) as clients,
    ):
        [server] = group.servers
        _wait(lambda: all("the worker runs" in worker.log.read_text("utf-8") for worker in group.workers))
        _add(server, "warm-up", 4)
        with psycopg.connect(group.database.url(), autocommit=True) as database:
            unfinished = "SELECT 1 FROM tasks WHERE state <> 'done' LIMIT 1"
            _wait(lambda: database.execute(unfinished).fetchone() is None)
            with _held(group.workers, share):
                start = time.perf_counter()
                for sent in [clients.submit(_add, server, f"user{n}", requests) for n in range(users)]:
                    sent.result()
                _wait(lambda: database.execute(unfinished).fetchone() is None)
                return time.perf_counter() - start


@contextmanager
def _held(workers: Sequence[WorkerProcess], share: float) -> Iterator[None]:
    """Let each worker run for that share of the time only, one after the other, for as long as the context lasts."""
    done = threading.Event()

    def take_turns() -> None:
        while not done.is_set():
            for worker in workers:
                worker.send(signal.SIGCONT)
                done.wait(share * TURN)
                worker.send(signal.SIGSTOP)
            done.wait(TURN * (1 - share * len(workers)))
        for worker in workers:
            worker.send(signal.SIGCONT)

    turns = threading.Thread(target=take_turns) if share < 1 else None
    if turns:
        turns.start()
    try:
        yield
    finally:
        done.set()
        if turns:
            turns.join()


def _add(server: Server, user: str, count: int) -> None:
    talk = Talk(seed=sum(user.encode()))
    with server.client() as client:
        for number in range(count):
            body: dict[str, Any] = {"user_id": user, "conversation_id": f"c{number}", "messages": talk.rounds(1)}
            client.data("/add/message", body)


def _wait(holds: Callable[[], bool]) -> None:
    """Raises `TimeoutError`."""
    deadline = time.monotonic() + AT_MOST
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"there is something left to do after {AT_MOST:.0f} s")
        time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
