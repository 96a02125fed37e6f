"""Makes `memosd/extraction/preferences.json` from the examples beside this file.

An example is `{"text": …, "label": "explicit" | "implicit" | "none"}`; some implicit ones say in `why` what they show.
"""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from memosd.extraction import preferences
from memosd.extraction.preferences import FEATURES, features
from training.logistic import Floats, Logistic, fit, folds
from training.report import Embed, Report

LANGUAGES = ("zh", "en")
RIDGE = 0.5
"""For the numbers of a vector of length 1, which are small; chosen by the cross-validated figures."""
RIDGE_OF_FEATURES = 1.0
"""More, so that the patterns support what the vector says and do not replace it."""
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
    _write(_fit(rows, wanted), _fit(rows[wanted], explicit[wanted]))
    found, type_right = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
    stated = rows[:, -len(FEATURES) + FEATURES.index("stated")] > 0
    bar = np.where(stated, preferences.STATED, preferences.FOUND)
    for learn, judge in folds(len(rows)):
        found[judge] = _fit(rows[learn], wanted[learn])(rows[judge]) >= bar[judge]
        shown = learn & wanted
        type_right[judge] = (_fit(rows[shown], explicit[shown])(rows[judge]) >= 0.5) == explicit[judge]
    rows_of = [{"language": lang, **_figures(label, found, type_right, language == lang)} for lang in LANGUAGES]
    return Report("preference", rows_of)


def _examples(language: str) -> list[tuple[str, str]]:
    lines = Path(__file__).with_name(f"{language}.jsonl").read_text("utf-8").splitlines()
    return [(example["text"], example["label"]) for example in map(json.loads, lines)]


def _fit(rows: Floats, truth: Truth) -> Logistic:
    ridge = np.full(rows.shape[1], RIDGE)
    ridge[-len(FEATURES) :] = RIDGE_OF_FEATURES
    return fit(rows, truth, ridge=ridge)


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


def _write(preference: Logistic, explicit: Logistic) -> None:
    target = Path(preferences.__file__).with_name("preferences.json")
    stored = {"preference": _stored(preference), "explicit": _stored(explicit)}
    target.write_text(json.dumps(stored) + "\n", "utf-8")


def _stored(model: Logistic) -> dict[str, object]:
    numbers = [round(float(weight), _DIGITS) for weight in model.weights]
    cut = len(numbers) - len(FEATURES)
    return {
        "bias": round(model.bias, _DIGITS),
        "features": dict(zip(FEATURES, numbers[cut:], strict=True)),
        "vector": numbers[:cut],
    }
