"""Takes the language out of a vector, so that a question in one language finds facts told in another.

The texts of one language lie close together around a mean of their own, and the means lie further apart than most
subjects do. Subtracting the mean of the text's language leaves the subject (after Libovický 2020, arXiv:2004.05160),
and unrelated texts then have a cosine of about 0, in one language and across both: scores can be added to others and
compared from question to question.

Chinese is told from English by script; a text in both is centred in between, and so is a language in neither script,
for such a language lies nearer to the middle than to either.

`means.json` is made from the sentences in `training/centring` by the script there.
"""

import json
import re
from dataclasses import dataclass
from importlib import resources
from typing import Self

import numpy as np

from memosd.ports.models import Purpose, Vector

VERSION = 1
"""Part of the model's name: stored vectors are made anew when it grows. For any change that moves a vector, also of the
means."""

_PURPOSES: tuple[Purpose, ...] = ("query", "passage")
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LATIN = "A-Za-z\u00c0-\u024f"
_HAN_CHARACTER = re.compile(f"[{_HAN}]")
_LATIN_WORD = re.compile(f"[{_LATIN}]+")
_OTHER_WORD = re.compile(rf"(?:(?![{_HAN}{_LATIN}])[^\W\d_])+")


def chineseness(text: str) -> float:
    """From 0, English, to 1, Chinese. A Han character weighs as much as a word in Latin script; words in other scripts
    stand in the middle, and so does a text without words."""
    han, latin, other = (
        sum(1 for _ in pattern.finditer(text)) for pattern in (_HAN_CHARACTER, _LATIN_WORD, _OTHER_WORD)
    )
    total = han + latin + other
    return (han + other / 2) / total if total else 0.5


@dataclass(frozen=True, slots=True)
class Centring:
    """For each purpose two vectors of shape (dimensions,): the middle of the means of both languages, and half of what
    the mean of Chinese has over that of English."""

    middle: dict[Purpose, Vector]
    chinese: dict[Purpose, Vector]

    @classmethod
    def load(cls) -> Self:
        """Those that belong to the bundled weights."""
        means = json.loads(resources.files(__package__).joinpath("means.json").read_text(encoding="utf-8"))
        middle: dict[Purpose, Vector] = {}
        chinese: dict[Purpose, Vector] = {}
        for purpose in _PURPOSES:
            en, zh = (np.array(means[language][purpose], np.float32) for language in ("en", "zh"))
            middle[purpose] = (en + zh) / np.float32(2)
            chinese[purpose] = (zh - en) / np.float32(2)
        return cls(middle, chinese)

    def __call__(self, vector: Vector, text: str, purpose: Purpose) -> Vector:
        """The vector of `text` without its language, of length 1."""
        lean = np.float32(2 * chineseness(text) - 1)
        centred: Vector = vector - self.middle[purpose] - lean * self.chinese[purpose]
        centred /= np.linalg.norm(centred)
        return centred
