"""Memory quality on both engines: every set on SQLite and on PostgreSQL; writes evals/ENGINES.md.

python -m evals.engines --evals DIR [--sets locomo,conflict] [--quick] [--out FILE]
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from evals.floors import Verdict, judge, read_floors
from evals.judge import ALL_SETS, Judge, NoHarness, chosen
from evals.run import measure
from harness.postgres import postgres
from harness.provenance import provenance

HERE = Path(__file__).parent
NOTES = "The figures that have a floor or a goal, from servers that start empty."


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.engines", description="Memory quality on both engines.")
    parser.add_argument("--evals", type=Path, required=True, help="the directory of the evaluation program")
    parser.add_argument("--sets", default=",".join(ALL_SETS), help="comma-separated; default: all")
    parser.add_argument("--quick", action="store_true", help="only some questions of each set")
    parser.add_argument("--out", type=Path, default=HERE / "ENGINES.md")
    options = parser.parse_args(arguments)
    try:
        sets = tuple(chosen(options.sets))
        program = Judge.load(options.evals, split="dev", quick=options.quick)
    except (NoHarness, ValueError) as error:
        print(f"evals: {error}", file=sys.stderr)
        return 2
    embedded = _verdicts(program, sets, {})
    with postgres() as database:
        shared = _verdicts(program, sets, {"MEMOSD_DATABASE_URL": database.url()})
    head = "\n".join(provenance("evals.engines", arguments))
    text = "\n\n".join(["# Memory quality on both engines", head, NOTES, _table(embedded, shared)]) + "\n"
    options.out.write_text(text, "utf-8")
    print(f"written: {options.out}")
    return 0


def _verdicts(program: Judge, sets: Sequence[str], environment: Mapping[str, str]) -> list[Verdict]:
    lines = [line for outcome in measure(program, sets, environment) for line in outcome.lines]
    return [verdict for verdict in judge(read_floors(), lines) if verdict.floor.set in sets]


def _table(embedded: Sequence[Verdict], shared: Sequence[Verdict]) -> str:
    rows = ["| set | config | group | metric | SQLite | PostgreSQL | difference |", "|---|---|---|---|---|---|---|"]
    for one, other in zip(embedded, shared, strict=True):
        floor = one.floor
        where = f"| {floor.set} | {floor.config} | {floor.group} | {floor.metric} "
        if one.value is None or other.value is None:
            rows.append(f"{where}| {_shown(one.value)} | {_shown(other.value)} | – |")
        else:
            rows.append(f"{where}| {_shown(one.value)} | {_shown(other.value)} | {other.value - one.value:+.3f} |")
    return "\n".join(rows)


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
