"""A disk that is full or may not be written: a clear error, nothing corrupted, and work goes on when it is mended."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness import Client, Server, ServerFailed
from harness.talk import Talk

MOST_REQUESTS = 400
SMALL_DISK = 4 << 20
SMALL_FILE = 1 << 20
BULK = "0123456789 " * 3_000
"""A tool's long answer: it is stored, and nothing is made of it."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="made with tmpfs and prlimit, which Linux has")


def request(number: int) -> dict[str, object]:
    return {
        "user_id": f"u{number % 3}",
        "conversation_id": f"c{number}",
        "messages": [*Talk(seed=number).rounds(1), {"role": "tool", "tool_call_id": "call_1", "content": BULK}],
    }


def add_until_refused(client: Client) -> tuple[list[str], int]:
    """The tasks of all requests that were acknowledged, and the number of the one that was not."""
    tasks: list[str] = []
    for number in range(MOST_REQUESTS):
        answer = client.post("/add/message", request(number))
        if answer.code != 0:
            assert (answer.status, answer.code) == (503, 50004), answer
            assert "storage" in answer.message
            return tasks, number
        tasks.append(answer.data["task_id"])
    pytest.fail("the disk never became full")


def still_searches(client: Client) -> None:
    query = {"user_id": "u0", "query": str(Talk(seed=0).rounds(1)[0]["content"])}
    assert client.data("/search/memory", query)["memory_detail_list"]


def is_mended(server: Server, tasks: list[str], refused: int) -> None:
    """The server works again without a restart, and nothing acknowledged is lost."""
    with server.client() as client:
        tasks.append(client.data("/add/message", request(refused))["task_id"])
        assert {client.wait_for(task) for task in tasks} == {"completed"}
        for number in range(refused + 1):
            of = {key: value for key, value in request(number).items() if key != "messages"}
            assert len(client.data("/get/message", of)["message_detail_list"]) == 2
        still_searches(client)
    server.stop()
    # The test's own disk is too small for doctor's taste.
    said = server.doctor().stdout.splitlines()
    wrong = [line for line in said if "wrong" in line and "free disk" not in line]
    assert wrong == []


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own."""
    directory = tmp_path / "disk"
    directory.mkdir()
    if shutil.which("mount") is None or os.getuid() != 0:
        pytest.skip("only root can mount a file system")
    command = ("mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "memosd-test", str(directory))
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        yield directory
    finally:
        subprocess.run(("umount", "--lazy", str(directory)), check=True)


def remount(disk: Path, option: str) -> None:
    subprocess.run(("mount", "-o", f"remount,{option}", str(disk)), check=True)


@contextmanager
def read_only(directory: Path) -> Iterator[None]:
    paths = (directory, *directory.iterdir())
    for path in paths:
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        yield
    finally:
        for path in paths:
            path.chmod(0o700 if path.is_dir() else 0o600)


def test_a_full_disk(disk: Path) -> None:
    server = Server(disk / "data", log=disk.parent / "server.log")
    try:
        server.start()
        with server.client() as client:
            tasks, refused = add_until_refused(client)
            still_searches(client)
        remount(disk, f"size={20 * SMALL_DISK}")
        is_mended(server, tasks, refused)
    finally:
        server.kill()


def test_killed_on_a_full_disk(disk: Path) -> None:
    server = Server(disk / "data", log=disk.parent / "server.log")
    try:
        server.start()
        with server.client() as client:
            tasks, refused = add_until_refused(client)
        server.kill()
        remount(disk, f"size={20 * SMALL_DISK}")
        server.start()
        is_mended(server, tasks, refused)
    finally:
        server.kill()


def test_files_that_may_not_grow(server: Server, client: Client) -> None:
    """As a full disk, by a limit that needs no privilege."""
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (SMALL_FILE, resource.RLIM_INFINITY))
    tasks, refused = add_until_refused(client)
    still_searches(client)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    is_mended(server, tasks, refused)


def refuses_to_start(server: Server) -> None:
    with pytest.raises(ServerFailed, match=r"cannot be written|read-only") as failed:
        server.start()
    assert "Traceback" not in str(failed.value)


def test_a_read_only_disk(disk: Path) -> None:
    server = Server(disk / "data", log=disk.parent / "server.log")
    try:
        server.start()
        with server.client() as client:
            task = client.data("/add/message", request(0))["task_id"]
            assert client.wait_for(task) == "completed"
        server.stop()
        remount(disk, "ro")
        refuses_to_start(server)
        remount(disk, "rw")
        server.start()
        is_mended(server, [task], 1)
    finally:
        server.kill()


@pytest.mark.skipif(os.getuid() == 0, reason="permissions do not stop root")
def test_a_directory_that_may_not_be_written(server: Server, client: Client) -> None:
    task = client.data("/add/message", request(0))["task_id"]
    assert client.wait_for(task) == "completed"
    server.stop()
    with read_only(server.data_dir):
        refuses_to_start(server)
    server.start()
    is_mended(server, [task], 1)
