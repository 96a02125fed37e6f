"""Pairs of neighbouring messages that together show one preference, or that show none.

A pair is `{"first": …, "second": …, "label": "shown" | "none"}` in `pairs.<language>.jsonl`. Statements drawn at random
stand for neighbours that have nothing in common ("strangers").
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from memosd.extraction.preferences import TWICE, features
from memosd.extraction.repeated import evidence, middle
from training.logistic import Floats, Logistic
from training.report import Embed

STRANGERS = (("none", "none", 250), ("implicit", "none", 60), ("none", "implicit", 60), ("explicit", "none", 30))
"""How many pairs of statements drawn at random of these labels, a language."""
_SEED = 5
Truth = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pair:
    """kind: 'shown', 'none' or 'strangers'."""

    language: str
    texts: tuple[str, str]
    kind: str


def pairs(said: Mapping[tuple[str, str], Sequence[str]], languages: Sequence[str]) -> list[Pair]:
    """said: the texts of the examples by language and label."""
    random = np.random.default_rng(_SEED)
    found = []
    for language in languages:
        lines = Path(__file__).with_name(f"pairs.{language}.jsonl").read_text("utf-8").splitlines()
        written = map(json.loads, lines)
        found += [Pair(language, (pair["first"], pair["second"]), pair["label"]) for pair in written]
        for label, other, count in STRANGERS:
            firsts = [said[language, label][i] for i in random.integers(len(said[language, label]), size=count)]
            seconds = [said[language, other][i] for i in random.integers(len(said[language, other]), size=count)]
            drawn = zip(firsts, seconds, strict=True)
            found += [Pair(language, two, "strangers") for two in drawn if two[0] != two[1]]
    return found


def rows(of: Sequence[Pair], preference: Logistic, embed: Embed) -> Floats:
    """A row for each pair: the mean of its vectors, and what it is judged by beside that.

    preference: tells how probably one statement is one.
    """
    texts = [text for pair in of for text in pair.texts]
    vectors = embed(texts, "passage").astype(np.float64)
    known = np.array([features(text) for text in texts])
    found = []
    for n in range(0, len(texts), 2):
        two = slice(n, n + 2)
        each, whole = np.hstack([vectors[two], known[two]]), np.hstack(middle(vectors[two], known[two]))
        odds = np.vstack([each, whole]) @ preference.weights + preference.bias
        found.append([*vectors[two].mean(axis=0), *evidence(texts[two], vectors[two], known[two], odds)])
    return np.array(found)


def figures(of: Sequence[Pair], probable: Floats, language: str) -> dict[str, int | float]:
    """Shares; probable: how probably each pair shows a preference, by models that had not seen it."""

    def share(kind: str, *, found: bool) -> float:
        chosen = np.array([(pair.language, pair.kind) == (language, kind) for pair in of])
        return round(float(np.mean((probable[chosen] >= TWICE) == found)), 3)

    return {
        "pairs": sum(pair.language == language and pair.kind != "strangers" for pair in of),
        "shown twice: found": share("shown", found=True),
        "two facts kept out": share("none", found=False),
        "strangers kept out": share("strangers", found=False),
    }
