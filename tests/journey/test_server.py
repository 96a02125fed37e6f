"""The life of a server: a memory from adding to deleting, restarts, a second server, SIGTERM."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from harness import KEY, Answer, Client, NoAnswer, Server, ServerFailed
from harness.talk import Talk
from tests.journey.load import memories_of

ENGLISH = (
    "ana",
    [
        {
            "role": "user",
            "content": "We sold the car yesterday, I cycle to work now.",
            "chat_time": "2025-06-18 20:15:00",
        },
        {"role": "assistant", "content": "Nice! How far is it?", "chat_time": "2025-06-18 20:16:00"},
        {"role": "user", "content": "Nine kilometres.", "chat_time": "2025-06-18 20:17:00"},
    ],
    "When was the car sold?",
    ("car", "2025-06-17"),
)
CHINESE = (
    "小林",
    [
        {"role": "user", "content": "昨天我把旧钢琴卖给了邻居王阿姨。", "chat_time": "2025-06-18 20:15:00"},
        {"role": "assistant", "content": "真不错，卖了多少钱？", "chat_time": "2025-06-18 20:16:00"},
        {"role": "user", "content": "三千块。", "chat_time": "2025-06-18 20:17:00"},
    ],
    "我的旧钢琴卖给了谁？",
    ("钢琴", "6月17日"),
)


def found(client: Client, user: str, query: str) -> list[str]:
    data = client.data("/search/memory", {"user_id": user, "query": query})
    return [memory["memory_value"] for memory in data["memory_detail_list"]]


@pytest.mark.parametrize(("user", "messages", "query", "expected"), [ENGLISH, CHINESE], ids=["en", "zh"])
def test_a_memory_from_adding_to_deleting(
    server: Server, user: str, messages: list[dict[str, str]], query: str, expected: tuple[str, ...]
) -> None:
    with server.client() as client:
        added = client.data("/add/message", {"user_id": user, "conversation_id": "c", "messages": messages})
        assert added["status"] == "running"
        assert found(client, user, query), "the first form can be found at once"
        assert client.wait_for(added["task_id"]) == "completed"
        assert any(all(word in value for word in expected) for value in found(client, user, query))
        assert found(client, "someone else", query) == []
    server.stop()
    server.start()
    with server.client() as client:
        assert any(all(word in value for word in expected) for value in found(client, user, query))
        ids = [memory["id"] for memory in memories_of(client, user)]
        assert client.data("/delete/memory", {"memory_ids": ids}) == {"success": True}
        assert found(client, user, query) == []
        assert memories_of(client, user) == []
    server.stop()
    server.start()
    with server.client() as client:
        assert found(client, user, query) == []
        assert memories_of(client, user) == []
        assert client.post("/delete/memory", {"memory_ids": ids}).code == 40307


def test_a_second_server_on_the_directory_refuses_to_start(server: Server, client: Client) -> None:
    second = Server(server.data_dir)
    with pytest.raises(ServerFailed, match=f"in use by another memosd server .process {server.pid}"):
        second.start()
    assert client.get("/ready")[0] == 200


def test_what_is_under_way_is_answered_when_the_server_is_told_to_stop(server: Server, client: Client) -> None:
    answers: list[Answer] = []
    request = {
        "user_id": "patient",
        "conversation_id": "c",
        "messages": Talk(seed=7).rounds(60),
        "async_mode": False,
    }

    def add() -> None:
        with server.client() as slow:
            answers.append(slow.post("/add/message", request))

    thread = threading.Thread(target=add, daemon=True)
    thread.start()
    stored: list[object] = []
    while not stored:
        request_for = {"user_id": "patient", "conversation_id": "c"}
        stored = client.data("/get/message", request_for)["message_detail_list"]
    assert answers == [], "the request is under way: the messages are stored, the memories not yet made"
    server.stop()
    thread.join(30)
    assert [(answer.code, answer.data["status"]) for answer in answers] == [(0, "completed")]
    assert server.wait() == 0
    with pytest.raises(NoAnswer):
        client.get("/health")
    assert server.doctor().returncode == 0


def test_work_that_was_not_finished_before_a_stop_is_finished_after_it(server: Server, client: Client) -> None:
    requests = [
        {"user_id": f"u{number}", "conversation_id": "c", "messages": Talk(seed=number).rounds(20)}
        for number in range(5)
    ]
    tasks = [client.data("/add/message", request)["task_id"] for request in requests]
    server.stop()
    server.start()
    with server.client() as again:
        assert [again.wait_for(task) for task in tasks] == ["completed"] * len(tasks)


def test_the_settings_are_named_when_one_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(ServerFailed, match="MEMOSD_WORKERS"):
        Server(tmp_path / "data", {"MEMOSD_WORKERS": "none"}).start()


def test_the_command_line_asks_and_explains(server: Server) -> None:
    with server.client() as client:
        user, messages, question, _ = ENGLISH
        body = {"user_id": user, "conversation_id": "c", "messages": messages, "async_mode": False}
        client.data("/add/message", body)

    def search(*more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "memosd", "search", question, "--url", server.url, *more]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    told = search("--user", user, "--key", KEY, "--explain")
    assert told.returncode == 0, told.stderr
    assert "car" in told.stdout
    assert "found by" in told.stdout
    assert "coverage" in told.stdout
    assert search("--user", "nobody", "--key", KEY).stdout == "nothing: no memory is about this\n"
    refused = search("--user", user, "--key", "mk_wrong")
    assert refused.returncode == 1
    assert "API key" in refused.stderr
    assert search("--user", user).returncode == 2


def test_what_was_added_is_found_by_the_next_request(client: Client) -> None:
    """While a worker waits for work: whoever reads right after the acknowledgement finds the first form at least."""
    for i, text in enumerate(("I keep bees on the roof.", "我在屋顶养蜂。") * 15):
        said = {"user_id": f"next{i}", "conversation_id": "c", "messages": [{"role": "user", "content": text}]}
        client.data("/add/message", said)
        found = client.data("/search/memory", {"user_id": f"next{i}", "query": text, "relativity": 0})
        assert text.rstrip(".。") in str(found["memory_detail_list"])
