"""Uploads mutated files to a server: it must stay up, and give back its processes and its memory.

python -m bench.fuzz [--files 2000] [--seed 1]
"""

import argparse
import base64
import itertools
import sys
import time
from collections import Counter
from pathlib import Path

from harness import Client, Server
from harness.mutated import mutated
from harness.server import running

AT_ONCE = 20
WAIT = 600.0
GROWTH_MB = 200.0
"""What the server may have more at the end than after the first files."""


def main() -> int:
    """The exit status: 0 if the server outlived all of it."""
    parser = argparse.ArgumentParser(prog="bench.fuzz")
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    outcomes: Counter[str] = Counter()
    started = time.monotonic()
    with running(environment={"MEMOSD_PARSE_SECONDS": "60"}) as server, server.client() as client:
        base = client.data("/create/knowledgebase", {"knowledgebase_name": "fuzz"})["id"]
        files = mutated(options.files, seed=options.seed)
        before = 0.0
        while some := list(itertools.islice(files, AT_ONCE)):
            outcomes += Counter(_upload(client, base, some))
            before = before or server.rss_mb()
            print(f"{sum(outcomes.values())} files: {dict(outcomes)}", file=sys.stderr, flush=True)
        alive = client.get("/ready")[0] == 200
        after, children = server.rss_mb(), _children(server)
    print(f"{sum(outcomes.values())} files in {time.monotonic() - started:.0f} s: {dict(outcomes)}")
    print(f"memory of the server: {before:.0f} MiB after the first {AT_ONCE} files, {after:.0f} MiB after the last")
    print(f"ready: {alive}; processes left: {children}")
    return 0 if alive and not children and after - before < GROWTH_MB else 1


def _upload(client: Client, base: str, files: list[tuple[str, bytes]]) -> list[str]:
    """The status of each once it is settled; 'failed: ended' for one that ended its parser."""
    told = [{"name": name, "content": base64.b64encode(content).decode()} for name, content in files if content]
    ids = [one["id"] for one in client.data("/add/knowledgebase-file", {"knowledgebase_id": base, "file": told})]
    deadline = time.monotonic() + WAIT
    while True:
        found = client.data("/get/knowledgebase-file", {"file_ids": ids})["file_detail_list"]
        if all(one["status"] != "running" for one in found):
            break
        if time.monotonic() > deadline:
            raise TimeoutError(f"files are not settled after {WAIT:.0f} s")
        time.sleep(0.1)
    client.data("/delete/knowledgebase-file", {"file_ids": ids})
    return [_outcome(one) for one in found]


def _outcome(file: dict[str, str]) -> str:
    message = file.get("message") or ""
    if "internal fault" in message:
        return "failed: a fault of ours"
    return "failed: ended its parser" if "parser was ended" in message else file["status"]


def _children(server: Server) -> int:
    """Processes that the server has started and that are still there; Linux only."""
    tasks = Path(f"/proc/{server.pid}/task").glob("*/children")
    return sum(len(task.read_text("ascii").split()) for task in tasks)


if __name__ == "__main__":
    sys.exit(main())
