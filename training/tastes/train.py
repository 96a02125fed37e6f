"""Makes `memosd/extraction/tastes.json` and `tastes.npy` from the tastes beside this file, one a line.

A line holds an id and, in each language, the `taste` as a predicate, things that people who have it turn down (`left`)
and things they take (`taken`). The figures are of choices between things that were left out of the means: half of one
language's. Each such choice is judged twice, the second time as if its taste were not in the catalogue.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from memosd.extraction import tastes
from memosd.extraction.tastes import MOST, SURE, TAKEN, Confidence, quantised
from memosd.ports.models import Vector, Vectors
from training.logistic import fit, folds
from training.report import Embed, Report

LANGUAGES = ("zh", "en")
RIDGE = 0.01
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Trial:
    """A choice whose taste is known. scores: of the best guesses and the next, in order; right: which guess it is, if
    any; known: whether its taste was in the catalogue."""

    language: str
    scores: Vector
    right: int | None
    known: bool


def train(embed: Embed) -> Report:
    """Writes the catalogue; the figures are cross-validated, the confidence by trials."""
    known = _read()
    left, taken = (
        {language: _vectors(known, language, side, embed) for language in LANGUAGES} for side in ("left", "taken")
    )
    trials = [trial for language in LANGUAGES for half in (0, 1) for trial in _trials(left, taken, language, half)]
    rows, truth = zip(*(each for trial in trials for each in _guesses(trial)), strict=True)
    _write(known, _means(left), _means(taken), _confidence(np.array(rows), np.array(truth)))
    sure = np.zeros((len(trials), MOST))
    for learn, judge in folds(len(trials)):
        chosen = np.repeat(learn, MOST)
        confidence = _confidence(np.array(rows)[chosen], np.array(truth)[chosen])
        sure[judge] = [confidence(trial.scores) for trial, judged in zip(trials, judge, strict=True) if judged]
    return Report("tastes", [_figures(language, trials, sure >= SURE) for language in LANGUAGES])


def _read() -> list[dict[str, Any]]:
    files = sorted(Path(__file__).parent.glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def _vectors(known: list[dict[str, Any]], language: str, side: str, embed: Embed) -> list[Vectors]:
    """Of each taste, of its things of one kind."""
    things = [taste[language][side] for taste in known]
    every = embed([thing for some in things for thing in some], "passage")
    return np.split(every, np.cumsum([len(some) for some in things])[:-1])


def _means(of: dict[str, list[Vectors]], without: tuple[str, int] | None = None) -> Vectors:
    """The mean direction of each taste's things; without: a language and a half of whose things are left out."""
    sums = [
        sum(
            rows[1 - half :: 2].sum(axis=0) if language == skipped else rows.sum(axis=0)
            for language, rows in zip(of, both, strict=True)
        )
        for both in zip(*of.values(), strict=True)
        for skipped, half in [without or ("", 0)]
    ]
    table = np.array(sums, np.float32)
    directions: Vectors = table / np.linalg.norm(table, axis=1, keepdims=True)
    return directions


def _trials(
    left: dict[str, list[Vectors]], taken: dict[str, list[Vectors]], language: str, half: int
) -> Iterator[Trial]:
    avoided, liked = (_means(side, (language, half)) for side in (left, taken))
    for i, (some, others) in enumerate(zip(left[language], taken[language], strict=True)):
        scores = some[half::2].mean(axis=0) @ avoided.T + TAKEN * (others[half::2].mean(axis=0) @ liked.T)
        for known in (True, False):
            order = np.argsort(
                -scores if known else np.where(np.arange(len(scores)) == i, np.inf, -scores), kind="stable"
            )
            best = order[: MOST + 1]
            right = best[:MOST].tolist().index(i) if known and i in best[:MOST] else None
            yield Trial(language, scores[best], right, known)


def _guesses(trial: Trial) -> Iterator[tuple[tuple[float, float], bool]]:
    """Score and lead of each guess, and whether it is right."""
    for n, (one, following) in enumerate(zip(trial.scores[:-1].tolist(), trial.scores[1:].tolist(), strict=True)):
        yield (one, one - following), n == trial.right


def _confidence(rows: Vectors, truth: Any) -> Confidence:
    model = fit(rows.astype(np.float64), truth, ridge=RIDGE)
    score, lead = (round(float(weight), _DIGITS) for weight in model.weights)
    return Confidence(score, lead, round(model.bias, _DIGITS))


def _figures(language: str, trials: list[Trial], told: Any) -> dict[str, str | int | float]:
    of_language = [(trial, row) for trial, row in zip(trials, told, strict=True) if trial.language == language]
    known = [(trial, row) for trial, row in of_language if trial.known]
    guessed = [(trial.right, n) for trial, row in known for n in range(MOST) if row[n]]
    return {
        "language": language,
        "choices": len(known),
        "right at once": round(sum(trial.right == 0 for trial, _ in known) / len(known), 3),
        f"right of {MOST}": round(sum(trial.right is not None for trial, _ in known) / len(known), 3),
        "told": round(sum(bool(row.any()) for _, row in known) / len(known), 3),
        "guesses told that are right": round(sum(right == n for right, n in guessed) / max(1, len(guessed)), 3),
        "told of a taste that is not known": round(
            sum(bool(row.any()) for trial, row in of_language if not trial.known) / len(known), 3
        ),
    }


def _write(known: list[dict[str, Any]], left: Vectors, taken: Vectors, confidence: Confidence) -> None:
    target = Path(tastes.__file__).with_name("tastes.json")
    rows = ",\n".join(json.dumps([taste["en"]["taste"], taste["zh"]["taste"]], ensure_ascii=False) for taste in known)
    target.write_text(f'{{"confidence": {json.dumps(asdict(confidence))}, "tastes": [\n{rows}\n]}}\n', "utf-8")
    np.save(target.with_suffix(".npy"), np.array([quantised(left), quantised(taken)]))
