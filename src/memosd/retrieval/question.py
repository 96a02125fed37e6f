"""A question read on its face: language, words, names, and the time it asks about."""

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


@dataclass(frozen=True, slots=True)
class Question:
    language: Language
    terms: tuple[str, ...]
    entities: tuple[str, ...]
    time: Span | None


def understand(text: str, *, asked_at: datetime) -> Question:
    span = question_time(text, asked_at)
    return Question(
        language=language_of(text),
        terms=tuple(dict.fromkeys(terms(text)))[:MAX_TERMS],
        entities=tuple(fold(entity.name) for entity in names(text)),
        time=Span(span.start - SLACK, span.end + SLACK) if span else None,
    )
