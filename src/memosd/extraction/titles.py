"""Titles: the sentence of a talk that tells most, or what it answers, or the picture it speaks of."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from memosd.extraction.smalltalk import is_smalltalk
from memosd.extraction.spoken import CONTEXT, LABEL, without_speaker
from memosd.extraction.telling import matter, substance, worth
from memosd.language.names import speaker
from memosd.language.script import language_of
from memosd.language.sentences import clip, is_question, sentences
from memosd.language.terms import terms

TITLE = 48
"""Characters."""
POOR = {"en": 6, "zh": 12}
"""A sentence worth less says too little alone: what it answers, or the picture beside it, makes the title."""
LEAST = {"en": 2, "zh": 4}
"""Terms that are not vague of a sentence that says enough alone."""
_SMALLTALK = -27
_NOTE = re.compile(r"\[([^\[\]\n]{0,500})\]")
_ASIDE = re.compile(rf"{_NOTE.pattern}|{CONTEXT.pattern}")
_CLAUSE = re.compile(r"\s+[-–—]+\s+|(?<=\w)-\s+|[–—]+")
"""What stands between clauses of which each may be a sentence: `I have news - we moved`."""
_OF_PICTURE = re.compile(r"^[^:：]{1,30}[:：]\s*")
"""What a note begins with, such as `shared image:`."""
_OPENING = re.compile(
    r"^(?:(?:yeah|yes|yep|no(?=,)|oh|well|so|and|but|plus|wow|hey|hi|hello|thanks|thank you|definitely|sure|cool"
    r"|ok|okay|by the way|btw|also|actually|anyway|guess what|however|in fact|speaking of which"
    r"|对|對|嗯|哦|啊|那个|那個|就是|然后|然後|其实|其實|说实话|說實話|对了|對了|话说|話說|不过|不過|说到这个|說到這個)"
    r"(?:,? (?-i:[A-Z][a-z]{1,14})(?=[,!.]))?[,.!，。！]+ *)+",
    re.IGNORECASE,
)
"""Words that open a sentence and tell nothing."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    worth: int
    said: str
    """Without the words that open it."""
    label: str
    asked: str
    """The question before it that somebody else asked last; empty if there is none."""

    @property
    def is_poor(self) -> bool:
        language = language_of(self.said)
        return self.worth < POOR[language] or len(matter(self.said)) < LEAST[language]

    @property
    def title(self) -> str:
        return self.label + _capitalised(self.said)


def title(text: str) -> str:
    """The sentence whose beginning tells most, without its opening words, behind its speaker if the talk names them."""
    found = list(_candidates(text))
    best = max(found, key=lambda candidate: candidate.worth, default=None)
    if best and not best.is_poor:
        return clip(best.title, characters=TITLE)
    answers = [candidate for candidate in found if candidate.asked and candidate.worth > _SMALLTALK]
    if answer := max(answers, key=lambda candidate: candidate.worth, default=None):
        return clip(f"{_capitalised(answer.asked)} {answer.said}", characters=TITLE)
    return clip(_noted(text) or (best.title if best else text), characters=TITLE)


def _candidates(text: str) -> Iterator[_Candidate]:
    lines = [(speaker(said), without_speaker(said)) for said in (LABEL.sub("", line) for line in text.splitlines())]
    known = {term for name, _ in lines if name for term in terms(name)}
    asked = ""
    for name, words in lines:
        last = ""
        for n, sentence in enumerate(sentences(words)):
            question = is_question(sentence)
            for clause in _CLAUSE.split(_ASIDE.sub("", sentence)):
                plain = _OPENING.sub("", clause).strip()
                if not plain:
                    continue
                label = f"{name}: " if name and (n or name not in plain) else ""
                shown = clip(plain, characters=TITLE - len(label))
                told = _SMALLTALK if is_smalltalk(clause) else worth(plain, shown, known=known)
                yield _Candidate(told, plain, label, "" if question else asked)
                last = plain if question and len(substance(plain) - known) > 1 else ""
        asked = last


def _noted(text: str) -> str:
    """The first picture of which a note tells anything, behind whose it is."""
    for line in text.splitlines():
        said = LABEL.sub("", line)
        for note in _NOTE.findall(said):
            shown = _OF_PICTURE.sub("", note)
            if shown != note and terms(shown):
                name = speaker(said)
                return (f"{name}: " if name else "") + _capitalised(shown)
    return ""


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
