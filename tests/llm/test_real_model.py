"""A real, very small model: its answers are poor, its protocol is real. Run by `make test-llm`."""

import json
import os
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import Server, running
from harness.server import KEY

PYTHON = os.environ.get("LLM_PYTHON")
pytestmark = pytest.mark.skipif(not PYTHON, reason="`make test-llm` installs the model and sets LLM_PYTHON")
USER = {"user_id": "ana", "conversation_id": "c"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    directory = tmp_path_factory.mktemp("llm")
    command = [str(PYTHON), str(Path(__file__).with_name("llama_server.py")), str(directory / "model.gguf"), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as llama:
        assert llama.stdout is not None
        try:
            url = llama.stdout.readline().decode().strip()
            environment = {
                "MEMOSD_MODEL_URL": f"{url}/v1",
                "MEMOSD_CHAT_MODEL": "gemma",
                "MEMOSD_EXTRACTION_MODEL": "gemma",
                "MEMOSD_EXTRACTION_EXTRA": '{"max_tokens": 100}',  # it would go on for ever
                "MEMOSD_MODEL_TIMEOUT_SECONDS": "300",
                "MEMOSD_MODEL_ATTEMPTS": "1",
            }
            with running(environment=environment) as server:
                yield server
        finally:
            llama.kill()


def test_what_was_said_is_remembered_whatever_the_model_makes_of_it(server: Server) -> None:
    with server.client(timeout=600) as client:
        said = {"role": "user", "content": "I sold the car and cycle nine kilometres to work now."}
        added = client.data("/add/message", {**USER, "messages": [said]})
        assert client.wait_for(added["task_id"], at_most=600) == "completed"
        assert client.data("/get/status", {"task_id": added["task_id"]})["usage"]["output_tokens"] > 0
        found = client.data("/search/memory", {"user_id": "ana", "query": "How far do I cycle to work?"})
    assert any("cycle" in memory["memory_value"] for memory in found["memory_detail_list"])


def test_a_chat_is_answered_and_streamed(server: Server) -> None:
    asked = {**USER, "query": "Do I have a car?", "max_tokens": 24}
    with server.client(timeout=600) as client:
        assert isinstance(client.data("/chat", asked)["response"], str)
    request = urllib.request.Request(
        f"{server.url}/api/openmem/v1/chat",
        json.dumps({**asked, "stream": True}).encode(),
        {"Authorization": f"Token {KEY}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=600) as answer:
        events = [json.loads(line[6:]) for line in answer if line.startswith(b"data: ")]
    assert [event["type"] for event in events].count("text") > 1
    assert events[-1] == {"type": "end", "data": ""}
