"""Idle talk: whole sentences that encourage, console, agree or muse, and tell nothing of anybody.

No list of words ends it; a probe on the vector of a speaker's line tells it from what is told, trained by
`training/telling`. It only judges what words leave open (see `telling.tells`), and only talk that names its speakers:
people cheer each other, and seldom an assistant, to whom 'I want to lose weight' tells something.
"""

import functools
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Self

import numpy as np

from memosd.domain.memories import Content, Kind, View
from memosd.extraction.patterns import pattern
from memosd.extraction.preferences import MODEL
from memosd.extraction.spoken import LABELLED, leans, lines, replied_to, without_context, without_speaker
from memosd.extraction.telling import is_vocative, substance
from memosd.language.names import names, speaker
from memosd.language.script import language_of
from memosd.language.sentences import is_question
from memosd.language.terms import terms
from memosd.ports.models import Embedder, Vector, Vectors

IDLE = 0.45
"""A round is idle if it is less probable than this of each of its lines that it tells anything."""
LONG = 400
"""Characters; a longer line is taken to tell something. Shorter ones are embedded once, for this and for the memory
(see `providers.recent`)."""
FEATURES = ("substance", "named", "question", "exclaims")
_NUMBER = re.compile(r"\d")
_NOTE = re.compile(r"\[[^\[\]\n]{1,500}\]")
"""What was put beside the words, such as the caption of a picture that was shared."""


def features(line: str) -> tuple[float, ...]:
    """What is known of a line besides its vector, in the order of `FEATURES`.

    substance: the logarithm of one more than its terms that are not of cheer; Chinese counts characters, too, so half.
    named: 1 if it has a name besides those of whom it addresses.
    """
    said = without_speaker(line)
    words = len(substance(said)) / (2 if language_of(said) == "zh" else 1)
    return (
        math.log1p(words),
        float(any(not is_vocative(said, entity.name) for entity in names(said))),
        float("?" in said or "？" in said),
        float("!" in said or "！" in said),
    )


@dataclass(frozen=True, slots=True)
class Probe:
    """A logistic regression. vector: shape (dimensions,); features: as `features` gives them."""

    vector: Vector
    features: Vector
    bias: float

    @classmethod
    def read(cls, stored: dict[str, Any]) -> Self:
        known = np.array([stored["features"][name] for name in FEATURES], np.float32)
        return cls(np.array(stored["vector"], np.float32), known, float(stored["bias"]))

    def reads(self, embedder: Embedder) -> bool:
        """Whether the vectors of an embedder are of the kind that the coefficients were made for."""
        return embedder.model.startswith(MODEL) and embedder.dimensions == len(self.vector)

    def tells(self, said: Sequence[str], vectors: Vectors) -> Vector:
        """The probability of each line that it tells anything. vectors: shape (lines, dimensions)."""
        known = np.array([features(line) for line in said], np.float32).reshape(len(said), len(FEATURES))
        probabilities: Vector = (1 / (1 + np.exp(-(vectors @ self.vector + known @ self.features + self.bias)))).astype(
            np.float32
        )
        return probabilities


def doubtful(content: Content) -> list[str]:
    """The lines of a memory that may be idle talk, without notes, and what they reply to; none if it is not taken for
    such: somebody in it is not named, it has a number or a mark of its own, a long line, or answers a question."""
    if content.kind is not Kind.FACT or content.view is not View.USER or content.detail:
        return []
    said = _NOTE.sub("", "\n".join(content.keys))
    before = replied_to(said)
    if _NUMBER.search(said) or any(map(is_question, before)) or (leans(said) and not before):
        return []
    found = lines(without_context(said))
    if not all(map(speaker, found)) or any(len(line) > LONG for line in found):
        return []
    return [line for line in (*found, *before) if without_speaker(line)]


def notes(text: str) -> str:
    """What is left of lines of talk without the words: who shared it, and the notes that tell anything."""
    kept = []
    for line in text.split("\n"):
        words = without_speaker(LABELLED.sub("", line))
        if found := list(filter(_shows, _NOTE.findall(words))):
            kept.append(line[: len(line) - len(words)] + " ".join(found))
    return "\n".join(kept)


def _shows(note: str) -> bool:
    """`[image: our cat on the piano]` does, `[sticker]` does not."""
    return bool(terms(pattern("media", language_of(note)).sub(" ", note)))


@functools.cache
def load_probe() -> Probe:
    """The one that `python -m training` made."""
    return Probe.read(json.loads(files(__package__).joinpath("idle.json").read_text("utf-8")))
