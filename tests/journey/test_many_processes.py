"""Servers and workers that share one PostgreSQL: each of them may die at any moment, or be replaced."""

import base64
import http.client
import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from harness import Client, NoAnswer, Server
from harness.cluster import Cluster, cluster
from harness.talk import Talk

CHAOS_ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "6"))
"""Of killing one process or other; `CHAOS_ROUNDS=30` for a long run."""
CLIENTS = 3
ACKNOWLEDGED = 8
"""Additions that are to be acknowledged before a process is killed, and again after it."""
AT_MOST = 120.0
UNAVAILABLE = 503
SKILL = b"---\nname: Making tea\ndescription: How to make green tea\n---\nBoil the water, wait a minute, then pour.\n"


def wait_until(holds: Callable[[], bool], what: str, *, at_most: float = AT_MOST) -> None:
    deadline = time.monotonic() + at_most
    while not holds():
        assert time.monotonic() < deadline, f"not within {at_most:.0f} s: {what}"
        time.sleep(0.05)


@dataclass
class Promises:
    """What was sent, by its text: acknowledged for certain, perhaps taken in, deleted for certain, perhaps deleted."""

    acknowledged: set[str] = field(default_factory=set)
    perhaps: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    perhaps_deleted: set[str] = field(default_factory=set)


class Load(threading.Thread):
    """Adds, and deletes every fifth, on any of the servers, whichever answers; goes on until it is told to stop."""

    def __init__(self, servers: Callable[[], Sequence[Server]], number: int) -> None:
        super().__init__(name=f"load-{number}", daemon=True)
        self.user = f"user-{number}"
        self.promises = Promises()
        self.refused: list[str] = []
        self.stopping = threading.Event()
        self.fault: BaseException | None = None
        self._servers = servers
        self._chance = random.Random(number)
        self._talk = Talk(seed=number)

    def run(self) -> None:
        try:
            for step in range(100_000):
                if self.stopping.is_set():
                    return
                self._add(step)
        except BaseException as error:
            self.fault = error
            raise

    def _add(self, step: int) -> None:
        text = f"{self.user} {step}: {self._talk.sentence()}"
        said = {"role": "user", "content": text}
        labels = {"conversation_id": f"c{step}", "app_id": f"{self.user}-{step}"}
        self.promises.perhaps.add(text)
        if self._post("/add/message", {"user_id": self.user, "messages": [said], **labels}) is None:
            return
        self.promises.acknowledged.add(text)
        if step % 5 == 4:
            self._erase_memories(text)

    def _erase_memories(self, text: str) -> None:
        found = self._post("/get/memory", {"user_id": self.user, "size": 50})
        ids = [m["id"] for m in (found or {}).get("memory_detail_list", ()) if text in m["memory_value"]]
        if ids:
            self.promises.perhaps_deleted.add(text)
            if self._post("/delete/memory", {"memory_ids": ids}) is not None:
                self.promises.deleted.add(text)

    def _post(self, path: str, body: object) -> dict[str, Any] | None:
        """The data of the answer; None if there was none, or the server could not."""
        ready = self._servers()
        if not ready:
            time.sleep(0.05)
            return None
        try:
            with self._chance.choice(ready).client(timeout=60) as client:
                answer = client.post(path, body)
        except NoAnswer as error:
            self.refused.append(str(error))
            time.sleep(0.05)
            return None
        if answer.status == UNAVAILABLE:
            self.refused.append(answer.message)
            return None
        assert answer.code == 0, answer
        data: dict[str, Any] = answer.data if isinstance(answer.data, dict) else {}
        return data


def under_load(loads: Sequence[Load], more: int = ACKNOWLEDGED) -> None:
    """Until so many more additions were acknowledged."""
    before = sum(len(load.promises.acknowledged) for load in loads)
    wait_until(
        lambda: (
            sum(len(load.promises.acknowledged) for load in loads) >= before + more or any(load.fault for load in loads)
        ),
        "additions are acknowledged",
    )
    assert [load.fault for load in loads] == [None] * len(loads)


def finish(loads: Sequence[Load]) -> None:
    for load in loads:
        load.stopping.set()
    for load in loads:
        load.join(AT_MOST)
        assert not load.is_alive()
        assert load.fault is None


def check(group: Cluster, loads: Sequence[Load]) -> None:
    """Nothing acknowledged is lost, nothing is there twice, nothing deleted is back, and nothing is left to do."""
    with psycopg.connect(group.database.url(), autocommit=True) as database:
        unfinished = "SELECT count(*) FROM tasks WHERE state <> 'done'"
        wait_until(lambda: database.execute(unfinished).fetchone() == (0,), "every task is done")
        said = [text for (text,) in database.execute("SELECT text FROM messages").fetchall()]
    with group.servers[0].client() as client:
        for load in loads:
            promises = load.promises
            mine = [text for text in said if text.startswith(f"{load.user} ")]
            assert len(mine) == len(set(mine)), "a message is there twice"
            assert promises.acknowledged <= set(mine) <= promises.perhaps
            known = memories_of(client, load.user)
            for text in mine:
                found = sum(text in value for value in known)
                expected = (0,) if text in promises.deleted else (0, 1) if text in promises.perhaps_deleted else (1,)
                assert found in expected, text
    examined = group.doctor()
    assert examined.returncode == 0, examined.stdout + examined.stderr


def memories_of(client: Client, user: str) -> list[str]:
    values: list[str] = []
    page, pages = 1, 1
    while page <= pages:
        data = client.data("/get/memory", {"user_id": user, "page": page, "size": 50})
        values += [memory["memory_value"] for memory in data["memory_detail_list"]]
        page, pages = page + 1, data["pages"]
    return values


@pytest.fixture
def group(tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path, servers=2, workers=2, environment={"MEMOSD_DRAIN_SECONDS": "1"}) as started:
        yield started


def test_any_process_may_be_killed_at_any_moment(group: Cluster) -> None:
    loads = [Load(lambda: group.servers, number) for number in range(CLIENTS)]
    for load in loads:
        load.start()
    chance = random.Random(4)
    for number in range(CHAOS_ROUNDS):
        under_load(loads)
        match number % 3:
            case 0:
                server = chance.choice(group.servers)
                server.kill()
                under_load(loads)
                server.start()
            case 1:
                worker = chance.choice(group.workers)
                worker.kill()
                under_load(loads)
                worker.start()
            case _:
                group.database.kill()
                group.database.start()
        under_load(loads)
    finish(loads)
    check(group, loads)


class Balancer(threading.Thread):
    """Knows which servers are ready, as a load balancer does that asks them now and then."""

    def __init__(self, servers: Sequence[Server]) -> None:
        super().__init__(daemon=True)
        self.ready: tuple[Server, ...] = tuple(servers)
        self._servers = servers
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.wait(0.1):
            self.ready = tuple(server for server in self._servers if server.is_ready())


def test_a_rolling_restart_loses_no_request(group: Cluster) -> None:
    balancer = Balancer(group.servers)
    balancer.start()
    loads = [Load(lambda: balancer.ready, number) for number in range(CLIENTS)]
    for load in loads:
        load.start()
    for server in group.servers:
        under_load(loads)
        server.stop()
        under_load(loads)
        server.start()
        wait_until(lambda server=server: server in balancer.ready, "the new server is found")  # type: ignore[misc]
    for worker in group.workers:
        assert worker.stop() == 0
        worker.start()
        under_load(loads)
    finish(loads)
    balancer.stopping.set()
    assert [load.refused for load in loads] == [[]] * CLIENTS
    check(group, loads)


def test_a_file_is_within_reach_of_every_process(group: Cluster) -> None:
    """Taken in by one server, read by a worker, had from the other server by a link that the first one signed."""
    one, another = group.servers
    with one.client() as client, another.client() as other:
        base = client.data("/create/knowledgebase", {"knowledgebase_name": "kitchen"})["id"]
        file = {"name": "SKILL.md", "type": "skill", "content": base64.b64encode(SKILL).decode()}
        [taken] = client.data("/add/knowledgebase-file", {"knowledgebase_id": base, "file": [file]})

        def is_read() -> bool:
            [known] = other.data("/get/knowledgebase-file", {"file_ids": [taken["id"]]})["file_detail_list"]
            assert known["status"] != "failed", known
            return bool(known["status"] == "completed")

        wait_until(is_read, "the file is read")
        asked = {"user_id": "ann", "query": "How do I make green tea?", "knowledgebase_ids": [base], "relativity": 0}
        [skill] = client.data("/search/memory", {**asked, "include_skill": True})["skill_detail_list"]
        link = urlsplit(skill["skill_url"])
        assert link.port == one.port
        assert download(another, f"{link.path}?{link.query}") == (200, SKILL)
        other.data("/delete/knowledgebase-file", {"file_ids": [taken["id"]]})
    assert download(one, f"{link.path}?{link.query}")[0] == 404
    with psycopg.connect(group.database.url(), autocommit=True) as database:
        assert database.execute("SELECT count(*) FROM contents").fetchone() == (0,)


def download(server: Server, path: str) -> tuple[int, bytes]:
    """Without a key, as somebody does who was given the link."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
