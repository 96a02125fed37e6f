"""The directories of the indexes beside the records are deleted and overwritten, under load and between runs, with
SIGKILL in between: nothing acknowledged is lost, nothing deleted comes back, searches go on, doctor is content."""

import json
import os
import random
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness import NoAnswer, Server
from tests.journey.load import ClientThread
from tests.journey.test_kill import World, findings_are_well, wait_until

ROUNDS = 6
LARGE = 6
SETTINGS = {"MEMOSD_LARGE_SCOPE": str(LARGE), "MEMOSD_GRAPH": "kglite"}
INDEXES = ("vector index of .+", "the graph database")
"""As doctor names those beside the records: each has to hold something, or it was not searched."""
DIRECTORIES = ("vectors", "graph")


def delete(directory: Path, _: random.Random) -> None:
    shutil.rmtree(directory, ignore_errors=True)


def delete_some(directory: Path, pick: random.Random) -> None:
    for file in _files(directory):
        if pick.random() < 0.3:
            file.unlink(missing_ok=True)


def overwrite_some(directory: Path, pick: random.Random) -> None:
    """In place and without changing a size: what is mapped into memory changes under the server."""
    for file in _files(directory):
        if pick.random() < 0.5:
            try:
                size = file.stat().st_size
                with file.open("r+b") as opened:
                    opened.write(pick.randbytes(min(size, 4096)))
            except FileNotFoundError:  # the server was faster
                continue


def _files(directory: Path) -> list[Path]:
    """Not by `rglob`, which does not bear that directories go while it walks."""
    found = (Path(place, name) for place, _, names in os.walk(directory) for name in names)
    return sorted(path for path in found if ".building" not in str(path))


DAMAGES: tuple[Callable[[Path, random.Random], None], ...] = (delete, delete_some, overwrite_some)


class SearchThread(threading.Thread):
    """Searches until the server does not answer any more, and wants every answer to be a good one."""

    def __init__(self, server: Server, users: list[str]) -> None:
        super().__init__(daemon=True)
        self._server = server
        self._users = users
        self.searches = 0
        self.fault: RuntimeError | None = None

    def run(self) -> None:
        try:
            with self._server.client(timeout=30) as client:
                while True:
                    for user in self._users:
                        client.data("/search/memory", {"user_id": user, "query": "Anna in Rome", "relativity": 0})
                        self.searches += 1
        except NoAnswer:
            return
        except RuntimeError as error:
            self.fault = error


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory = tmp_path_factory.mktemp("damaged")
    server = Server(directory / "data", SETTINGS)
    try:
        yield World(server.start(), directory / "orders.json")
    finally:
        server.kill()


def _shards(world: World) -> int:
    return len(list((world.server.data_dir / "vectors").glob("*/state.json")))


def _states_are_read(world: World) -> bool:
    """Whether no state of a shard is damaged any more, so that the server has come to all of them."""
    try:
        for state in (world.server.data_dir / "vectors").glob("*/state.json"):
            json.loads(state.read_bytes())
    except (OSError, ValueError):
        return False
    return True


@pytest.mark.parametrize("number", range(ROUNDS))
def test_damaged_under_load_and_killed(world: World, number: int) -> None:
    pick = random.Random(number)
    searching = SearchThread(world.server, [f"damage{number}-{client}-user" for client in range(3)])
    before = len(world.promises)

    def die(threads: list[ClientThread]) -> None:
        searching.start()
        had = _shards(world)
        wait_until(lambda: _shards(world) > had or not world.server.running, "a shard is built")
        for directory in DIRECTORIES:
            pick.choice(DAMAGES)(world.server.data_dir / directory, pick)
        searched = searching.searches
        wait_until(lambda: searching.searches > searched + 20 or not world.server.running, "searches go on")
        world.server.kill()

    world.load(f"damage{number}", die)
    searching.join(30)
    assert not searching.is_alive()
    assert searching.fault is None
    assert searching.searches > 20
    findings_are_well(world.server.data_dir)
    if number % 2:
        for directory in DIRECTORIES:
            pick.choice(DAMAGES)(world.server.data_dir / directory, pick)
    world.server.start()
    world.check(world.promises[before:])
    with world.server.client() as client:
        for each in world.promises[before:]:
            for sent in each.rounds[:12]:
                asked = {"user_id": sent.user, "query": sent.text, "relativity": 0, "memory_limit_number": 25}
                found = client.data("/search/memory", asked)["memory_detail_list"]
                times = sum(sent.text in memory["memory_value"] for memory in found)
                assert times in each.memories(sent), sent


def test_after_all_that_doctor_is_content(world: World) -> None:
    if not world.promises:
        pytest.skip("looks at what the rounds before have left")
    world.check(world.promises)

    def content() -> bool:
        """What was damaged last may not be built anew yet: then doctor says what to do, and that helps."""
        world.server.stop()
        examined = world.server.doctor()
        print(examined.stdout + examined.stderr)
        if examined.returncode:
            assert "nothing is lost" in examined.stdout
        elif all(re.search(rf"{index}: [1-9]\d* entries agree", examined.stdout) for index in INDEXES):
            return True
        world.server.start()
        wait_until(lambda: _shards(world) > 0 and _states_are_read(world), "the shards are built anew")
        return False

    wait_until(content, "the indexes are built anew and doctor is content")
