"""Makes `memosd/extraction/idle.json` from the sentences beside this file.

`told.*.txt` tell something of somebody, `idle.*.txt` only encourage, console, agree or muse. Lines of talk are put
together of them, for one told sentence among idle ones is enough.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from memosd.extraction import idle
from memosd.extraction.idle import FEATURES, IDLE, IDLE_SENTENCE, features
from training.logistic import Floats, Logistic, fit
from training.report import Embed, Report

LANGUAGES = ("zh", "en")
PARTS = 5
RIDGE = 2.0
"""Chosen by the cross-validated figures."""
_NAMES = {"zh": "小林：", "en": "Robin: "}
_OPENINGS = {
    "zh": ("对啊，小美！", "谢谢你，阿杰！", "哇，小美，"),
    "en": ("Yeah, Mara! ", "Thanks, Leo! ", "Wow, Mara, "),
}
OPENED = 0.3
"""The share of lines that begin by addressing somebody, whether they tell anything or not."""
TOGETHER = (1, 2)
"""Beside how many idle sentences each is put: one line with each number."""
JOINED = 0.2
"""The share of these that are joined to the sentence before."""
_JOINTS = {"zh": "，", "en": " - "}
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Line:
    """part: what it is judged in; sentences of one part are never mixed with those of another."""

    language: str
    text: str
    tells: bool
    part: int


def train(embed: Embed) -> Report:
    """Writes the coefficients; the figures are of models that had not seen what they are judged by, and of both
    looks, at a line and at its sentences."""
    examples = [line for language in LANGUAGES for line in _lines(language)]
    texts = [line.text for line in examples]
    rows = _rows(texts, embed)
    truth = np.array([line.tells for line in examples])
    _write(_fit(rows, truth))
    part = np.array([line.part for line in examples])
    pieces = [idle.parts([text]) for text in texts]
    every = sorted({piece for found in pieces for piece in found})
    row_of = dict(zip(every, _rows(every, embed), strict=True))
    kept = np.zeros(len(rows), np.bool_)
    for n in range(PARTS):
        model = _fit(rows[part != n], truth[part != n])
        for i in np.flatnonzero(part == n):
            kept[i] = model(rows[i : i + 1])[0] >= IDLE or any(
                model(row_of[piece][None])[0] >= IDLE_SENTENCE for piece in pieces[i]
            )
    language = np.array([line.language for line in examples])
    rows_of: list[dict[str, str | int | float]] = [
        {
            "language": each,
            "lines": int((language == each).sum()),
            "told kept": _share(kept[(language == each) & truth]),
            "idle dropped": _share(~kept[(language == each) & ~truth]),
        }
        for each in LANGUAGES
    ]
    return Report("telling", rows_of)


def _rows(texts: list[str], embed: Embed) -> Floats:
    return np.hstack([embed(texts, "passage").astype(np.float64), np.array([features(text) for text in texts])])


def _lines(language: str) -> Iterator[Line]:
    """Every sentence alone, and among idle ones; every other line names its speaker."""
    chance = random.Random(7)
    for part in range(PARTS):
        idle_ones, told = (_sentences(name, language)[part::PARTS] for name in ("idle", "told"))
        for tells, alone in ((False, idle_ones), (True, told)):
            for n, sentence in enumerate(alone):
                for text in (sentence, *(_among(sentence, idle_ones, count, chance, language) for count in TOGETHER)):
                    opening = chance.choice(_OPENINGS[language]) if chance.random() < OPENED else ""
                    yield Line(language, (_NAMES[language] if n % 2 else "") + opening + text, tells, part)


def _among(sentence: str, idle_ones: Sequence[str], count: int, chance: random.Random, language: str) -> str:
    """A sentence and so many idle ones, in any order; some of them are joined to one sentence."""
    others = [other for other in chance.sample(idle_ones, count) if other != sentence]
    together = [sentence, *others]
    chance.shuffle(together)
    text = together[0]
    for following in together[1:]:
        if chance.random() < JOINED:
            text = text.rstrip(".!?。！？") + _JOINTS[language] + following[:1].lower() + following[1:]
        else:
            text += (" " if language == "en" else "") + following
    return text


def _sentences(name: str, language: str) -> list[str]:
    return Path(__file__).with_name(f"{name}.{language}.txt").read_text("utf-8").splitlines()


def _fit(rows: Floats, truth: np.typing.NDArray[np.bool_]) -> Logistic:
    return fit(rows, truth, ridge=RIDGE)


def _share(of: np.typing.NDArray[np.bool_]) -> float:
    return round(float(of.mean()), 3)


def _write(model: Logistic) -> None:
    numbers = [round(float(weight), _DIGITS) for weight in model.weights]
    cut = len(numbers) - len(FEATURES)
    stored = {
        "bias": round(model.bias, _DIGITS),
        "features": dict(zip(FEATURES, numbers[cut:], strict=True)),
        "vector": numbers[:cut],
    }
    Path(idle.__file__).with_name("idle.json").write_text(json.dumps(stored) + "\n", "utf-8")
