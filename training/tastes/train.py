"""Makes `memosd/extraction/tastes.json` and `tastes.npy` from the tastes beside this file, one a line.

A line holds an id and, in each language, the `taste` as a predicate, things that people who have it turn down (`left`)
and things they take (`taken`). Where the taste is empty, choices among such things show nothing (`nothing.jsonl`).

The figures are of choices between things that were left out of the means: half of one language's. Each such choice is
judged twice, the second time as if its taste, or its kind, were not in the catalogue.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from memosd.extraction import tastes
from memosd.extraction.tastes import MOST, TAKEN, Confidence, features, quantised
from memosd.ports.models import Vector, Vectors
from training.logistic import fit, folds
from training.report import Embed, Report

LANGUAGES = ("zh", "en")
RIDGE = 0.01
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Trial:
    """A choice of which it is known what it shows.

    tastes, nothing: how near it is to each of the catalogue. shows: whether it shows a taste; known: whether that, or
    its kind, was in the catalogue; right: which guess it is, if one of the best.
    """

    language: str
    tastes: Vector
    nothing: Vector
    shows: bool
    known: bool
    right: int | None

    def truth(self) -> list[bool]:
        """Whether the right one is the best guess, is among the best two, and so on."""
        return [self.right is not None and self.right <= n for n in range(MOST)]


def train(embed: Embed) -> Report:
    """Writes the catalogue; the figures are cross-validated, the confidence by trials."""
    known = _read()
    count = sum(bool(_named(taste)[0]) for taste in known)
    left, taken = (
        {language: _vectors(known, language, side, embed) for language in LANGUAGES} for side in ("left", "taken")
    )
    trials = [
        trial for language in LANGUAGES for half in (0, 1) for trial in _trials(left, taken, count, language, half)
    ]
    rows = np.array([features(trial.tastes, trial.nothing) for trial in trials])
    truth = np.array([trial.truth() for trial in trials])
    _write(known[:count], _means(left), _means(taken), _confidence(rows, truth))
    told = np.zeros(len(trials), int)
    for learn, judge in folds(len(trials)):
        confidence = _confidence(rows[learn], truth[learn])
        for i in np.flatnonzero(judge):
            told[i] = confidence.told(trials[i].tastes, trials[i].nothing)
    return Report("tastes", [_figures(language, trials, told.tolist()) for language in LANGUAGES])


def _read() -> list[dict[str, Any]]:
    """Tastes, then kinds of choices that show nothing."""
    files = sorted(Path(__file__).parent.glob("*.jsonl"))
    every = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    return sorted(every, key=lambda taste: not _named(taste)[0])


def _named(taste: dict[str, Any]) -> tuple[str, str]:
    """The taste in English and Chinese; empty if there is none."""
    return taste["en"]["taste"], taste["zh"]["taste"]


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
    left: dict[str, list[Vectors]], taken: dict[str, list[Vectors]], count: int, language: str, half: int
) -> Iterator[Trial]:
    """count: of tastes; what follows them are kinds of choices that show nothing."""
    avoided, liked = (_means(side, (language, half)) for side in (left, taken))
    for i, (some, others) in enumerate(zip(left[language], taken[language], strict=True)):
        scores = some[half::2].mean(axis=0) @ avoided.T + TAKEN * (others[half::2].mean(axis=0) @ liked.T)
        for known in (True, False):
            tastes, nothing = np.split(scores if known else np.delete(scores, i), [count - (i < count and not known)])
            best = np.argsort(-tastes, kind="stable")[:MOST].tolist()
            right = best.index(i) if i < count and known and i in best else None
            yield Trial(language, tastes, nothing, i < count, known, right)


def _confidence(rows: Any, truth: Any) -> Confidence:
    """rows: shape (trials, `MOST`, 2); truth: shape (trials, `MOST`)."""
    model = fit(rows.reshape(-1, 2).astype(np.float64), truth.ravel(), ridge=RIDGE)
    score, share = (round(float(weight), _DIGITS) for weight in model.weights)
    return Confidence(score, share, round(model.bias, _DIGITS))


def _figures(language: str, trials: list[Trial], told: list[int]) -> dict[str, str | int | float]:
    judged = [(trial, n) for trial, n in zip(trials, told, strict=True) if trial.language == language]
    known = [(trial.right, n) for trial, n in judged if trial.shows and trial.known]
    guessed = [(right, n) for right, n in known if n]
    return {
        "language": language,
        "choices": len(known),
        "right at once": round(sum(right == 0 for right, _ in known) / len(known), 3),
        f"right of {MOST}": round(sum(right is not None for right, _ in known) / len(known), 3),
        "told": round(len(guessed) / len(known), 3),
        "guesses each": round(sum(n for _, n in guessed) / max(1, len(guessed)), 2),
        "one of them right": round(
            sum(right is not None and right < n for right, n in guessed) / max(1, len(guessed)), 3
        ),
        "told of a taste that is not known": _share([n for trial, n in judged if trial.shows and not trial.known]),
        "told of what shows nothing": _share([n for trial, n in judged if not trial.shows and trial.known]),
        "and is of no known kind": _share([n for trial, n in judged if not trial.shows and not trial.known]),
    }


def _share(told: list[int]) -> float:
    return round(sum(map(bool, told)) / len(told), 3)


def _write(known: list[dict[str, Any]], left: Vectors, taken: Vectors, confidence: Confidence) -> None:
    target = Path(tastes.__file__).with_name("tastes.json")
    rows = ",\n".join(json.dumps(_named(taste), ensure_ascii=False) for taste in known)
    target.write_text(f'{{"confidence": {json.dumps(asdict(confidence))}, "tastes": [\n{rows}\n]}}\n', "utf-8")
    np.save(target.with_suffix(".npy"), np.array([quantised(left), quantised(taken)]))
