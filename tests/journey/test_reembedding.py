"""Another embedder on a filled server: searches go on, SIGKILL loses nothing, and no old vector is left.

MEMORIES=10000 python -m pytest tests/journey/test_reembedding.py runs it at full size.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bench.fill import USER
from harness import Server
from harness.client import NoAnswer
from memosd.providers.e5 import E5Embedder
from tests.support.embedder import e5 as e5
from tests.support.embedder import graphs as graphs
from tests.support.model_server import ModelServer, serving

ROOT = Path(__file__).parents[2]
MEMORIES = int(os.environ.get("MEMORIES", "1200"))
LONGEST = 60.0 + MEMORIES / 20
MODEL = "small/32"


def wait_until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + LONGEST
    while not holds():
        assert time.monotonic() < deadline, f"not within {LONGEST:.0f} s: {what}"
        time.sleep(0.02)


@dataclass
class Searcher(threading.Thread):
    """Searches again and again. A connection that dies with the server is no failed search."""

    server: Server
    expect_death: bool = False
    searches: int = 0
    failures: list[str] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        with self.server.client() as client:
            while not self.enough.is_set():
                try:
                    answer = client.post("/search/memory", {"user_id": USER, "query": "harbour 港口", "relativity": 0})
                except NoAnswer as error:
                    if not self.expect_death:
                        self.failures.append(str(error))
                    return
                if answer.code != 0 or not answer.data["memory_detail_list"]:
                    self.failures.append(str(answer))
                self.searches += 1

    def end(self) -> None:
        self.enough.set()
        self.join(LONGEST)
        assert not self.is_alive()


@pytest.fixture
def models() -> Iterator[ModelServer]:
    with serving(ModelServer(dimensions=32)) as models:
        yield models


def progress(server: Server) -> str:
    """What /ready says of the embeddings."""
    try:
        with urllib.request.urlopen(f"{server.url}/ready", timeout=LONGEST) as answer:
            findings = json.load(answer)["findings"]
    except urllib.error.HTTPError as refused:
        with refused:
            findings = json.load(refused)["findings"]
    return next(str(each["detail"]) for each in findings if each["check"] == "embeddings")


def test_the_embedder_is_changed_while_searches_go_on(tmp_path: Path, models: ModelServer, e5: E5Embedder) -> None:
    data = tmp_path / "data"
    fill = (sys.executable, "-m", "bench.fill", str(data), str(MEMORIES), e5.model)
    subprocess.run(fill, check=True, cwd=ROOT, timeout=600)
    settings = {"MEMOSD_MODEL_URL": models.url, "MEMOSD_EMBEDDING_MODEL": "small", "MEMOSD_WORKERS": "1"}
    server = Server(data, settings)

    def vectors(query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(data / "memosd.db")) as database:
            return list(database.execute(query, (MODEL,)))

    def made() -> int:
        return int(str(vectors("SELECT count(DISTINCT memory) FROM embeddings WHERE model = ?")[0][0]))

    try:
        server.start()
        searcher = Searcher(server, expect_death=True)
        searcher.start()
        wait_until(lambda: made() > MEMORIES // 4, "a part is done")
        assert f"memories have vectors of {MODEL}; until all have, searches use multilingual-e5-small" in progress(
            server
        )
        server.signal(signal.SIGKILL)
        server.wait()
        searcher.end()
        assert searcher.failures == []
        done, asked = made(), models.embedded
        assert MEMORIES // 4 < done < MEMORIES, "killed in the middle"

        server.start()
        after = Searcher(server)
        after.start()
        # Something is said while it goes on: it must not be left behind.
        with server.client() as client:
            said = {"role": "user", "content": "The harbour master keeps my canoe."}
            added = {"user_id": USER, "conversation_id": "now", "messages": [said]}
            task = client.data("/add/message", added)["task_id"]
            assert client.wait_for(task, at_most=LONGEST) == "completed"
            wait_until(lambda: "all by" in progress(server), "all is done")
            wait_until(lambda: not vectors("SELECT 1 FROM embeddings WHERE model <> ? LIMIT 1"), "old ones are dropped")
            after.end()
            found = client.data("/search/memory", {"user_id": USER, "query": "Who keeps my canoe?", "relativity": 0})
        assert after.failures == []
        assert after.searches > 0
        assert any("canoe" in memory["memory_value"] for memory in found["memory_detail_list"])
        assert vectors(
            "SELECT count(*) FROM memories WHERE retired_at IS NULL AND draft = 0 "
            "AND no NOT IN (SELECT memory FROM embeddings WHERE model = ?)"
        ) == [(0,)]
        texts = vectors("SELECT count(*) FROM embeddings WHERE model = ?")[0][0]
        assert isinstance(texts, int)
        assert models.embedded - asked < texts - done / 2, "it went on where it stood"
        server.stop()
        examined = server.doctor()
        assert examined.returncode == 0, examined.stdout
        assert f"all by {MODEL}" in examined.stdout
    finally:
        server.kill()
