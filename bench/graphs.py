"""Measures graph search by the records' own rows and by KGLite, in turns in one process; writes bench/GRAPHS.md.

python -m bench.graphs [--users 50] [--each 1000] [--large 50000] [--searches 300] [--out FILE]
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.measure import Bar, Report, Samples
from bench.scopes import LARGE, MODEL, PROJECT, fill, memory_of_this_process, where
from harness.provenance import provenance
from harness.talk import Talk
from memosd.domain.memories import Kind
from memosd.domain.scope import Owner, Reach
from memosd.engines.cypher.kglite import KgliteDirectory
from memosd.engines.sqlite import SqliteEngine
from memosd.flows.beside import Beside
from memosd.language.names import names
from memosd.ports.index import Index, Probe
from memosd.ports.models import Vector

HERE = Path(__file__).parent
WANTED = 30
NOTES = (
    "A search is one of the graph index: the memories that mention the names in a question, and at a lower weight "
    "those that share a rare name with them. Questions are generated; those without a name are left out.",
    "Strict: a tag that one memory in 100 has, and a time. Loose: no filter. Small: a user with few memories.",
    "Both ways are asked in turns in one process. Bytes are anonymous memory before and after the graph was opened.",
)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.graphs", description="Measures graph search.")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--each", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=50_000)
    parser.add_argument("--searches", type=int, default=300)
    parser.add_argument("--out", type=Path, default=HERE / "GRAPHS.md")
    options = parser.parse_args(arguments)
    report = Report(notes=list(NOTES))
    with tempfile.TemporaryDirectory(prefix="memosd-bench-") as directory:
        asyncio.run(_run(Path(directory), options, report))
    text = report.page("Graph search", provenance("bench.graphs", arguments))
    options.out.write_text(text, "utf-8")
    print(text)
    return 0


async def _run(directory: Path, options: argparse.Namespace, report: Report) -> None:
    await fill({"sqlite": SqliteEngine.open(directory)}, options.users, options.each, options.large)
    engine = SqliteEngine.open(directory)
    [own] = [index for index in engine.indexes if index.name == "graph"]
    beside = Beside(own, engine.changes, KgliteDirectory(directory / "graph"), None, "KGLite")
    before, start = memory_of_this_process()["anonymous"], time.perf_counter()
    await beside.tend_once()
    report.figure("building the graph in KGLite", time.perf_counter() - start, "s")
    report.figure("its memory", memory_of_this_process()["anonymous"] - before, "MiB")
    samples, same, asked = Samples(), 0, 0
    ways: dict[str, Index] = {"records": own, "kglite": beside}
    talk, order = Talk(seed=7), random.Random(7)
    while asked < options.searches:
        entities = tuple(entity.name for entity in names(talk.question()))
        if not entities:
            continue
        asked += 1
        for scope in ("small", LARGE):
            user = LARGE if scope == LARGE else f"user{order.randrange(options.users)}"
            for strict in (False, True):
                probe = _probe(Reach(Owner.user(user), where(strict=strict)), entities)
                answers = {}
                for way in order.sample(sorted(ways), len(ways)):
                    start = time.perf_counter()
                    answers[way] = await ways[way].search(probe, limit=WANTED)
                    samples.add(f"{scope} {strict} {way}", time.perf_counter() - start)
                same += {hit.id for hit in answers["records"]} == {hit.id for hit in answers["kglite"]}
    for scope in ("small", LARGE):
        for strict in (False, True):
            for way in ways:
                name = f"graph search, {scope}, {'strict' if strict else 'loose'}, {way}"
                report.durations(name, samples, f"{scope} {strict} {way}")
    report.bars.append(Bar("share of equal answers", same / (4 * asked), 0.98, at_least=True))
    await beside.close()
    await engine.close()


def _probe(reach: Reach, entities: tuple[str, ...]) -> Probe:
    async def none() -> Vector:
        raise RuntimeError("a graph needs no vector")

    return Probe(PROJECT, (reach,), frozenset({Kind.FACT}), (), none, MODEL, entities=entities)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
