"""Greetings, thanks, farewells and mere acknowledgements: talk that makes no memory."""

import functools
import re

from memosd.domain.messages import Message, Role
from memosd.extraction.patterns import pattern
from memosd.language.names import speaker
from memosd.language.script import HAN, Language
from memosd.language.sentences import is_question, sentences
from memosd.language.terms import fold

_PUNCTUATION = re.compile(rf"[^\w\s'{HAN}]+|_|\n")
_SPACE = re.compile(r"\s+")
_VOCATIVE = re.compile(
    r"\b(hey|hi|hello|good (?:morning|evening|night)|thanks(?: again)?|thank you|bye"
    r"|cheers|wow|cool|no prob\w*|no worries)"
    r",? (?-i:[A-Z][a-z]{1,14})\b(?=\s*(?:[!,.?]|$))",
    re.IGNORECASE,
)
"""A greeting with the name of the greeted."""
LIMIT = 120
"""Characters; longer talk is never small talk."""


def says_nothing(message: Message) -> bool:
    """Whether a message is small talk, or an assistant's that only acknowledges what it was told, in whatever words."""
    text = message.text
    if is_smalltalk(text):
        return True
    if (
        message.role is not Role.ASSISTANT
        or speaker(text)
        or len(text) > LIMIT
        or any(map(is_question, sentences(text)))
    ):
        return False
    return _made_of("acknowledging", fold(text))


def is_smalltalk(text: str) -> bool:
    """Whether nothing in the text is worth keeping: only greetings, thanks, acknowledgements, symbols or nothing."""
    if len(text) > LIMIT:
        return False
    if name := speaker(text):
        text = text[len(name) :]
    return _made_of("smalltalk", _VOCATIVE.sub(r"\1", text))


def _made_of(phrases: str, text: str) -> bool:
    """Whether every clause of a text is made of such phrases only."""
    clauses = (_SPACE.sub(" ", clause).strip() for clause in _PUNCTUATION.split(text.replace("’", "'")))
    return all(
        not clause or _only(phrases, "en").fullmatch(clause) or _only(phrases, "zh").fullmatch(clause.replace(" ", ""))
        for clause in clauses
    )


@functools.cache
def _only(name: str, language: Language) -> re.Pattern[str]:
    """One or more phrases of a kind and nothing else.

    The group is atomic and its repeat possessive: a phrase once matched is not tried in another way, so that the time
    stays linear in the length of the text.
    """
    phrases, end = pattern(name, language).pattern, r"(?: |$)" if language == "en" else ""
    return re.compile(f"(?>(?:{phrases}){end})++", re.IGNORECASE)
