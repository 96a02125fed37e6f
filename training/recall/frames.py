"""Facts and questions made of frames: short ones, as they are told most, and many that differ in one thing only.

`frames.jsonl`: an `attribute` of some sort of `subjects.jsonl` ("of"), told and asked for in several ways in both
languages, and the `kind` of answer that is asked for. Of every fact it is known what it answers; asked for another
attribute of the same subject, or for the same attribute of another subject, it answers nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from memosd.language.script import Language

FACTS = 12
"""Facts made of each frame and language."""
CROSS = 0.3
"""Share of the facts that are asked for in the other language, too."""
CLOSE = (
    frozenset({"place", "origin"}), frozenset({"occupation", "place"}), frozenset({"activity", "favourite"}),
    frozenset({"name", "person"}), frozenset({"time", "age"}), frozenset({"time", "duration"}),
    frozenset({"fault", "feature"}), frozenset({"body", "health"}), frozenset({"origin", "language"}),
)  # fmt: skip
"""Kinds of which what tells the one may answer a question for the other."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One text made of a frame. form: a number of what it was made from, the same for all subjects and values."""

    text: str
    kind: str
    about: tuple[str, str]
    form: int


@dataclass(frozen=True, slots=True)
class Framed:
    """One fact; what it answers, and what it does not."""

    fact: Phrase
    language: Language
    ask: Sequence[Phrase]
    near: Sequence[Phrase]


def close(one: str, other: str) -> bool:
    """Whether what tells of the first kind may answer a question for the second."""
    return one == other or any({one, other} <= pair for pair in CLOSE)


def may_answer(fact: Phrase, question: Phrase) -> bool:
    """Whether a fact could be taken for an answer: of the user's own only another kind is none."""
    if fact.about[0] != question.about[0]:
        return False
    return fact.about[0] != "I" or close(fact.kind, question.kind)


def framed(*, seed: int) -> list[Framed]:
    frames, subjects = _lines("frames"), _lines("subjects")
    rng = np.random.default_rng(seed)
    found = []
    for frame in frames:
        mine = [subject for subject in subjects if subject["of"] == frame["of"]] or [{"en": "I", "zh": "我"}]
        siblings = [f for f in frames if f["of"] == frame["of"] and not close(f["kind"], frame["kind"])]
        for language, other in (("zh", "en"), ("en", "zh")):
            for _ in range(FACTS):
                subject, value = _any(rng, mine), _any(rng, range(len(frame[language]["values"])))
                fact = _phrase(rng, frame, "tell", language, subject, value)
                ask = [_phrase(rng, frame, "ask", language, subject, value) for _ in range(2)]
                if rng.random() < CROSS:
                    ask.append(_phrase(rng, frame, "ask", other, subject, value))
                near = [_phrase(rng, _any(rng, siblings), "ask", language, subject, 0) for _ in range(2)]
                if len(mine) > 1:
                    rest = [each for each in mine if each is not subject]
                    near[1:] = [_phrase(rng, frame, "ask", language, _any(rng, rest), value)]
                found.append(Framed(fact, language, ask, near))  # type: ignore[arg-type]
    return found


def _phrase(
    rng: np.random.Generator, frame: dict[str, Any], part: str, language: str, subject: dict[str, str], value: int
) -> Phrase:
    forms = frame[language]
    form = int(rng.integers(len(forms[part])))
    who = subject[language]
    told = forms["values"][value % len(forms["values"])]
    text = forms[part][form].format(s=who, S=who[:1].upper() + who[1:], v=told)
    about = (subject["en"], frame["attribute"])
    return Phrase(text[:1].upper() + text[1:], frame["kind"], about, _number(frame["attribute"], part, language, form))


def _number(*of: object) -> int:
    return sum((i + 1) * ord(character) for i, character in enumerate(repr(of)))


def _any(rng: np.random.Generator, of: Sequence[Any]) -> Any:
    return of[int(rng.integers(len(of)))]


def _lines(name: str) -> list[dict[str, Any]]:
    path = Path(__file__).with_name(f"{name}.jsonl")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
