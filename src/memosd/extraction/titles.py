"""Titles: the sentence of a talk that tells most, or what it answers, or the picture it speaks of.

What an assistant said makes no title beside what its user said; where it makes one, it is marked.
"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from memosd.domain.messages import Role
from memosd.extraction import wording
from memosd.extraction.smalltalk import is_smalltalk
from memosd.extraction.spoken import CONTEXT, LABEL, answering, own, replied_to, without_context, without_speaker
from memosd.extraction.telling import matter, substance, worth
from memosd.language.names import speaker
from memosd.language.script import language_of
from memosd.language.sentences import clip, is_question, sentences
from memosd.language.terms import terms

TITLE = 60
"""Characters."""
POOR = {"en": 6, "zh": 12}
"""A sentence worth less says too little alone: what it answers, or the picture beside it, makes the title."""
LEAST = {"en": 2, "zh": 4}
"""Terms that are not vague of a sentence that says enough alone; twice as many if it leans on one before."""
LEAD = 1
"""Terms in sight that a title must win to begin inside its sentence."""
SHOWN = 12
"""Characters of a question that are worth being shown with its answer."""
_SMALLTALK = -27
_LEANS = {
    "en": re.compile(r"(?<!^)\b(?:it|them|one|ones|that|this|there|those|so|him|her)\b(?! \w+ing\b)", re.IGNORECASE),
    "zh": re.compile(r"[它牠他她][们們]?|[这這那][个個样樣种種些]?(?=[，。！]|$)"),
}
"""Words that stand for something said before."""
_NOTE = re.compile(r"\[([^\[\]\n]{0,500})\]")
_ASIDE = re.compile(rf"{_NOTE.pattern}|{CONTEXT.pattern}")
_CLAUSE = re.compile(r"\s+[-–—]+\s+|(?<=\w)-\s+|[–—]+")
"""What stands between clauses of which each may be a sentence: `I have news - we moved`."""
_ADDRESSED = re.compile(r", [A-Z][a-z]{1,14}(?=[.,!?]|$)")
"""Whom a sentence is addressed to: `I agree, Ben!`"""
_INSIDE = re.compile(
    r"(?:[,;](?: (?:and|but|so|because))?|\b(?:but|so|because|let you know|tell you|mention)(?: that)?)"
    r" (?=(?:I|we|my|our|he|she|they)\b)"
    r"|[，；](?:但是|但|不过|不過|所以|因为|因為|而且)?"
)
"""Behind what a title may begin inside a sentence: `It took some time, but ...`."""
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
    around: str
    """With what the same speaker says before it, if it leans on that, else after it."""
    is_poor: bool
    """Whether it says too little alone."""

    @property
    def title(self) -> str:
        return self.label + _capitalised(self.said)


def title_of_preference(value: str, said: str) -> str:
    """The beginning of what somebody prefers; of the talk it was found in, if it tells little ('I love it')."""
    plain = without_speaker(value)
    return clip(value, characters=TITLE) if stands_alone(plain) else title(said)


def stands_alone(said: str) -> bool:
    """Whether words tell enough without what they reply to, or what is beside them."""
    return not _is_poor(said, worth(said, clip(said, characters=TITLE)), known=set())


def title(text: str) -> str:
    """The sentence whose beginning tells most, without its opening words, behind its speaker if the talk names them or
    if that is an assistant."""
    text = "\n".join(own(text))
    found = list(_candidates(text))
    best = max(found, key=lambda candidate: candidate.worth, default=None)
    if best and not best.is_poor:
        return clip(best.title, characters=TITLE)
    answers = [candidate for candidate in found if candidate.asked and candidate.worth > _SMALLTALK]
    if answer := max(answers, key=lambda candidate: candidate.worth, default=None):
        return _answered(answer.asked, answer.said)
    if noted := _noted(text):
        return clip(noted, characters=TITLE)
    if replied := replied_to(text):
        reply = without_context(LABEL.sub("", text))
        return title(replied[0]) if speaker(replied[0]) else _answered(_marked(replied[0]), reply)
    return clip(best.label + _capitalised(best.around) if best else text, characters=TITLE)


def _candidates(text: str) -> Iterator[_Candidate]:
    spoken = [(answering(line), LABEL.sub("", line)) for line in text.splitlines()]
    lines = [(role, speaker(said), without_speaker(said)) for role, said in spoken]
    known = {term for _, name, _ in lines if name for term in terms(name)}
    asked = ""
    for role, name, words in lines:
        last = ""
        said = list(_clauses(words))
        for at, (n, clause) in enumerate(said):
            plain = _OPENING.sub("", clause).strip()
            if not plain:
                continue
            question = is_question(clause)
            label = f"{name}: " if name and (n or name not in plain) else role
            plain, shown = _beginning(plain, characters=TITLE - len(label), known=known)
            told = _SMALLTALK if is_smalltalk(clause) else worth(plain, shown, known=known)
            poor = _is_poor(plain, told, known=known)
            first = at - 1 if at and _leans(plain) else at
            around = _joined(said[first : first + 2])
            yield _Candidate(told, plain, label, "" if question else asked, around, poor)
            last = plain if question and substance(plain) - known else ""
        asked = last


def _marked(said: str) -> str:
    """The title of what an assistant said, marked if it tells something and does not ask."""
    return title(said if is_question(said) else wording.label(Role.ASSISTANT, said))


def _answered(asked: str, answer: str) -> str:
    """A question and its answer: the answer first has its place, and the question what is left."""
    answer = clip(_capitalised(answer), characters=TITLE)
    left = TITLE - len(answer) - 1
    return f"{clip(_capitalised(asked), characters=left)} {answer}" if left >= SHOWN else answer


def _clauses(words: str) -> Iterator[tuple[int, str]]:
    """What may make a title, with the number of its sentence."""
    for n, sentence in enumerate(sentences(_ASIDE.sub("", words))):
        yield from ((n, clause) for clause in _CLAUSE.split(sentence))


def _joined(clauses: Sequence[tuple[int, str]]) -> str:
    """The clauses, numbered by their sentences, as they were said."""
    text, at = "", None
    for n, clause in clauses:
        text = wording.joined(text, f"– {clause}" if n == at else clause)
        at = n
    return _OPENING.sub("", text)


def _leans(said: str) -> bool:
    return bool(_LEANS[language_of(said)].search(said))


def _is_poor(said: str, told: int, *, known: Set[str]) -> bool:
    language = language_of(said)
    least = LEAST[language] * (2 if _leans(said) else 1)
    return told < POOR[language] or len(matter(_ADDRESSED.sub("", said)) - known) < least


def _beginning(sentence: str, *, characters: int, known: Set[str]) -> tuple[str, str]:
    """The sentence from where its next so many characters tell most, and those."""
    shown = clip(sentence, characters=characters)
    best, most = (sentence, shown), LEAD + len(matter(shown) - known)
    inside = _INSIDE.finditer(sentence) if len(sentence) > characters else ()
    for match in inside:
        rest = sentence[match.end() :]
        shown = clip(rest, characters=characters)
        if (told := len(matter(shown) - known)) > most:
            best, most = (rest, shown), told
    return best


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
