"""Measures speed and memory: starts servers, writes bench/RESULTS.md.

    python -m bench.run [--quick] [--out FILE]

What is compared is measured in turns in one run, so that the noise of the machine hits all alike. A figure without its
partner of the same run means little.
"""

import argparse
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.adding import measure_acknowledgement, measure_ingestion
from bench.embedding import EmbeddingProcess
from bench.fill import USER
from bench.measure import Bar, Report, Samples
from harness import Client, Server, running
from harness.provenance import provenance
from harness.talk import Talk

HERE = Path(__file__).parent
FULL_SIZES = (1_000, 10_000, 100_000)
QUICK_SIZES = (1_000, 10_000)
COMPARED = 2
"""Sizes, the first ones, whose searches are compared with each other and with what they rest on."""
BUILT = 900.0
"""Seconds that the index of the largest may take."""
REAL_ROUNDS = 100
"""Rounds of talk added to each filled server through its API, so that some memories have true vectors."""


@dataclass(frozen=True, slots=True)
class Scale:
    sizes: tuple[int, ...]
    searches: int
    warm_up: int
    acknowledgements: int
    ingestions: int


NOTES = (
    "The client is the standard library's `http.client` over one kept connection with TCP_NODELAY. Times are as it "
    "sees them, from before a request is sent until the body of the answer is read.",
    "What a ratio compares was measured in turns, in shuffled order. The first searches (warm-up) are not counted.",
    "Each size is a server of its own. Its memories are synthetic: generated sentences, half of them Chinese, words "
    "drawn by Zipf's law, random unit vectors, written through the storage port. "
    f"{2 * REAL_ROUNDS} messages more went through the API. Searches begin when the servers are idle; the largest has "
    "its turn alone, once its index is built.",
    "A bare commit is one row of the request's size in a SQLite database of its own on the same disk (WAL, "
    "`synchronous=FULL`). Before each burst of acknowledgements the queue is idle.",
    "The embedder's own speed is the better of all messages in one call and in four calls at once, in a process with "
    "nothing else. Ingestion is timed from the first request until the last task is completed.",
)
FULL = Scale(FULL_SIZES, searches=300, warm_up=30, acknowledgements=60, ingestions=5)
QUICK = Scale(QUICK_SIZES, searches=60, warm_up=10, acknowledgements=20, ingestions=2)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description="Measures speed and memory.")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, and at most 10,000 memories")
    parser.add_argument("--out", type=Path, default=HERE / "RESULTS.md", help="the page to write")
    options = parser.parse_args(arguments)
    scale = QUICK if options.quick else FULL
    report = Report(notes=list(NOTES))
    with tempfile.TemporaryDirectory(prefix="memosd-bench-") as temporary, EmbeddingProcess() as embedding:
        with running(Path(temporary) / "adding") as server:
            _tell("idle memory, adding")
            idle = server.rss_mb()
            report.bars.append(Bar("memory of an idle server (RSS), MiB", idle, 700))
            measure_acknowledgement(server, report, count=scale.acknowledgements)
            measure_ingestion(server, embedding, report, repetitions=scale.ingestions)
        _measure_search(Path(temporary), scale, embedding, report)
    text = report.page("Speed and memory", provenance("bench.run", arguments))
    options.out.write_text(text, "utf-8")
    print(text)
    return 0


def _measure_search(directory: Path, scale: Scale, embedding: EmbeddingProcess, report: Report) -> None:
    """What ratios compare is measured in turns, and the largest alone after it."""
    samples = Samples()
    memory: dict[int, float] = {}
    for sizes in (scale.sizes[:COMPARED], scale.sizes[COMPARED:]):
        with ExitStack() as stack:
            servers = {size: stack.enter_context(_filled(directory, size, embedding.model)) for size in sizes}
            _tell("searches")
            _search_in_turns(servers, embedding, samples, count=scale.searches, warm_up=scale.warm_up)
            memory |= {size: server.rss_mb() for size, server in servers.items()}
    pay = samples.p50("health") + samples.p50("embedding")
    report.bars.append(
        Bar("search p50 at 10,000 memories / (GET /health + embedding of the query)", samples.p50("10000") / pay, 2.5)
    )
    report.bars.append(
        Bar("search p95 at 10,000 memories / p95 at 1,000", samples.p95("10000") / samples.p95("1000"), 2)
    )
    report.durations("GET /health", samples, "health")
    report.durations("embedding of a query, alone in a process", samples, "embedding")
    for size in scale.sizes:
        report.durations(f"search, one user with {size:,} memories", samples, str(size))
    for size in scale.sizes:
        report.figure(f"memory (RSS) with {size:,} memories, after the searches", memory[size], "MiB")
    for size in scale.sizes:
        used = sum(file.stat().st_size for file in (directory / str(size)).iterdir() if file.is_file())
        report.figure(f"disk for each of {size:,} memories", used / size / 1024, "KiB")


@contextmanager
def _filled(directory: Path, size: int, model: str) -> Iterator[Server]:
    """A server on so many synthetic memories, and a few that went the ordinary way."""
    _tell(f"filling {size:,} memories")
    data_dir = directory / str(size)
    subprocess.run((sys.executable, "-m", "bench.fill", str(data_dir), str(size), model), check=True)
    with running(data_dir) as server, server.client() as client:
        real = {"user_id": USER, "conversation_id": "real", "messages": Talk(seed=2).rounds(REAL_ROUNDS)}
        client.wait_for(client.data("/add/message", real)["task_id"])
        client.data("/search/memory", {"user_id": USER, "query": "?"})
        server.wait_until_idle(at_most=BUILT)
        yield server


def _search_in_turns(
    servers: Mapping[int, Server], embedding: EmbeddingProcess, samples: Samples, *, count: int, warm_up: int
) -> None:
    """Samples of a search in each size, all of the same questions, in shuffled turns; where several are compared also
    of 'health' and 'embedding'."""
    talk, order = Talk(seed=3), random.Random(3)
    with ExitStack() as stack:
        clients = {size: stack.enter_context(server.client()) for size, server in servers.items()}
        for number in range(warm_up + count):
            question = talk.question()
            turns: list[tuple[str, Callable[[], float]]] = [
                (str(size), partial(_search, client, question)) for size, client in clients.items()
            ]
            if len(clients) > 1:
                turns += [
                    ("health", partial(_health, next(iter(clients.values())))),
                    ("embedding", partial(embedding.seconds, [question], "query")),
                ]
            order.shuffle(turns)
            for name, measure in turns:
                seconds = measure()
                if number >= warm_up:
                    samples.add(name, seconds)


def _health(client: Client) -> float:
    return client.get("/health")[1]


def _search(client: Client, question: str) -> float:
    answer = client.post("/search/memory", {"user_id": USER, "query": question, "relativity": 0})
    if answer.code != 0 or not answer.data["memory_detail_list"]:
        raise RuntimeError(f"a search that should find something: {answer}")
    return answer.seconds


def _tell(what: str) -> None:
    print(f"bench: {what} …", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
