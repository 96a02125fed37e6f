"""Why a choice was made, in the few words of it that say so: what was wanted and what was not.

'The other options with heights don't appeal to me' tells that heights are not wanted; 'the rest doesn't work for me'
tells nothing, and what was left has to stand for it.
"""

import functools
import re

from memosd.extraction.patterns import lines, pattern
from memosd.language.script import Language, language_of
from memosd.language.sentences import clip
from memosd.language.terms import terms

LONGEST = 90
"""Characters of one ground."""
_EDGE = " \t\n,，;；、.。:：!！"


def unwanted(clause: str) -> list[str]:
    """What a clause that refuses something says of it: what it is, and what it has too much of."""
    language = language_of(clause)
    return [found for name in ("grounds", "too") if (found := _first(name, clause, language))]


def wanted(clause: str) -> list[str]:
    """What a clause says is wanted, other than the thing that was chosen."""
    found = _first("wanted", clause, language_of(clause))
    return [found] if found else []


def _first(name: str, clause: str, language: Language) -> str:
    """What the first expression with something in its group finds; nothing if none does."""
    clause = clause.replace("’", "'").strip(_EDGE)
    matches = (line.search(clause) for line in _expressions(name, language))
    return next((found for match in matches if match and (found := _bare(match[1], language))), "")


def _bare(words: str, language: Language) -> str:
    """The words without those that only point at the offer, or say when; nothing if nothing else is left."""
    bare = " ".join(pattern("pointing", language).sub(" ", words).split()).strip(_EDGE)
    return clip(bare, characters=LONGEST) if terms(bare) else ""


@functools.cache
def _expressions(name: str, language: Language) -> list[re.Pattern[str]]:
    return [re.compile(line, re.IGNORECASE) for line in lines(name, language)]
