"""SIGKILL at every durable boundary and at any moment: nothing acknowledged is lost, nothing is done twice.

All rounds share one data directory: each server finds what its predecessor left when it died.
"""

import asyncio
import json
import random
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness import Server
from memosd.engines.sqlite import SqliteEngine
from tests.journey.load import ClientThread, Promises, memories_of
from tests.journey.mortal_server import POINTS

HERE = Path(__file__).parent
CLIENTS = 3
RANDOM_MOMENTS = 10
ROUND_SECONDS = 60.0
MOST_PASSES = 12
"""Passes of a named point after which the server dies; of a deletion, which is rarer, at the first."""


def wait_until(holds: Callable[[], bool], what: str, *, at_most: float = ROUND_SECONDS) -> None:
    deadline = time.monotonic() + at_most
    while not holds():
        assert time.monotonic() < deadline, f"not within {at_most:.0f} s: {what}"
        time.sleep(0.01)


@dataclass
class World:
    """The server that dies again and again, and all that was promised by it and its predecessors."""

    server: Server
    orders: Path
    promises: list[Promises] = field(default_factory=list)

    def arm(self, point: str, calls: int) -> None:
        armed = self.orders.with_suffix(".armed")
        armed.unlink(missing_ok=True)
        self.orders.write_text(json.dumps({"point": point, "calls": calls}), "utf-8")
        self.server.signal(signal.SIGUSR1)
        wait_until(armed.exists, "the server takes the order")

    def load(self, name: str, die: Callable[[list[ClientThread]], None]) -> None:
        """Clients work until the server is dead; `die` sees to that."""
        threads = [ClientThread(self.server, name, number) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        die(threads)
        wait_until(lambda: not self.server.running, "the server dies")
        for thread in threads:
            thread.join(ROUND_SECONDS)
            assert not thread.is_alive()
            assert thread.fault is None
        self.promises += [thread.promises for thread in threads]

    def check(self, promises: list[Promises]) -> None:
        """Ask the started server for everything that was promised."""
        with self.server.client() as client:
            for each in promises:
                for sent in each.rounds:
                    if sent.acknowledged and sent.user not in each.maybe_deleted_users:
                        assert client.wait_for(sent.task) == "completed"
                    request = {"user_id": sent.user, "conversation_id": sent.conversation}
                    said = [m["content"] for m in client.data("/get/message", request)["message_detail_list"]]
                    assert said == [sent.text] * len(said)
                    assert len(said) in each.messages(sent)
                known = {user: memories_of(client, user) for user in {sent.user for sent in each.rounds}}
                for sent in each.rounds:
                    found = sum(sent.text in memory["memory_value"] for memory in known[sent.user])
                    assert found in each.memories(sent), sent


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory = tmp_path_factory.mktemp("mortal")
    orders = directory / "orders.json"
    command = (sys.executable, str(HERE / "mortal_server.py"), str(orders))
    server = Server(directory / "data", command=command)
    try:
        yield World(server.start(), orders)
    finally:
        server.kill()


def findings_are_well(data_dir: Path) -> None:
    """Records, indexes and queue agree as the dead server left them, before the next one has repaired anything."""

    async def look() -> list[str]:
        engine = SqliteEngine.open(data_dir, exclusive=False)
        try:
            return [f"{f.check}: {f.detail}" for f in await engine.findings() if not f.well and f.check != "free disk"]
        finally:
            await engine.close()

    assert asyncio.run(look()) == []


def one_round(world: World, name: str, die: Callable[[list[ClientThread]], None]) -> None:
    before = len(world.promises)
    world.load(name, die)
    findings_are_well(world.server.data_dir)
    world.server.start()
    world.check(world.promises[before:])


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_named_point(world: World, point: str) -> None:
    number = list(POINTS).index(point)
    world.arm(point, calls=1 if "deletion" in point else random.Random(number).randint(2, MOST_PASSES))
    one_round(world, f"point{number}", lambda _: None)


@pytest.mark.parametrize("number", range(RANDOM_MOMENTS))
def test_killed_at_any_moment(world: World, number: int) -> None:
    steps = random.Random(number).randint(1, 40)

    def die(threads: list[ClientThread]) -> None:
        wait_until(lambda: sum(thread.steps for thread in threads) >= steps, "the clients get on")
        world.server.kill()

    one_round(world, f"moment{number}", die)


def test_after_all_that_everything_is_there_once_and_no_task_is_left(world: World) -> None:
    if not world.promises:
        pytest.skip("looks at what the rounds before have left")
    world.check(world.promises)
    with closing(sqlite3.connect(world.server.data_dir / "memosd.db")) as database:
        states = "SELECT DISTINCT state FROM tasks"
        wait_until(lambda: database.execute(states).fetchall() == [("done",)], "every task is done")
        said = Counter(text for (text,) in database.execute("SELECT text FROM messages"))
        assert set(said.values()) == {1}
        # A first form and its refinement: a task done twice would have made a third version.
        assert database.execute("SELECT max(version) FROM memories").fetchone() == (2,)
    world.server.stop()
    examined = world.server.doctor()
    assert examined.returncode == 0, examined.stdout + examined.stderr
