"""A question read on its face: language, words, names, and the time it asks about."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from memosd.domain.search import Span
from memosd.language.names import names
from memosd.language.script import Language, language_of
from memosd.language.terms import fold, terms
from memosd.language.times import question_time

MAX_TERMS = 48
"""Distinct words of a question that are searched for; the rest of a long one is left to its vector."""
SLACK = timedelta(days=2)
"""A time asked about is widened by this on both sides: people say 'last weekend' of a Friday, too."""
_INTERROGATIVES = re.compile(
    "[为為]什[么麼]|[为為]啥|什[么麼](?:[时時]候|[样樣])?|[怎多][么麼](?:[样樣办辦])?|怎[样樣]|[啥谁誰]|多少|[几幾]"
    "|哪[里裡儿兒个個些一位]?|[吗嗎呢]"
)
"""What asks in Chinese: no answer repeats these words. English ones are stop words already."""
_CURRENT = re.compile(
    r"\b(?:now|nowadays|current(?:ly)?|at present|at the moment|these days|latest|newest|up to date)\b"
    "|[目当當]前|[现現]在|如今|[现現]今|[这這]阵子|最新",
    re.IGNORECASE,
)
"""How things stand now; not 'lately' or 最近, which tell the time of something that happened."""


@dataclass(frozen=True, slots=True)
class Question:
    """`time`: the stretch asked about; `current`: the question asks how things stand now."""

    text: str
    language: Language
    terms: tuple[str, ...]
    entities: tuple[str, ...]
    time: Span | None
    current: bool = False


def understand(text: str, *, asked_at: datetime) -> Question:
    span = question_time(text, asked_at)
    return Question(
        text=text,
        language=language_of(text),
        terms=tuple(dict.fromkeys(terms(_INTERROGATIVES.sub(" ", text)) or terms(text)))[:MAX_TERMS],
        entities=tuple(fold(entity.name) for entity in names(text)),
        time=Span(span.start - SLACK, span.end + SLACK) if span else None,
        current=_CURRENT.search(text) is not None,
    )
