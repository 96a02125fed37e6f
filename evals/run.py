"""Measures memory quality: starts a server, puts every set of questions to it, writes evals/RESULTS.md.

    python -m evals.run --evals DIR [--sets locomo,conflict] [--split fresh] [--quick] [--check]

DIR holds the evaluation program (harness.py, memeval/, data/). The sets of `evals/data/own` were written for this
project; the others are read from DIR and stay there. The split `fresh` goes to evals/FRESH.md.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from evals.floors import Verdict, judge, read_floors
from evals.judge import ALL_SETS, FRESH_SETS, Judge, NoHarness, Outcome, chosen
from evals.report import ablations, before_ablations, page
from harness import running
from harness.provenance import provenance

HERE = Path(__file__).parent
RESULTS, FRESH = HERE / "RESULTS.md", HERE / "FRESH.md"
OUT = HERE / "out"
"""Everything that was measured, for other programs; not kept in the repository."""


def main(arguments: Sequence[str]) -> int:
    """The exit status: 1 if a set failed, or a floor is missed and `--check` was given; 2 if nothing could be run."""
    options = _parser().parse_args(arguments)
    try:
        every = FRESH_SETS if options.split == "fresh" else ALL_SETS
        sets = tuple(chosen(options.sets)) if options.sets else every
        program = Judge.load(options.evals, split=options.split, quick=options.quick)
        outcomes = measure(program, sets)
    except (NoHarness, ValueError) as error:
        print(f"evals: {error}", file=sys.stderr)
        return 2
    verdicts = judge(read_floors(), [line for outcome in outcomes for line in outcome.lines])
    verdicts = [v for v in verdicts if v.floor.set in sets]
    text = page(provenance("evals.run", arguments), verdicts, outcomes)
    whole = set(sets) == set(every) and not options.quick
    page_of_split = FRESH if options.split == "fresh" else RESULTS
    if page_of_split is RESULTS and (kept := ablations(RESULTS.read_text("utf-8") if RESULTS.is_file() else "")):
        text = before_ablations(text) + kept
    _write(options.out or (page_of_split if whole else OUT / "partial.md"), text)
    _write(OUT / "lines.json", json.dumps([asdict(o) for o in outcomes], ensure_ascii=False, indent=1))
    return _status(verdicts, outcomes, check=options.check)


def measure(program: Judge, sets: Sequence[str], environment: Mapping[str, str] | None = None) -> list[Outcome]:
    """Put the sets to a server of its own with these settings."""
    outcomes = []
    with running(environment=environment) as server:
        for name in sets:
            print(f"{name} …", file=sys.stderr, flush=True)
            outcomes.append(program.run(name, server))
            print(f"{name}: {outcomes[-1].seconds:.0f} s", file=sys.stderr, flush=True)
    return outcomes


def _status(verdicts: Sequence[Verdict], outcomes: Sequence[Outcome], *, check: bool) -> int:
    failed = [outcome.set for outcome in outcomes if not outcome.lines]
    missed = [v for v in verdicts if v.missed]
    for name in failed:
        print(f"the set {name} failed", file=sys.stderr)
    for v in missed:
        sign = "at most" if v.floor.at_most else "at least"
        where = f"{v.floor.set} {v.floor.config} {v.floor.group}"
        print(f"floor missed: {where}: {v.floor.metric} is {v.value}, {sign} {v.floor.floor}", file=sys.stderr)
    return 1 if failed or (check and missed) else 0


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    print(f"written: {file}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals.run", description="Measures memory quality.")
    parser.add_argument("--evals", type=Path, required=True, help="the directory of the evaluation program")
    parser.add_argument("--sets", help="comma-separated; default: all that the split has")
    parser.add_argument("--split", choices=("dev", "heldout", "fresh"), default="dev", help="which part of the data")
    parser.add_argument("--quick", action="store_true", help="only some questions of each set")
    parser.add_argument("--check", action="store_true", help="exit with status 1 if a floor is missed")
    parser.add_argument("--out", type=Path, help="the page to write; default: RESULTS.md, or out/partial.md of a part")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
