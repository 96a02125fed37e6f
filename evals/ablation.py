"""What each part of retrieval is worth: the sets again, each time with one part taken out.

    python -m evals.ablation --evals DIR [--quick]

Writes its section into evals/RESULTS.md, where `evals.run` leaves it.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from evals.ablated_server import PARTS
from evals.judge import Judge, Outcome
from evals.report import ABLATIONS, before_ablations
from evals.run import RESULTS
from harness import Server
from harness.provenance import provenance
from harness.server import SERVE

FIGURES = (
    ("locomo", "k=9,rel=0.0", "overall", "ev_recall", "locomo evR@9"),
    ("locomo", "k=9,rel=0.0", "overall", "mrr", "locomo MRR"),
    ("locomo", "k=9,rel=0.0", "multi-hop", "ev_recall", "multi-hop evR"),
    ("zh_paraphrase", "k=9,rel=0.0", "overall", "ev_recall", "zh_paraphrase evR@9"),
    ("zh_paraphrase", "k=9,rel=0.0", "zh-en", "ev_recall", "zh→en evR@9"),
    ("prefeval", "k=9,rel=default", "overall", "ev_recall", "prefeval evR"),
)
"""Set, configuration, group and figure of each column, and its head."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.ablation", description="What each part is worth.")
    parser.add_argument("--evals", type=Path, required=True, help="the directory of the evaluation program")
    parser.add_argument("--quick", action="store_true", help="only some questions of each set")
    options = parser.parse_args(arguments)
    judge = Judge.load(options.evals, split="dev", quick=options.quick)
    sets = tuple(dict.fromkeys(column[0] for column in FIGURES))
    commands = {"nothing": SERVE} | {part: (sys.executable, "-m", "evals.ablated_server", part) for part in PARTS}
    rows = [_row(part, judge, sets, command) for part, command in commands.items()]
    heads = ["taken out", *(column[-1] for column in FIGURES)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows))
    head = "\n".join(provenance("evals.ablation", arguments))
    page = before_ablations(RESULTS.read_text("utf-8"))
    RESULTS.write_text(f"{page}{ABLATIONS}\n\n{head}\n\n{table}\n", "utf-8")
    print(f"written: {RESULTS}")
    return 0


def _row(part: str, judge: Judge, sets: Sequence[str], command: Sequence[str]) -> list[str]:
    print(f"without {part} …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="memosd-") as directory:
        server = Server(Path(directory) / "data", command=command)
        try:
            server.start()
            outcomes = {name: judge.run(name, server) for name in sets}
        finally:
            server.kill()
    return [part, *(_figure(outcomes[name], config, group, metric) for name, config, group, metric, _ in FIGURES)]


def _figure(outcome: Outcome, config: str, group: str, metric: str) -> str:
    for line in outcome.lines:
        if (line.config, line.group) == (config, group) and metric in line.values:
            return f"{line.values[metric]:.3f}"
    return "–"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
