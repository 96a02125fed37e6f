"""Greetings, thanks, farewells and mere acknowledgements: talk that makes no memory."""

import functools
import re

from memosd.extraction.patterns import pattern
from memosd.language.names import speaker
from memosd.language.script import HAN, Language

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


def is_smalltalk(text: str) -> bool:
    """Whether nothing in the text is worth keeping: only greetings, thanks, acknowledgements, symbols or nothing."""
    if len(text) > LIMIT:
        return False
    if name := speaker(text):
        text = text[len(name) :]
    text = _VOCATIVE.sub(r"\1", text)
    clauses = (_SPACE.sub(" ", clause).strip() for clause in _PUNCTUATION.split(text.replace("’", "'")))
    return all(
        not clause or _only("en").fullmatch(clause) or _only("zh").fullmatch(clause.replace(" ", ""))
        for clause in clauses
    )


@functools.cache
def _only(language: Language) -> re.Pattern[str]:
    """One or more phrases and nothing else.

    The group is atomic and its repeat possessive: a phrase once matched is not tried in another way, so that the time
    stays linear in the length of the text.
    """
    phrases, end = pattern("smalltalk", language).pattern, r"(?: |$)" if language == "en" else ""
    return re.compile(f"(?>(?:{phrases}){end})++", re.IGNORECASE)
