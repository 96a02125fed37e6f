"""How fast messages are taken in, and how fast memories are made of them."""

import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from bench.embedding import EmbeddingProcess
from bench.measure import Bar, Report, Samples
from harness import Client, Server
from harness.talk import Talk

BURST = 4
LOAD_CLIENTS = 4
LOAD_REQUESTS = 40
"""Requests of each client under sustained load."""
REQUESTS = 16
ROUNDS = 5
"""Rounds of talk (two messages each) of one request when ingestion is measured."""
CALLS_AT_ONCE = 4


def measure_acknowledgement(server: Server, report: Report, *, count: int) -> None:
    """Asynchronous adds of two messages: `count` bursts with the queue idle before each, then under sustained load."""
    samples, talk = Samples(), Talk(seed=4)
    with server.client() as client, _bare_database(server.data_dir.with_name("bare.db")) as bare:
        for number in range(count):
            requests = [_request(f"ack-{number}", talk.rounds(1)) for _ in range(BURST)]
            for request in requests:
                samples.add("health", client.get("/health")[1])
                samples.add("commit", _commit(bare, request))
            tasks = [
                _acknowledged(client, request, samples, "first" if i == 0 else "further")
                for i, request in enumerate(requests)
            ]
            client.wait_for(tasks[-1])
    samples.taken["all"] = samples.taken["first"] + samples.taken["further"]
    pay = samples.p50("health") + samples.p50("commit")
    report.bars.append(
        Bar("acknowledgement of an async add p50 / (GET /health + one bare commit)", samples.p50("all") / pay, 2)
    )
    report.durations("bare commit of the same size", samples, "commit")
    report.durations(f"acknowledgement, bursts of {BURST}, queue idle before", samples, "all")
    report.durations("acknowledgement, the first of each burst", samples, "first")
    _measure_load(server, report)


def _measure_load(server: Server, report: Report) -> None:
    samples = Samples()
    started = time.perf_counter()
    with ThreadPoolExecutor(LOAD_CLIENTS) as pool:
        last = list(pool.map(lambda number: _load(server, number, samples), range(LOAD_CLIENTS)))
    seconds = time.perf_counter() - started
    report.durations(f"acknowledgement, {LOAD_CLIENTS} clients without pause, queue busy", samples, "load")
    report.figure("requests acknowledged under this load", LOAD_CLIENTS * LOAD_REQUESTS / seconds, "a second")
    with server.client() as client:
        for task in last:
            client.wait_for(task)


def _load(server: Server, number: int, samples: Samples) -> str:
    """One client's requests, one after the other; the last task."""
    talk = Talk(seed=100 + number)
    with server.client() as client:
        for _ in range(LOAD_REQUESTS):
            task = _acknowledged(client, _request(f"load-{number}", talk.rounds(1)), samples, "load")
    return task


def measure_ingestion(server: Server, embedding: EmbeddingProcess, report: Report, *, repetitions: int) -> None:
    """Refined messages a second of one user and of many, in turns with the embedder on the same texts."""
    talk = Talk(seed=5)
    seconds: dict[str, float] = dict.fromkeys(("embedder", "embedder at once", "one user", "many users"), 0.0)
    messages = repetitions * REQUESTS * ROUNDS * 2
    with server.client() as client:
        for number in range(repetitions):
            one = [_request(f"one-{number}", talk.rounds(ROUNDS)) for _ in range(REQUESTS)]
            many = [_request(f"many-{number}-{i}", talk.rounds(ROUNDS)) for i in range(REQUESTS)]
            seconds["embedder"] += embedding.seconds(_texts(one), "passage")
            seconds["one user"] += _ingest(client, one)
            seconds["embedder at once"] += embedding.seconds(_texts(many), "passage", calls=CALLS_AT_ONCE)
            seconds["many users"] += _ingest(client, many)
    speed = {name: messages / taken for name, taken in seconds.items()}
    best = max(speed["embedder"], speed["embedder at once"])
    for name in ("one user", "many users"):
        report.bars.append(Bar(f"ingestion, {name} / the embedder alone", speed[name] / best, 0.6, at_least=True))
    report.figure("embedder, all texts in one call", speed["embedder"], "texts a second")
    report.figure(f"embedder, {CALLS_AT_ONCE} calls at once", speed["embedder at once"], "texts a second")
    report.figure("ingestion, one user", speed["one user"], "messages a second, refined")
    report.figure("ingestion, many users", speed["many users"], "messages a second, refined")


def _ingest(client: Client, requests: Sequence[dict[str, Any]]) -> float:
    """Seconds from the first request until every task is completed. Raises `RuntimeError` if one failed."""
    started = time.perf_counter()
    tasks = [client.data("/add/message", request)["task_id"] for request in requests]
    for task in tasks:
        if (status := client.wait_for(task)) != "completed":
            raise RuntimeError(f"the task {task} is {status}")
    return time.perf_counter() - started


def _acknowledged(client: Client, request: dict[str, Any], samples: Samples, name: str) -> str:
    answer = client.post("/add/message", request)
    if answer.code != 0:
        raise RuntimeError(f"add/message: {answer}")
    samples.add(name, answer.seconds)
    return str(answer.data["task_id"])


def _request(user: str, messages: list[dict[str, str]]) -> dict[str, Any]:
    return {"user_id": user, "conversation_id": "bench", "messages": messages, "async_mode": True}


def _texts(requests: Sequence[dict[str, Any]]) -> list[str]:
    return [message["content"] for request in requests for message in request["messages"]]


@contextmanager
def _bare_database(file: Path) -> Iterator[apsw.Connection]:
    connection = apsw.Connection(str(file))
    try:
        connection.pragma("journal_mode", "wal")
        connection.pragma("synchronous", "full")
        connection.execute("CREATE TABLE requests (body BLOB NOT NULL)")
        yield connection
    finally:
        connection.close()


def _commit(connection: apsw.Connection, request: dict[str, Any]) -> float:
    """Seconds of one durable commit of the request as one row."""
    body = json.dumps(request).encode()
    started = time.perf_counter()
    connection.execute("INSERT INTO requests VALUES (?)", (body,))
    return time.perf_counter() - started
