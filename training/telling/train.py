"""Makes `memosd/extraction/idle.json` from the sentences beside this file.

`told.*.txt` tell something of somebody, `idle.*.txt` only encourage, console, agree or muse. Lines of talk are put
together of them, for one told sentence among idle ones is enough.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from memosd.extraction import idle
from memosd.extraction.idle import FEATURES, IDLE, features
from training.logistic import Floats, Logistic, fit
from training.report import Embed, Report

LANGUAGES = ("zh", "en")
PARTS = 5
RIDGE = 0.2
"""Chosen by the cross-validated figures."""
_NAMES = {"zh": "小林：", "en": "Robin: "}
_OPENINGS = {
    "zh": ("对啊，小美！", "谢谢你，阿杰！", "哇，小美，"),
    "en": ("Yeah, Mara! ", "Thanks, Leo! ", "Wow, Mara, "),
}
OPENED = 0.3
"""The share of lines that begin by addressing somebody, whether they tell anything or not."""
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Line:
    """part: what it is judged in; sentences of one part are never mixed with those of another."""

    language: str
    text: str
    tells: bool
    part: int


def train(embed: Embed) -> Report:
    """Writes the coefficients; the figures are of models that had not seen the sentences they are judged by."""
    examples = [line for language in LANGUAGES for line in _lines(language)]
    texts = [line.text for line in examples]
    rows = np.hstack([embed(texts, "passage").astype(np.float64), np.array([features(text) for text in texts])])
    truth = np.array([line.tells for line in examples])
    _write(_fit(rows, truth))
    part = np.array([line.part for line in examples])
    sure = np.zeros(len(rows))
    for n in range(PARTS):
        sure[part == n] = _fit(rows[part != n], truth[part != n])(rows[part == n])
    language = np.array([line.language for line in examples])
    rows_of: list[dict[str, str | int | float]] = [
        {
            "language": each,
            "lines": int((language == each).sum()),
            "told kept": _share(sure[(language == each) & truth] >= IDLE),
            "idle dropped": _share(sure[(language == each) & ~truth] < IDLE),
        }
        for each in LANGUAGES
    ]
    return Report("telling", rows_of)


def _lines(language: str) -> Iterator[Line]:
    """Every sentence alone, idle ones together, and told ones among idle ones; every other line names its speaker."""
    chance = random.Random(7)
    between = " " if language == "en" else ""
    for part in range(PARTS):
        idle_ones, told = (_sentences(name, language)[part::PARTS] for name in ("idle", "told"))
        for tells, alone in ((False, idle_ones), (True, told)):
            for n, sentence in enumerate(alone):
                others = chance.sample(idle_ones, chance.choice((1, 2)))
                together = [sentence, *(other for other in others if other != sentence)]
                chance.shuffle(together)
                for text in (sentence, between.join(together)):
                    opening = chance.choice(_OPENINGS[language]) if chance.random() < OPENED else ""
                    yield Line(language, (_NAMES[language] if n % 2 else "") + opening + text, tells, part)


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
