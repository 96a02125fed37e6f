"""The page of results: the floors first, then every figure."""

from collections.abc import Iterable, Sequence

from evals.floors import Verdict
from evals.judge import Line, Outcome

SHORT = {
    "ev_recall": "evR",
    "ev_sources": "srcR",
    "ev_all": "all",
    "recall@1": "R@1",
    "recall@9": "R@9",
    "mrr": "MRR",
    "precision": "prec",
    "nugget_recall": "nugR",
    "pref_list_hit": "prefL",
    "ans_recall": "ansR",
    "ans_top1": "top1",
    "date_bound": "dateB",
    "tokens": "tokens",
    "returned": "n",
    "p50_ms": "p50 ms",
    "p95_ms": "p95 ms",
}
"""The figures shown of sets of questions, with the heads of their columns."""
LEGEND = """\
evR: evidence turns covered by a returned memory · all: every evidence turn covered · R@k: covered by the first k ·
MRR: reciprocal rank of the first that covers · nugR: facts covered · prefL: preference in the preference list ·
ansR: words of the gold answer returned · top1: answer in the first memory · dateB: absolute date in the memory that
covers · tokens, n: number returned for a question. `rel` is the threshold `relativity`, `k` the limit of memories."""
ABLATIONS = "## What each part of retrieval is worth"
"""The head of the last section, which `evals.ablation` writes."""
MARKS = {"holds": "✓", "missed": "✗", "not measured": "–"}


def page(head: Sequence[str], verdicts: Sequence[Verdict], outcomes: Sequence[Outcome]) -> str:
    seconds = sum(outcome.seconds for outcome in outcomes)
    parts = [
        "# Memory quality",
        "\n".join([*head, f"- took: {seconds / 60:.1f} minutes"]),
        "## Floors and goals",
        "A floor is kept by every change; a goal is what the figure should become.",
        _bars(verdicts),
        "## Questions about conversations",
        LEGEND,
        *(_section(outcome, SHORT) for outcome in outcomes if _has_shown_figures(outcome)),
        "## The project's own sets, by language",
        *(_section(outcome, None) for outcome in outcomes if not _has_shown_figures(outcome)),
    ]
    return "\n\n".join(parts) + "\n"


def before_ablations(page: str) -> str:
    """A page up to the section of the ablations, ready to have one added."""
    return page.partition(ABLATIONS)[0].rstrip("\n") + "\n\n"


def ablations(page: str) -> str:
    """The section of the ablations of a page, '' if it has none."""
    _, head, rest = page.partition(ABLATIONS)
    return head + rest


def _has_shown_figures(outcome: Outcome) -> bool:
    return any(key in line.values for line in outcome.lines for key in SHORT)


def _bars(verdicts: Iterable[Verdict]) -> str:
    rows = []
    for verdict in verdicts:
        bar = verdict.floor
        bars = [_bar(verdict, value) for value in (bar.floor, bar.goal)]
        rows.append([bar.set, bar.config, bar.group, bar.metric, _number(verdict.value), *bars])
    return table(["set", "config", "group", "metric", "figure", "floor", "goal"], rows)


def _bar(verdict: Verdict, value: float | None) -> str:
    if value is None:
        return ""
    return f"{MARKS[verdict.mark(value)]} {'≤' if verdict.floor.at_most else '≥'} {_number(value)}"


def _section(outcome: Outcome, shown: dict[str, str] | None) -> str:
    """`shown` None: every figure under its own name."""
    columns = shown or dict.fromkeys(sorted({key for line in outcome.lines for key in line.values}))
    used = [key for key in columns if any(key in line.values for line in outcome.lines)]
    heads = [columns[key] or key.replace("_", " ") for key in used]
    rows = [[*_label(line), *(_number(line.values.get(key)) for key in used)] for line in outcome.lines]
    text = [f"### {outcome.set} ({outcome.seconds / 60:.1f} min)", *(f"{note}." for note in outcome.notes)]
    if rows:
        text.append(table(["config", "group", "q", *heads], rows))
    return "\n\n".join(text)


def _label(line: Line) -> list[str]:
    return [line.config, line.group, str(line.questions)]


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if abs(value) <= 1 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
