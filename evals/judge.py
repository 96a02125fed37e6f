"""The evaluation program of a given directory (`harness.py`, `memeval`, `data`), imported from there."""

import importlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from evals import documents, feedback, skills, tastes
from harness import API, KEY, Server
from harness.client import Client

Table = Mapping[str, Mapping[str, float]]
OWN_DATA = Path(__file__).parent / "data" / "own"
DEFAULT_CONFIGS = ((9, None),)
CONFIGS: Mapping[str, tuple[tuple[int, float | None], ...]] = {
    "locomo": ((9, None), (9, 0.0), (25, None), (25, 0.0)),
    "tc_event": DEFAULT_CONFIGS,
    "zh_paraphrase": ((9, None), (9, 0.0)),
    "prefeval": DEFAULT_CONFIGS,
    "halumem": DEFAULT_CONFIGS,
    "mab_conflict": DEFAULT_CONFIGS,
}
"""The sets of conversations with questions, each with the limits and thresholds of its searches."""
OWN_SETS = ("conflict", "preference", "abstention", "temporal", "isolation", "tools")
DOCUMENTS = "documents"
SCORED_HERE: Mapping[str, Callable[[Client, Mapping[str, Any], str], tuple[Table, list[str]]]] = {
    "feedback": feedback.run,
    "skills": skills.run,
    "tastes": tastes.run,
}
"""Sets that this package scores itself."""
ALL_SETS = (*CONFIGS, *OWN_SETS, DOCUMENTS, *SCORED_HERE)
FRESH_SETS = ("zh_paraphrase", "conflict", "preference", "abstention", "temporal")
"""Sets of which `evals/data/own` has a half, `fresh`, whose writer had not seen the code. It measures how far the
figures of the development half carry: nothing is to be chosen by it; cases that were looked into are to be replaced."""
NAMED = 12
"""Cases named of those that were not passed."""
QUICK_CONVERSATIONS = 2
QUICK_QUESTIONS = 25
"""Of each conversation."""
QUICK_GROUPS = 4


class NoHarness(Exception):
    """There is no evaluation program, or it lacks the data asked for; the message says where one was looked for."""


@dataclass(frozen=True, slots=True)
class Line:
    """Figures of some of a set's questions. config: such as 'k=9,rel=default'; group: 'overall', a category or a
    language."""

    set: str
    config: str
    group: str
    questions: int
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """All figures of one set. notes: what a reader must know of them."""

    set: str
    lines: tuple[Line, ...]
    seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judge:
    """directory: where the program lies. split: which part of the data. quick: only some questions of each set."""

    directory: Path
    split: str
    quick: bool
    backends: ModuleType
    retrieval: ModuleType
    ownsets: ModuleType
    model: ModuleType

    @classmethod
    def load(cls, directory: Path, *, split: str, quick: bool) -> "Judge":
        """Raises `NoHarness`."""
        if not (directory / "memeval" / "retrieval.py").is_file():
            raise NoHarness(
                f"there is no evaluation program in {directory} (a directory with harness.py, memeval/ and data/): "
                "say where it is with --evals DIR, or with `make eval EVALS=DIR`"
            )
        sys.path.insert(0, str(directory))
        modules = [importlib.import_module(f"memeval.{n}") for n in ("backends", "retrieval", "ownsets", "model")]
        return cls(directory, split, quick, *modules)

    def run(self, name: str, server: Server) -> Outcome:
        """Put a set to the server and score what it answers. Raises `NoHarness` if there is no such data."""
        started = time.monotonic()
        if name == DOCUMENTS:
            lines, notes = self._documents(server)
        elif name in SCORED_HERE:
            lines, notes = self._here(name, server)
        else:
            lines, notes = self._own(name, server) if name in OWN_SETS else self._questions(name, server)
        return Outcome(name, tuple(lines), time.monotonic() - started, tuple(notes))

    def _backend(self, server: Server) -> Any:
        return self.backends.HttpBackend(server.url + API, KEY)

    def _questions(self, name: str, server: Server) -> tuple[list[Line], list[str]]:
        conversations = self.model.load(self._data(name, OWN_DATA, self.directory / "data" / "canonical"))
        if self.quick:
            conversations = conversations[:QUICK_CONVERSATIONS]
            for conversation in conversations:
                conversation.questions = _some(conversation.questions, QUICK_QUESTIONS)
        found = self.retrieval.run(
            self._backend(server),
            conversations,
            CONFIGS[name],
            tag=f"eval-{name}",
            progress=lambda text: print(f"  {text}", file=sys.stderr, flush=True),
        )
        lines = []
        for config, scores in found["configs"].items():
            latency = {f"{name}_ms": value for name, value in scores["latency_ms"].items()}
            lines.append(_line(name, config, "overall", {**scores["overall"], **latency}))
            lines += [_line(name, config, group, values) for group, values in scores["by_category"].items()]
            if unknown := scores["abstention"]:
                lines.append(_line(name, config, "abstention", unknown))
        add = found["add"]
        notes = [f"{add['messages']} messages added, {add['messages_per_s']} a second"]
        if found["failed"]:
            notes.append(f"**{found['failed']} searches failed**, the first: {found['failures'][0]}")
        return lines, notes

    def _own(self, name: str, server: Server) -> tuple[list[Line], list[str]]:
        data = json.loads(self._data(name, OWN_DATA, self.directory / "data" / "own").read_text("utf-8"))
        notes = []
        if self.quick:
            data = {
                key: _some(value, QUICK_GROUPS) if isinstance(value, list) else value for key, value in data.items()
            }
        found = self.ownsets.run(self._backend(server), name, data, f"eval-{name}")
        if "error" in found:
            return [], [f"**failed**: {found['error']}"]
        config = "k=9,rel=0.0" if name == "isolation" else "k=9,rel=default"
        lines = [_line(name, config, group, values) for group, values in found["table"].items()]
        overall = {key: value for key, value in found.items() if key.startswith("auc")}
        if overall:
            lines[0] = Line(name, lines[0].config, lines[0].group, lines[0].questions, {**lines[0].values, **overall})
        if failed := found["failed_ids"]:
            more = " …" if len(failed) > NAMED else ""
            notes.append(f"{len(failed)} not passed: {', '.join(failed[:NAMED])}{more}")
        return lines, notes

    def _documents(self, server: Server) -> tuple[list[Line], list[str]]:
        data = json.loads(self._data(DOCUMENTS, OWN_DATA, self.directory / "data" / "own").read_text("utf-8"))
        figures, notes = documents.run(server, data)
        return [Line(DOCUMENTS, "k=9,rel=default", group, n, values) for group, n, values in figures], notes

    def _here(self, name: str, server: Server) -> tuple[list[Line], list[str]]:
        data = json.loads(self._data(name, OWN_DATA).read_text("utf-8"))
        if self.quick:
            data = {**data, "cases": _some(data["cases"], QUICK_QUESTIONS)}
        with server.client() as client:
            table, failed = SCORED_HERE[name](client, data, f"eval-{name}")
        lines = [_line(name, "default", group, values) for group, values in table.items()]
        return lines, [f"{len(failed)} not passed: {', '.join(failed[:NAMED])}"] if failed else []

    def _data(self, name: str, *places: Path) -> Path:
        """The file of a set, in the first of the places that has it."""
        files = [place / f"{name}.{self.split}.json" for place in places]
        found = next((file for file in files if file.is_file()), None)
        if found is None:
            raise NoHarness(f"there is no file {' or '.join(map(str, files))}")
        return found


def _some(entries: list[Any], count: int) -> list[Any]:
    """So many of them, spread over the whole."""
    return entries[:: max(1, len(entries) // count)][:count]


def _line(name: str, config: str, group: str, values: Mapping[str, Any]) -> Line:
    """`values` as the program gives them: a count named 'questions' or 'cases' among figures that may be None."""
    figures = {k: float(v) for k, v in values.items() if v is not None and k not in ("questions", "cases")}
    questions = int(values.get("questions") or values["cases"])
    return Line(name, config, "overall" if group == "all" else group, questions, figures)


def chosen(text: str) -> Iterator[str]:
    """The sets named in a comma-separated list. Raises `ValueError` for one that does not exist."""
    for name in text.split(","):
        if name not in ALL_SETS:
            raise ValueError(f"there is no set '{name}'; there are {', '.join(ALL_SETS)}")
        yield name
