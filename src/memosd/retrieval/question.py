"""A question read on its face: language, words, names, and the time it asks about."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from memosd.domain.search import Span
from memosd.language.names import names
from memosd.language.script import Language, language_of
from memosd.language.sentences import close_gaps
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
_FORMER = re.compile(
    r"\b(?:before|previous(?:ly)?|former(?:ly)?|used to|originally|at first|initially|earlier|back then|ever"
    r"|history|(?<!how )old|changed?|switch(?:ed)?|was|were|did|had|happened)\b"
    "|[从從]前|以前|之前|此前|原[来來先本]|本[来來]|起初|最初|一[开開]始|[当當][初时時]|曾|[过過]去|前一|上一|前任|早先|哪些|[历歷]|[变變改换換]",
    re.IGNORECASE,
)
"""How things stood before, how they came to be, or what happened: what is true no more may answer that."""
_TELLING = re.compile(
    r"\b(?:what )?(?:did|have|had) I (?:ever |already )?(?:say|said|mention(?:ed)?|tell you|told you)"
    r"(?: (?:that|about))?\b"
    r"|\bI (?:said|mentioned|told you)(?: (?:that|about))?\b|\b(?:do|can) you (?:still )?(?:remember|recall)\b,?"
    "|[你您][还還]?[记記]得|我(?:有[没沒]有|之前|以前|曾[经經]|上次)?(?:[跟和同][你您])?(?:[说說提][过過]|提到[过過]|[讲講][过過]|告[诉訴][过過][你您])的?",
    re.IGNORECASE,
)
"""That something was told, which is so of all that is remembered, and says nothing of what is asked."""


@dataclass(frozen=True, slots=True)
class Question:
    """`matter`: the text without what only says that it was told; `time`: the stretch asked about; `current`: the
    question asks how things stand now; `former`: it asks, or may ask, how they stood before or what happened. What is
    asked of a time to come is a plan, and plans change."""

    text: str
    matter: str
    language: Language
    terms: tuple[str, ...]
    entities: tuple[str, ...]
    time: Span | None
    current: bool = False
    former: bool = False


def understand(text: str, *, asked_at: datetime) -> Question:
    text = close_gaps(text)
    span = question_time(text, asked_at)
    matter = _matter(text)
    return Question(
        text=text,
        matter=matter,
        language=language_of(text),
        terms=tuple(dict.fromkeys(terms(_INTERROGATIVES.sub(" ", matter)) or terms(matter)))[:MAX_TERMS],
        entities=tuple(fold(entity.name) for entity in names(text)),
        time=Span(span.start - SLACK, span.end + SLACK) if span else None,
        current=_CURRENT.search(text) is not None,
        former=(span is not None and span.start <= asked_at) or _FORMER.search(matter) is not None,
    )


def _matter(text: str) -> str:
    rest = " ".join(_TELLING.sub(" ", text).split())
    return rest if terms(_INTERROGATIVES.sub(" ", rest)) else text
