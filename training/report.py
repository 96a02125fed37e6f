"""What a training says of itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memosd.ports.models import Purpose, Vectors

Embed = Callable[[list[str], Purpose], Vectors]
"""Texts to their vectors, shape (texts, dimensions)."""


def rounded_share(right: npt.NDArray[np.bool_]) -> float:
    """Of what is right."""
    return round(float(right.mean()), 3)


@dataclass(frozen=True, slots=True)
class Report:
    """Cross-validated figures: rows with the same columns, one for each language."""

    name: str
    rows: Sequence[Mapping[str, str | int | float]]

    def table(self) -> str:
        """As Markdown."""
        columns = list(self.rows[0])
        lines = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
        lines += [f"| {' | '.join(str(row[column]) for column in columns)} |" for row in self.rows]
        return "\n".join(lines)
