"""Makes `memosd/extraction/tastes.json` and `tastes.npz` from the tastes beside this file, one a line.

A line holds an id and, in each language, the `taste` as a predicate, things that people who have it turn down (`left`)
and things they take (`taken`). Where the taste is empty, choices among such things show nothing (`nothing.jsonl`).

What is left and what is taken are scored alike: by the direction of a taste in a space where the things of one taste
spread alike in all directions (R. A. Fisher's linear discriminant, 1936; the spread is shrunk towards that, as in
J. H. Friedman's regularised discriminant analysis, 1989). A taste lies there between its things and its own words.

The figures are of choices between things that were left out of that: half of one language's. Each such choice is judged
twice, the second time as if its taste, or its kind, were not in the catalogue.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from memosd.extraction import tastes
from memosd.extraction.tastes import MOST, Confidence, Scoring, features
from memosd.ports.models import Vector, Vectors
from training.logistic import fit, folds
from training.report import Embed, Report

LANGUAGES = ("zh", "en")
TAKEN = 0.8
"""What the things taken count against the things left."""
WORDS = 0.3
"""What the words of a taste count against its things."""
SHRUNK = 0.8
"""How far the spread of things is taken for the same in all directions."""
RIDGE = 0.01
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Things:
    """Vectors of what is left and taken, by language and then by taste, tastes before kinds of choices that show
    nothing; words: of the tastes."""

    left: dict[str, list[Vectors]]
    taken: dict[str, list[Vectors]]
    words: Vectors


@dataclass(frozen=True, slots=True)
class Trial:
    """A choice of which it is known what it shows.

    tastes, nothing: what each of the catalogue scores. shows: whether it shows a taste; known: whether that, or
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
    things = Things(
        {language: _vectors(known, language, "left", embed) for language in LANGUAGES},
        {language: _vectors(known, language, "taken", embed) for language in LANGUAGES},
        _words(known[:count], embed),
    )
    trials = [trial for language in LANGUAGES for half in (0, 1) for trial in _trials(things, language, half)]
    rows = np.array([features(trial.tastes, trial.nothing) for trial in trials])
    truth = np.array([trial.truth() for trial in trials])
    _write(known[:count], _scoring(things), _confidence(rows, truth))
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


def _words(known: list[dict[str, Any]], embed: Embed) -> Vectors:
    """How the tastes lie to each other by what they say, the mean of both languages; shape (tastes, dimensions)."""
    spoken = [embed([_named(taste)[n] for taste in known], "passage") for n in (0, 1)]
    middles: Vectors = sum(_unit(rows - rows.mean(axis=0)) for rows in spoken)
    return middles


def _scoring(things: Things, without: tuple[str, int] | None = None) -> Scoring:
    """without: a language and a half of whose things are left out."""
    left, left_bias = _discriminant(_kept(things.left, without), things.words)
    taken, taken_bias = _discriminant(_kept(things.taken, without), things.words)
    return Scoring(left, TAKEN * taken, left_bias + TAKEN * taken_bias)


def _kept(of: dict[str, list[Vectors]], without: tuple[str, int] | None) -> list[Vectors]:
    """The things of each taste, in all languages."""
    skipped, half = without or ("", 0)
    return [
        np.concatenate(
            [rows[1 - half :: 2] if language == skipped else rows for language, rows in zip(of, both, strict=True)]
        )
        for both in zip(*of.values(), strict=True)
    ]


def _discriminant(things: list[Vectors], words: Vectors) -> tuple[Vectors, Vector]:
    """What a vector is multiplied by to score each taste, and what is added."""
    middle = np.concatenate(things).mean(axis=0)
    apart = np.concatenate([(rows - rows.mean(axis=0)) * np.sqrt(len(rows) / (len(rows) - 1)) for rows in things])
    spread = apart.T @ apart / len(apart)
    mean = np.trace(spread) / len(spread)
    whiten = np.linalg.cholesky(np.linalg.inv((1 - SHRUNK) * spread / mean + SHRUNK * np.eye(len(spread))))
    tastes = _unit((np.array([rows.mean(axis=0) for rows in things]) - middle) @ whiten)
    tastes[: len(words)] += WORDS * _unit(words @ whiten)
    weights = _unit(tastes) @ whiten.T
    return weights, -weights @ middle


def _unit(rows: Vectors) -> Vectors:
    directions: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return directions


def _trials(things: Things, language: str, half: int) -> Iterator[Trial]:
    count = len(things.words)
    scoring = _scoring(things, (language, half))
    for i, (left, taken) in enumerate(zip(things.left[language], things.taken[language], strict=True)):
        scores = scoring(left[half::2], taken[half::2])
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


def _write(known: list[dict[str, Any]], scoring: Scoring, confidence: Confidence) -> None:
    target = Path(tastes.__file__).with_name("tastes.json")
    rows = ",\n".join(json.dumps(_named(taste), ensure_ascii=False) for taste in known)
    target.write_text(f'{{"confidence": {json.dumps(asdict(confidence))}, "tastes": [\n{rows}\n]}}\n', "utf-8")
    np.savez(target.with_suffix(".npz"), **{name: rows.astype(np.float16) for name, rows in asdict(scoring).items()})
