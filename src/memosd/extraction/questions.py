"""Questions: they state nothing, so that nothing can be out of date by them, and some ask only for what was told."""

import re

from memosd.extraction.patterns import pattern
from memosd.extraction.smalltalk import is_smalltalk
from memosd.extraction.spoken import spoken, without_speaker
from memosd.language.script import language_of
from memosd.language.sentences import is_question, sentences

_COMMA = re.compile("[,，]")


def only_asks(text: str) -> bool:
    """Whether the words of a memory, without an assistant's, are questions and small talk only."""
    said = [s for line in spoken(text) for s in sentences(without_speaker(line)) if not is_smalltalk(s)]
    return bool(said) and all(map(is_question, said))


def asks_back(text: str) -> bool:
    """Whether what somebody says to an assistant only asks for what they told it before: 'Where do I live?'"""
    clauses = [clause.strip() for sentence in sentences(text) for clause in _COMMA.split(sentence)]
    asked = [clause for clause in clauses if not is_smalltalk(clause)]
    return bool(asked) and all(map(_recalls, asked))


def _recalls(clause: str) -> bool:
    clause = clause.replace("’", "'")
    return bool(re.fullmatch(rf"(?:{pattern('recalling', language_of(clause)).pattern})\W*", clause, re.IGNORECASE))
