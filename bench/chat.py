"""How much later than the model's own first token that of a streamed chat leaves.

    python -m bench.chat [--count N]

A scripted model over real HTTP sends its first piece after a fixed pause. In shuffled turns: the model asked directly,
a search alone, and a chat, which is a search, the model, and what memosd adds.
"""

import argparse
import http.client
import json
import random
import socket
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from bench.measure import Bar, Report, Samples
from harness import Client, Server
from harness.provenance import provenance
from harness.server import KEY
from harness.talk import Talk
from tests.support.model_server import ModelServer, Says, serving

USER = "bench"
ROUNDS = 100
PAUSE = 0.05
"""Seconds that the model takes to its first piece."""
MOST = 20.0
"""Milliseconds that memosd may add."""
WARM_UP = 5
REST = 0.3
"""Seconds between chats, so that what was learnt from one is not measured with the next."""

NOTES = (
    f"The scripted model sends its first piece {PAUSE * 1000:.0f} ms after it is asked, over real HTTP on loopback.",
    "In shuffled turns, each on a connection of its own that is open before the clock starts.",
)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.chat", description="Measures a chat's first token.")
    parser.add_argument("--count", type=int, default=60, help="chats that are measured")
    parser.add_argument("--out", type=Path, help="the page to write")
    options = parser.parse_args(arguments)
    report = Report(notes=list(NOTES))
    measure_chat(report, count=options.count)
    text = report.page("First token of a chat", provenance("bench.chat", arguments))
    if options.out:
        options.out.write_text(text, "utf-8")
    print(text)
    return 0


def measure_chat(report: Report, *, count: int) -> None:
    says = Says("You told me about it last week.", pause=PAUSE, size=1_000)
    with tempfile.TemporaryDirectory(prefix="memosd-") as directory, serving(ModelServer(default=says)) as model:
        server = Server(Path(directory) / "data", {"MEMOSD_MODEL_URL": model.url, "MEMOSD_CHAT_MODEL": "scripted"})
        try:
            with server.start().client() as client:
                samples = _in_turns(client, server, model, count)
        finally:
            server.kill()
    alone = samples.p50("model") + samples.p50("search")
    added = samples.p50("chat") - alone
    report.bars.append(Bar("first token of a chat, p50, less the model's own and a search's, ms", added, MOST))
    report.durations("first token of the model, asked directly", samples, "model")
    report.durations(f"search of {ROUNDS} rounds of talk", samples, "search")
    report.durations("first token of a chat", samples, "chat")
    report.figure("first token of a chat / (the model's own + a search), p50", samples.p50("chat") / alone, "")


def _in_turns(client: Client, server: Server, model: ModelServer, count: int) -> Samples:
    samples, talk, order = Samples(), Talk(seed=4), random.Random(4)
    said = {"user_id": USER, "conversation_id": "told", "messages": talk.rounds(ROUNDS)}
    client.wait_for(client.data("/add/message", said)["task_id"])
    headers = {"Authorization": f"Token {KEY}", "Content-Type": "application/json"}
    chats, models = Streams(server.url, headers), Streams(model.url, {"Content-Type": "application/json"})
    for number in range(WARM_UP + count):
        question = talk.question()
        asked = {"user_id": USER, "conversation_id": f"c{number}", "query": question, "stream": True}
        direct = {"model": "scripted", "stream": True, "messages": [{"role": "user", "content": question}]}
        turns = ["model", "search", "chat"]
        order.shuffle(turns)
        for name in turns:
            time.sleep(REST)
            match name:
                case "model":
                    seconds = models.first_event("/chat/completions", direct)
                case "search":
                    seconds = client.post("/search/memory", {"user_id": USER, "query": question}).seconds
                case _:
                    seconds = chats.first_event("/api/openmem/v1/chat", asked)
            if number >= WARM_UP:
                samples.add(name, seconds)
    return samples


class Streams:
    """A client that reads server-sent events over a connection of their own."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self._at = urlsplit(url)
        self._headers = dict(headers)

    def first_event(self, path: str, body: object) -> float:
        """Seconds from the request on an open connection to its first event; the rest is read, too."""
        connection = http.client.HTTPConnection(self._at.hostname or "", self._at.port, timeout=60)
        try:
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            started = time.perf_counter()
            connection.request("POST", self._at.path + path, json.dumps(body).encode(), self._headers)
            response = connection.getresponse()
            line = response.readline()
            seconds = time.perf_counter() - started
            if response.status != http.HTTPStatus.OK or not line.startswith(b"data:"):
                raise RuntimeError(f"{path}: HTTP {response.status}: {line!r}")
            response.read()
            return seconds
        finally:
            connection.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
