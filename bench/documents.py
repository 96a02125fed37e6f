"""How fast a long document is read, and what others feel of it.

python -m bench.documents [--pages 500]
"""

import argparse
import base64
import statistics
import sys
import time

from harness import Client, Server
from harness.documents import Section, Written, as_pdf
from harness.server import running

USER = "bench"
QUESTIONS = 200
"""Searches of an idle server, against which those during the reading are held."""
WAIT = 1_800.0
WORDS = (
    "The committee of {n} meets on the {n}th day and reports on grain, timber, salt and the state of the roads. "
    "Deliveries to warehouse {n} are counted twice, and what is missing is written into the grey book. "
)
SAID = "My office is on floor seven, next to the archive."


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.documents")
    parser.add_argument("--pages", type=int, default=500)
    pages = parser.parse_args().pages
    sections = tuple(Section(f"Chapter {n}", WORDS.format(n=n) * 9) for n in range(1, pages + 1))
    content = base64.b64encode(as_pdf(Written("Annual report", "en", sections), pages_of=1)).decode()
    with running() as server, server.client(timeout=WAIT) as client:
        message = {"role": "user", "content": SAID}
        client.data(
            "/add/message", {"user_id": USER, "conversation_id": "c", "messages": [message], "async_mode": False}
        )
        base = client.data("/create/knowledgebase", {"knowledgebase_name": "bench"})["id"]
        idle, before = [_searched(client) for _ in range(QUESTIONS)], server.rss_mb()
        file = {"name": "report.pdf", "content": content}
        [taken] = client.data("/add/knowledgebase-file", {"knowledgebase_id": base, "file": [file]})
        busy, seconds, peak = _while_it_is_read(server, client, taken["id"])
        made = client.data("/search/memory", _question(base, limit=9))["memory_detail_list"]
        client.data("/delete/knowledgebase", {"knowledgebase_id": base})
        after = server.rss_mb()
    print(f"{pages} pages in {seconds:.1f} s: {pages / seconds:.1f} pages a second; found afterwards: {len(made)}")
    times = _p95(busy) / _p95(idle)
    print(f"search p95: {_p95(idle):.1f} ms idle, {_p95(busy):.1f} ms while it is read: {times:.1f} times")
    print(f"memory of the server: {before:.0f} MiB before, {peak:.0f} at the most, {after:.0f} after its deletion")
    return 0


def _question(*bases: str, limit: int = 3) -> dict[str, object]:
    asked = {"user_id": USER, "query": "Where is my office?", "knowledgebase_ids": list(bases)}
    return {**asked, "memory_limit_number": limit, "relativity": 0}


def _searched(client: Client) -> float:
    return client.post("/search/memory", _question()).seconds * 1000


def _while_it_is_read(server: Server, client: Client, file: str) -> tuple[list[float], float, float]:
    """Milliseconds of each search meanwhile, seconds of the reading, and the most memory in MiB."""
    started, busy, peak = time.monotonic(), [], 0.0
    while True:
        busy.append(_searched(client))
        peak = max(peak, server.rss_mb())
        [told] = client.data("/get/knowledgebase-file", {"file_ids": [file]})["file_detail_list"]
        if told["status"] != "running":
            break
        if time.monotonic() - started > WAIT:
            raise TimeoutError(f"the document is not read after {WAIT:.0f} s")
        time.sleep(0.05)
    if told["status"] != "completed":
        raise RuntimeError(f"the document was not read: {told.get('message')}")
    return busy, time.monotonic() - started, peak


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


if __name__ == "__main__":
    sys.exit(main())
