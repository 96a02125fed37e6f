"""Tasks given to an assistant, told from what is told it."""

import re

from memosd.extraction.patterns import pattern
from memosd.language.script import language_of
from memosd.language.sentences import sentences

_COMMA = re.compile("[,，;；]")
_LABEL = re.compile(r"^(?:User: |用[户戶]：)")


def asked_for(text: str) -> str:
    """The first line of a round, without who said it: what the user asked for."""
    return _LABEL.sub("", text).split("\n", 1)[0]


def is_request(text: str) -> bool:
    """Whether a round begins with a task. Asked to remember something, an assistant is told it."""
    asked = asked_for(text)
    language = language_of(asked)
    return bool(pattern("request", language).match(asked)) and not pattern("told", language).search(asked)


def is_order(text: str) -> bool:
    """Whether every sentence gives a task that is done but once, and none says how such a task is always to be done."""
    return all(_is_order(sentence) for sentence in sentences(text))


def _is_order(sentence: str) -> bool:
    language, plain = language_of(sentence), sentence.replace("’", "'")
    begins = is_request(plain) or pattern("orders", language).match(plain)
    _, *why = _COMMA.split(plain, maxsplit=1)
    wishes = pattern("wishes", language).search(plain) or any(map(pattern("preferences", language).search, why))
    return bool(begins) and not wishes
