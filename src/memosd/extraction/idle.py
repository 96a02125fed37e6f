"""Idle talk: whole sentences that encourage, console, agree or muse, and tell nothing of anybody.

No list of words ends it; a probe on the vector of a speaker's line tells it from what is told, trained by
`training/telling`, and looks again at each sentence of what it took for idle. It only judges what words leave open (see
`telling.tells`, and `doubtful`), and only talk that names its speakers: people cheer each other, and seldom an
assistant, to whom 'I want to lose weight' tells something.
"""

import functools
import itertools
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files

import numpy as np

from memosd.domain.memories import Content, Kind, View
from memosd.extraction.linear import Linear
from memosd.extraction.patterns import pattern
from memosd.extraction.preferences import MODEL
from memosd.extraction.smalltalk import is_smalltalk
from memosd.extraction.spoken import LABELLED, leans, lines, replied_to, without_context, without_speaker
from memosd.extraction.telling import is_vocative, substance
from memosd.language.names import names, speaker
from memosd.language.script import language_of
from memosd.language.sentences import is_question, sentences
from memosd.language.terms import terms
from memosd.language.times import find_times
from memosd.ports.models import Embedder, Vector, Vectors

IDLE = 0.62
"""A round may be idle if it is less probable than this of each of its lines that it tells anything."""
IDLE_SENTENCE = 0.59
"""It is if it is less probable than this of each of its sentences, too: short ones are the surer judged."""
LONG = 400
"""Characters; a longer line is taken to tell something. Shorter ones are embedded once, for this and for the memory
(see `providers.recent`)."""
FEATURES = ("substance", "terms", "others", "question", "exclaims")
_NUMBER = re.compile(r"\d")
_OTHERS = re.compile(r"[他她它牠]|\b(?:he|she|his|her|him|they|their|them)\b", re.IGNORECASE)
_NOTE = re.compile(r"\[[^\[\]\n]{1,500}\]")
"""What was put beside the words, such as the caption of a picture that was shared."""


def features(line: str) -> tuple[float, ...]:
    """What is known of a line besides its vector, in the order of `FEATURES`.

    substance: the logarithm of one more than its terms that are not of cheer; Chinese counts characters, too, so half.
    terms: the same of all its terms. others: 1 if it speaks of somebody else, or of it in Chinese.
    """
    said = without_speaker(line)
    share = 2 if language_of(said) == "zh" else 1
    return (
        math.log1p(len(substance(said)) / share),
        math.log1p(len(terms(said)) / share),
        float(bool(_OTHERS.search(said))),
        float("?" in said or "？" in said),
        float("!" in said or "！" in said),
    )


@dataclass(frozen=True, slots=True)
class Probe:
    """Tells what tells something from idle talk; its features are those that `features` gives."""

    linear: Linear

    def reads(self, embedder: Embedder) -> bool:
        """Whether the vectors of an embedder are of the kind that the coefficients were made for."""
        return embedder.model.startswith(MODEL) and embedder.dimensions == len(self.linear.vector)

    def tells(self, said: Sequence[str], vectors: Vectors) -> Vector:
        """The probability of each line that it tells anything. vectors: shape (lines, dimensions)."""
        known = np.array([features(line) for line in said], np.float32).reshape(len(said), len(FEATURES))
        return self.linear(vectors, known)


def doubtful(content: Content, before: str = "") -> list[str]:
    """The lines of a memory that may be idle talk, without notes, and what they reply to; none if it is not taken for
    such: somebody in it is not named, it has a number or a mark of its own, a long line, answers a question, names
    what is none of the speakers, or tells of another day. before: what was said before it."""
    if content.kind is not Kind.FACT or content.view is not View.USER or content.detail:
        return []
    said = _NOTE.sub("", "\n".join(content.keys))
    replied = replied_to(said)
    if _NUMBER.search(said) or any(map(is_question, replied)) or (leans(said) and not replied):
        return []
    found = lines(without_context(said))
    if not all(map(speaker, found)) or any(len(line) > LONG for line in found) or _answers([before, *found]):
        return []
    doubts = [line for line in (*found, *replied) if without_speaker(line)]
    return (
        [] if _names_any(doubts) or any(_is_of_another_day(part, content.said_at) for part in parts(doubts)) else doubts
    )


def parts(said: Sequence[str]) -> list[str]:
    """The sentences of some lines that may tell something: no questions, no small talk."""
    every = (sentence for line in said for sentence in sentences(without_speaker(line)))
    return [sentence for sentence in every if not is_question(sentence) and not is_smalltalk(sentence)]


def _answers(said: Sequence[str]) -> bool:
    """Whether a line answers one before it: it says no, or that one ends by asking what, why or how, but not how
    somebody is or felt."""
    for asking, answer in itertools.pairwise(said):
        words = without_speaker(answer)
        last = itertools.takewhile(is_question, reversed(sentences(_NOTE.sub("", without_speaker(asking)))))
        if parts([answer]) and (any(map(_is_open, last)) or pattern("denials", language_of(words)).match(words)):
            return True
    return False


def _is_open(question: str) -> bool:
    language = language_of(question)
    asks = pattern("asking", language).search(question)
    return bool(asks and not is_smalltalk(question) and not pattern("greeting", language).search(question))


def _names_any(said: Sequence[str]) -> bool:
    """Whether lines name somebody or something besides those who speak and are addressed."""
    speakers = {speaker(line) for line in said}
    return any(
        entity.name not in speakers
        and (entity.label == "thing" or substance(entity.name))
        and not is_vocative(words, entity.name)
        for words in map(without_speaker, said)
        for entity in names(words)
    )


def _is_of_another_day(sentence: str, said_at: datetime) -> bool:
    """Whether a sentence tells of another day than that of the talk: 'last spring' does, 'this morning' does not."""
    day = said_at.replace(hour=0, minute=0, second=0, microsecond=0)
    spans = (mention.span for mention in find_times(sentence, said_at))
    return any(span.end <= day or span.start >= day + timedelta(days=1) for span in spans)


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
    return Probe(Linear.read(json.loads(files(__package__).joinpath("idle.json").read_text("utf-8")), FEATURES))
