"""What a shard's process answers, asked without one; and the process, when its server is gone."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from memosd.engines.qdrant import shard_process
from memosd.engines.qdrant.shard import STATE, Shard, answer
from memosd.engines.qdrant.shard_process import ShardProcess, asked

EVERYTHING: dict[str, Any] = {"must": []}
FIELDS = {"memory": "integer", "kind": "keyword"}
MOMENT = 0.05
SOON = 20.0


def ask(shard: Shard, do: str, **arguments: object) -> Any:
    said = orjson.loads(answer(shard, orjson.dumps({"do": do, **arguments})))
    return said.get("answer", said)


def point(number: int, vector: list[float], kind: str = "fact") -> tuple[int, list[float], dict[str, Any]]:
    return number, vector, {"id": f"m{number}", "memory": number, "kind": kind}


def of(*numbers: int) -> dict[str, Any]:
    return {"must": [{"key": "memory", "match": {"any": list(numbers)}}]}


@pytest.fixture
def shard(tmp_path: Path) -> Shard:
    made = Shard(tmp_path)
    ask(made, "create", dimensions=2, fields=FIELDS)
    near, far, other = point(1, [1.0, 0.0]), point(2, [0.0, 1.0]), point(3, [0.8, 0.6], "skill")
    ask(made, "change", gone=of(1, 2, 3), points=[near, far, other])
    return made


def test_the_nearest_that_pass_the_filter_come_first(shard: Shard) -> None:
    assert [name for name, _ in ask(shard, "query", vector=[1.0, 0.0], where=EVERYTHING, limit=9)] == ["m1", "m3", "m2"]
    facts = {"must": [{"key": "kind", "match": {"value": "fact"}}]}
    assert [name for name, _ in ask(shard, "query", vector=[1.0, 0.0], where=facts, limit=9)] == ["m1", "m2"]
    assert ask(shard, "query", vector=[1.0, 0.0], where=EVERYTHING, limit=1) == [["m1", pytest.approx(1.0)]]


def test_what_changed_takes_the_place_of_what_was(shard: Shard) -> None:
    ask(shard, "change", gone=of(1, 2), points=[point(2, [1.0, 0.0])])
    assert [name for name, _ in ask(shard, "query", vector=[1.0, 0.0], where=EVERYTHING, limit=9)] == ["m2", "m3"]
    assert ask(shard, "count") == 2


def test_it_is_loaded_with_the_state_of_its_last_flush(shard: Shard, tmp_path: Path) -> None:
    ask(shard, "flush", state={"position": 7})
    ask(shard, "optimise")
    assert ask(shard, "unlinked") in range(4)  # so few vectors need no graph
    again = Shard(tmp_path)
    assert ask(again, "load") == {"position": 7}
    assert ask(again, "count") == 3


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"not json", "JSONDecodeError"),
        (b'{"do": "dance"}', "KeyError"),
        (b'{"do": "query", "vector": []}', "TypeError"),
        (b'{"do": "query", "vector": [1.0], "where": {"must": []}, "limit": 1}', "Exception"),
    ],
)
def test_what_cannot_be_answered_is_said_to_have_failed(shard: Shard, line: bytes, why: str) -> None:
    assert orjson.loads(answer(shard, line))["failed"].startswith(why)
    assert ask(shard, "count") == 3


def test_before_it_is_open_everything_fails(tmp_path: Path) -> None:
    assert ask(Shard(tmp_path), "count") == {"failed": "ValueError: the shard is not open"}
    (tmp_path / STATE).write_text("{}")
    assert "failed" in ask(Shard(tmp_path), "load")


async def test_the_process_knows_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMOSD_VECTORS_KEY", "a secret")
    tell = "import json, os; input(); print(json.dumps({'answer': list(os.environ)}))"
    monkeypatch.setattr(shard_process, "COMMAND", (sys.executable, "-c", tell))
    process = await ShardProcess.start(tmp_path)
    known = await process.ask(asked("tell"))
    await process.close()
    assert "PATH" in known
    assert "MEMOSD_VECTORS_KEY" not in known


async def test_who_no_longer_waits_for_an_answer_does_not_disturb_the_others(tmp_path: Path) -> None:
    process = await ShardProcess.start(tmp_path)
    await process.ask(asked("create", dimensions=2, fields=FIELDS))
    await process.ask(asked("change", gone=of(1, 2, 3), points=[point(n, [1.0, 0.0]) for n in (1, 2, 3)]))
    queries = [asked("query", vector=[1.0, 0.0], where=EVERYTHING, limit=n % 3 + 1) for n in range(12)]
    asking = [asyncio.create_task(process.ask(query)) for query in queries]
    await asyncio.sleep(0)  # all are written, none is answered
    for given_up in asking[::2]:
        given_up.cancel()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert [len(answer) for answer in answers if isinstance(answer, list)] == [2, 1, 3, 2, 1, 3]
    await process.close()


def test_the_process_ends_with_a_server_that_is_killed(tmp_path: Path) -> None:
    serve = textwrap.dedent(
        f"""
        import asyncio, pathlib
        from memosd.engines.qdrant.shard_process import ShardProcess
        async def main():
            process = await ShardProcess.start(pathlib.Path({str(tmp_path)!r}))
            print(process.pid, flush=True)
            await asyncio.sleep(3600)
        asyncio.run(main())
        """
    )
    with subprocess.Popen([sys.executable, "-c", serve], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        pid = int(server.stdout.readline())
        os.kill(pid, 0)
        server.send_signal(signal.SIGKILL)
    until = time.monotonic() + SOON
    while _lives(pid) and time.monotonic() < until:
        time.sleep(MOMENT)
    assert not _lives(pid)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"
