"""How fast a long document is read, how much of that is embedding, and what others feel of it.

    python -m bench.documents [--pages 500]

A generated PDF is uploaded to a knowledge base while somebody searches.
"""

import argparse
import asyncio
import base64
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.embedding import EmbeddingProcess
from bench.measure import Bar, Report, Samples
from harness import Client, Server
from harness.documents import Section, Written, as_pdf
from harness.provenance import provenance
from harness.server import running
from harness.talk import Talk
from memosd.domain.files import File, FileKind
from memosd.domain.ids import FileId, KnowledgeBaseId, MessageId, ProjectId
from memosd.extraction.passages import passages
from memosd.parsing.process import ProcessReader

USER = "bench"
ROUNDS = 100
"""Of talk, which the searches are about."""
QUESTIONS = 400
"""Searches of an idle server, against which those during the reading are held."""
WAIT = 1_800.0
GIVEN_BACK = 30.0
"""Seconds after the deletion at which the memory is looked at again."""
WORDS = (
    "The committee of {n} meets on the {n}th day and reports on grain, timber, salt and the state of the roads. "
    "Deliveries to warehouse {n} are counted twice, and what is missing is written into the grey book. "
)
NOTES = (
    "The document is generated: one chapter a page. Its passages are searched by nobody, the searches are about a "
    "user's talk, each with a question of its own: what is measured is what reading costs others.",
    "Embedding alone: the texts of the same passages by the same embedder, in a process with nothing else.",
    "Memory is the server's resident memory (RSS); the process that reads the file is another one and ends with it.",
)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.documents", description="Measures the reading of a PDF.")
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--out", type=Path, help="the page to write")
    options = parser.parse_args(arguments)
    report = Report(notes=list(NOTES))
    measure_document(report, pages=options.pages)
    text = report.page("Reading a long document", provenance("bench.documents", arguments))
    if options.out:
        options.out.write_text(text, "utf-8")
    print(text)
    return 0


def measure_document(report: Report, *, pages: int) -> None:
    sections = tuple(Section(f"Chapter {n}", WORDS.format(n=n) * 9) for n in range(1, pages + 1))
    content = as_pdf(Written("Annual report", "en", sections), pages_of=1)
    embedding = _embedding_alone(content)
    samples, talk = Samples(), Talk(seed=5)
    with running() as server, server.client(timeout=WAIT) as client:
        said = {"user_id": USER, "conversation_id": "c", "messages": talk.rounds(ROUNDS)}
        client.wait_for(client.data("/add/message", said)["task_id"])
        base = client.data("/create/knowledgebase", {"knowledgebase_name": "bench"})["id"]
        server.wait_until_idle()
        _rest(client, talk, samples)
        before = server.rss_mb()
        file = {"name": "report.pdf", "content": base64.b64encode(content).decode()}
        [taken] = client.data("/add/knowledgebase-file", {"knowledgebase_id": base, "file": [file]})
        seconds, peak = _while_it_is_read(server, client, taken["id"], talk, samples)
        server.wait_until_idle()
        _rest(client, talk, samples)
        client.data("/delete/knowledgebase", {"knowledgebase_id": base})
        time.sleep(GIVEN_BACK)
        after = server.rss_mb()
    worse = samples.p95("busy") / samples.p95("idle")
    report.bars.append(Bar("search p95 while a document is read / idle", worse, 3))
    report.durations("search, the server idle", samples, "idle")
    report.durations(f"search, while {pages} pages are read", samples, "busy")
    report.figure("reading", pages / seconds, "pages a second")
    report.figure("embedding of its passages alone / reading", embedding / seconds, "")
    report.figure("memory before", before, "MiB")
    report.figure("memory at the most", peak, "MiB")
    report.figure(f"memory {GIVEN_BACK:.0f} s after the document was deleted", after, "MiB")


def _embedding_alone(content: bytes) -> float:
    """Seconds for the texts of all passages."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file, EmbeddingProcess() as embedder:
        file.write(content)
        file.flush()
        document = asyncio.run(ProcessReader().read(Path(file.name), name="report.pdf", kind=FileKind.DOCUMENT))
        now = datetime.now(UTC)
        one = File(
            FileId("f"), ProjectId("p"), MessageId("m"), FileKind.DOCUMENT, "report.pdf", 1, "", now,
            base=KnowledgeBaseId("b"),
        )  # fmt: skip
        texts = [key for add in passages(document, one, tags=(), said="") for key in add.content.keys]
        lines = [line for text in texts for line in text.split("\n") if line.strip()]
        return embedder.seconds(lines, "passage")


def _rest(client: Client, talk: Talk, samples: Samples) -> None:
    """Searches of an idle server, half of them before the reading and half after it."""
    for _ in range(QUESTIONS // 2):
        samples.add("idle", _search(client, talk))


def _search(client: Client, talk: Talk) -> float:
    body = {"user_id": USER, "query": talk.question(), "relativity": 0}
    return client.post("/search/memory", body).seconds


def _while_it_is_read(server: Server, client: Client, file: str, talk: Talk, samples: Samples) -> tuple[float, float]:
    """Seconds of the reading, and the most memory in MiB."""
    started, peak = time.monotonic(), 0.0
    while True:
        samples.add("busy", _search(client, talk))
        peak = max(peak, server.rss_mb())
        [told] = client.data("/get/knowledgebase-file", {"file_ids": [file]})["file_detail_list"]
        if told["status"] != "running":
            break
        if time.monotonic() - started > WAIT:
            raise TimeoutError(f"the document is not read after {WAIT:.0f} s")
        time.sleep(0.05)
    if told["status"] != "completed":
        raise RuntimeError(f"the document was not read: {told.get('message')}")
    return time.monotonic() - started, peak


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
