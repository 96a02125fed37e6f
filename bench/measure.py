"""Samples of durations, and what is said of them."""

import statistics
from dataclasses import dataclass, field


@dataclass
class Samples:
    """Seconds, by the name of what took them."""

    taken: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, seconds: float) -> None:
        self.taken.setdefault(name, []).append(seconds)

    def p50(self, name: str) -> float:
        """Milliseconds."""
        return 1000 * statistics.median(self.taken[name])

    def p95(self, name: str) -> float:
        """Milliseconds; that of the nearest rank."""
        ordered = sorted(self.taken[name])
        return 1000 * ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


@dataclass(frozen=True, slots=True)
class Bar:
    """A ratio or a size with its limit. at_least: it must not be lower (else: not higher)."""

    name: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def holds(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass
class Report:
    """bars: what must hold. figures: name, value and unit of all that was measured. notes: how to read them."""

    bars: list[Bar] = field(default_factory=list)
    figures: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def figure(self, name: str, value: float, unit: str) -> None:
        self.figures.append((name, f"{value:,.{_decimals(value)}f} {unit}"))

    def durations(self, name: str, samples: Samples, sample: str) -> None:
        p50, p95, count = samples.p50(sample), samples.p95(sample), len(samples.taken[sample])
        self.figures.append((name, f"p50 {p50:.2f} ms, p95 {p95:.2f} ms ({count})"))

    def page(self, title: str, head: list[str]) -> str:
        return "\n".join(
            [
                *(f"# {title}", "", *head, "", "## What must hold", ""),
                *("| what | measured | bar | holds |", "|---|---|---|---|", *map(_row, self.bars), ""),
                *("## All figures", "", "| what | measured |", "|---|---|"),
                *(f"| {name} | {value} |" for name, value in self.figures),
                *("", "## How it was measured", "", *(f"- {note}" for note in self.notes), ""),
            ]
        )


def _row(bar: Bar) -> str:
    sign, mark = "≥" if bar.at_least else "≤", "✓" if bar.holds else "✗"
    return f"| {bar.name} | {bar.value:.2f} | {sign} {bar.limit:g} | {mark} |"


def _decimals(value: float) -> int:
    return 2 if abs(value) < 100 else 0
