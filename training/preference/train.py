"""Makes `memosd/extraction/preferences.json` from the examples beside this file.

An example is `{"text": …, "label": "explicit" | "implicit" | "none"}`; some implicit ones say in `why` what they show.
For the pairs see `pairs`.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from memosd.extraction import preferences
from memosd.extraction.preferences import FEATURES, features
from memosd.extraction.repeated import names
from training.logistic import Floats, Logistic, fit, folds
from training.preference.pairs import figures, pairs
from training.preference.pairs import rows as rows_of_pairs
from training.report import Embed, Report

LANGUAGES = ("zh", "en")
LABELS = ("explicit", "implicit", "none")
RIDGE = 0.5
"""For the numbers of a vector of length 1, which are small; chosen by the cross-validated figures."""
RIDGE_OF_PAIRS = 0.3
"""The same for a pair: a mean of two vectors is shorter."""
RIDGE_OF_FEATURES = 1.0
"""More, so that the patterns support what the vector says and do not replace it."""
EVEN = 0.5
_DIGITS = 3
Truth = npt.NDArray[np.bool_]


def train(embed: Embed) -> Report:
    """Writes the coefficients; the figures are of models that had not seen the examples they are judged by."""
    examples = [(language, *example) for language in LANGUAGES for example in _examples(language)]
    texts = [text for _, text, _ in examples]
    rows = np.hstack([embed(texts, "passage").astype(np.float64), np.array([features(text) for text in texts])])
    language = np.array([language for language, _, _ in examples])
    label = np.array([label for _, _, label in examples])
    wanted, explicit = label != "none", label == "explicit"
    preference = _fit(rows, wanted)
    said = {(of, kind): [t for o, t, k in examples if (o, k) == (of, kind)] for of in LANGUAGES for kind in LABELS}
    two = pairs(said, LANGUAGES)
    beside, repeated = rows_of_pairs(two, preference, embed), np.array([pair.kind == "shown" for pair in two])
    _write(preference, _fit(rows[wanted], explicit[wanted]), _fit_pairs(beside, repeated))
    sure, stated = np.zeros(len(rows)), np.zeros(len(rows))
    for learn, judge in folds(len(rows)):
        sure[judge] = _fit(rows[learn], wanted[learn])(rows[judge])
        stated[judge] = _fit(rows[learn & wanted], explicit[learn & wanted])(rows[judge])
    found, type_right = sure >= _bars(rows, stated), (stated >= EVEN) == explicit
    probable = np.zeros(len(two))
    for learn, judge in folds(len(two)):
        probable[judge] = _fit_pairs(beside[learn], repeated[learn])(beside[judge])
    rows_of = [
        {"language": of, **_figures(label, found, type_right, language == of), **figures(two, probable, of)}
        for of in LANGUAGES
    ]
    return Report("preference", rows_of)


def _examples(language: str) -> list[tuple[str, str]]:
    lines = Path(__file__).with_name(f"{language}.jsonl").read_text("utf-8").splitlines()
    return [(example["text"], example["label"]) for example in map(json.loads, lines)]


def _bars(rows: Floats, explicit: Floats) -> Floats:
    """How probably each example must be a preference. explicit: how probably each is stated, if it is one."""
    known = rows[:, -len(FEATURES) :] > 0
    has = {name: known[:, place] for place, name in enumerate(FEATURES)}
    served = np.where(has["serving"] & ~has["once"] & ~has["order"], preferences.SERVED, preferences.FOUND)
    bars: Floats = np.where(explicit >= EVEN, served, preferences.SHOWN)
    return np.where(has["stated"], preferences.STATED, bars)


def _fit(rows: Floats, truth: Truth, *, beside: int = len(FEATURES), held: float = RIDGE) -> Logistic:
    """beside: how many of the last columns are no part of a vector. held: the ridge of the others."""
    ridge = np.full(rows.shape[1], held)
    ridge[-beside:] = RIDGE_OF_FEATURES
    return fit(rows, truth, ridge=ridge)


def _fit_pairs(rows: Floats, truth: Truth) -> Logistic:
    return _fit(rows, truth, beside=len(names(FEATURES)), held=RIDGE_OF_PAIRS)


def _figures(label: npt.NDArray[np.str_], found: Truth, type_right: Truth, chosen: Truth) -> dict[str, int | float]:
    """Shares; that of the right type is one of the preferences found."""

    def share(of: Truth, among: Truth) -> float:
        return round(float(of[among & chosen].mean()), 3)

    return {
        "examples": int(chosen.sum()),
        "explicit found": share(found, label == "explicit"),
        "implicit found": share(found, label == "implicit"),
        "others kept out": share(~found, label == "none"),
        "type right": share(type_right, found & (label != "none")),
    }


def _write(preference: Logistic, explicit: Logistic, twice: Logistic) -> None:
    target = Path(preferences.__file__).with_name("preferences.json")
    stored = {
        "preference": _stored(preference, FEATURES),
        "explicit": _stored(explicit, FEATURES),
        "twice": _stored(twice, names(FEATURES)),
    }
    target.write_text(json.dumps(stored) + "\n", "utf-8")


def _stored(model: Logistic, beside: Sequence[str]) -> dict[str, object]:
    numbers = [round(float(weight), _DIGITS) for weight in model.weights]
    cut = len(numbers) - len(beside)
    return {
        "bias": round(model.bias, _DIGITS),
        "features": dict(zip(beside, numbers[cut:], strict=True)),
        "vector": numbers[:cut],
    }
