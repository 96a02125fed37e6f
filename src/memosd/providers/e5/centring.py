"""Takes the language out of a vector, so that a question in one language finds facts told in another.

The texts of one language lie close together, around a mean of their own; between the means lies more than between most
subjects. Subtracting the mean of the text's language leaves the subject (Libovický 2020, arXiv:2004.05160). Chinese is
told from all else by its script; a text in both gets a mean in between. A language that is neither Chinese nor English
is centred as English if it has no Han characters: that is nearer to it than no centring.

`means.json` is made from the sentences in `training/centring` by the script there.
"""

import json
import re
from dataclasses import dataclass
from importlib import resources
from typing import Self

import numpy as np

from memosd.ports.models import Purpose, Vector

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN_CHARACTER = re.compile(f"[{_HAN}]")
_OTHER_WORD = re.compile(rf"(?:(?![{_HAN}])[^\W\d_])+")


def han_share(text: str) -> float:
    """How Chinese a text is, 0 to 1: of its Han characters and its words in other scripts, the share of the former."""
    han = sum(1 for _ in _HAN_CHARACTER.finditer(text))
    if not han:
        return 0.0
    others = sum(1 for _ in _OTHER_WORD.finditer(text))
    return han / (han + others)


@dataclass(frozen=True, slots=True)
class Centring:
    """means: for each purpose those of English and Chinese, shape (2, dimensions). `version` names them."""

    version: int
    means: dict[Purpose, Vector]

    @classmethod
    def load(cls) -> Self:
        """The means that belong to the bundled weights."""
        stored = json.loads(resources.files(__package__).joinpath("means.json").read_text(encoding="utf-8"))
        means: dict[Purpose, Vector] = {
            "query": np.array([stored["en"]["query"], stored["zh"]["query"]], np.float32),
            "passage": np.array([stored["en"]["passage"], stored["zh"]["passage"]], np.float32),
        }
        return cls(stored["version"], means)

    def __call__(self, vector: Vector, text: str, purpose: Purpose) -> Vector:
        """The vector less the mean of the text's language, of length 1."""
        chinese = han_share(text)
        english_mean, chinese_mean = self.means[purpose]
        centred: Vector = vector - ((1 - chinese) * english_mean + chinese * chinese_mean).astype(np.float32)
        centred /= np.linalg.norm(centred)
        return centred
