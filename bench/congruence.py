"""Do the embedded engine and PostgreSQL give the same answers?

    python -m bench.congruence [--memories N] [--questions N]

Fills both with the same memories, embedded by the bundled embedder, asks both the same questions, and counts to how
many the first answers are the same, in the same order. Exits with 1 if that is less than 99 %, or a score differs by
more than a thousandth.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from harness.congruence import Congruence, compare, fill, queries, works
from harness.postgres import postgres
from harness.server import GRAPH
from memosd.engines.postgres import PostgresEngine
from memosd.engines.sqlite import SqliteEngine
from memosd.providers.e5 import E5Embedder

USERS = 50
LEAST_ALIKE = 0.99
MOST_DIFFERENT = 1e-3


async def measure(directory: Path, url: str, *, memories: int, questions: int) -> Congruence:
    embedder = E5Embedder.open(GRAPH)
    embedded, shared = SqliteEngine.open(directory / "data"), await PostgresEngine.open(url)
    try:
        await fill((embedded, shared), works(memories, users=USERS), embedder)
        await shared.tend()
        return await compare(embedded, shared, queries(questions, users=USERS), embedder)
    finally:
        await shared.close()
        await embedded.close()
        embedder.close()


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.congruence", description="Compares the engines' answers.")
    parser.add_argument("--memories", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=500)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="memosd-congruence-") as directory, postgres() as server:
        measuring = measure(Path(directory), server.url(), memories=options.memories, questions=options.questions)
        found = asyncio.run(measuring)
    print(f"{options.memories} memories, {found.questions} questions: the same first answers to {found.alike}, ")
    print(f"scores of the same memory at most {found.difference:.2g} apart")
    for text in found.unlike[:10]:
        print(f"  not the same: {text}")
    well = found.alike >= LEAST_ALIKE * found.questions and found.difference <= MOST_DIFFERENT
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
