"""The figures that the project promises to keep (floors) and those that it aims at (goals)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evals.judge import Line

FILE = Path(__file__).parent / "floors.json"

Mark = Literal["holds", "missed", "not measured"]


@dataclass(frozen=True, slots=True)
class Floor:
    """floor: the least that the figure must be (the most, if `at_most`). goal: what it should become; either may be
    None. group: 'overall', a category or a language."""

    set: str
    config: str
    metric: str
    floor: float | None
    goal: float | None = None
    group: str = "overall"
    at_most: bool = False

    def holds(self, value: float, bar: float) -> bool:
        return value <= bar if self.at_most else value >= bar


@dataclass(frozen=True, slots=True)
class Verdict:
    """value: None if the run did not measure it."""

    floor: Floor
    value: float | None

    def mark(self, bar: float) -> Mark:
        if self.value is None:
            return "not measured"
        return "holds" if self.floor.holds(self.value, bar) else "missed"

    @property
    def missed(self) -> bool:
        return self.floor.floor is not None and self.mark(self.floor.floor) == "missed"


def read_floors(file: Path = FILE) -> list[Floor]:
    return [Floor(**entry) for entry in json.loads(file.read_text("utf-8"))]


def judge(floors: Iterable[Floor], lines: Iterable[Line]) -> list[Verdict]:
    """Each floor with the figure that was measured for it."""
    values = {(line.set, line.config, line.group): line.values for line in lines}
    return [Verdict(each, values.get((each.set, each.config, each.group), {}).get(each.metric)) for each in floors]
