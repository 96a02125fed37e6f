"""The means of the sentences beside this file.

Both files hold everyday facts, wishes, events, dialogue and questions in like proportions, one text a line. A line that
ends with a question mark is embedded as a query, every other as a passage.
"""

from pathlib import Path

import numpy as np

from memosd.ports.models import Purpose
from memosd.providers.e5.encoder import Encoder

Means = dict[str, dict[Purpose, list[float]]]

_DIGITS = 4
_LANGUAGES = ("en", "zh")
_PURPOSES: tuple[Purpose, ...] = ("query", "passage")


def means(encoder: Encoder) -> Means:
    """For each language and purpose; rounded, which hides most of what processors differ by."""
    return {language: {purpose: _mean(encoder, language, purpose) for purpose in _PURPOSES} for language in _LANGUAGES}


def sentences(language: str, purpose: Purpose) -> list[str]:
    lines = Path(__file__).with_name(f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.endswith(("?", "？")) == (purpose == "query")]


def _mean(encoder: Encoder, language: str, purpose: Purpose) -> list[float]:
    vectors = np.array([encoder(text, purpose) for text in sentences(language, purpose)], np.float64)
    return [round(float(value), _DIGITS) for value in vectors.mean(axis=0)]
