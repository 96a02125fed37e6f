"""Putting one word in the place of another in all that a memory says."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from memosd.domain.memories import Content, Stage
from memosd.extraction.titles import TITLE
from memosd.language.names import names
from memosd.language.sentences import clip, sentences
from memosd.language.terms import fold, terms

CONFIDENCE = 0.98
"""Of what a person has said in so many words to be so."""
_LATIN_EDGE = "[0-9a-z]"


def _pattern(old: str) -> re.Pattern[str]:
    """The word in a folded text; a word of letters or digits only where it is not part of a longer one."""
    word = fold(old)
    left = f"(?<!{_LATIN_EDGE})" if re.match(_LATIN_EDGE, word) else ""
    right = f"(?!{_LATIN_EDGE})" if re.search(f"{_LATIN_EDGE}$", word) else ""
    return re.compile(left + re.escape(word) + right)


def stands_in(old: str, text: str) -> bool:
    """Whether the word stands in the text, whatever the case and the form of the characters."""
    return _pattern(old).search(fold(text)) is not None


def put(text: str, old: str, new: str) -> str:
    """The text with `new` for every `old`."""
    folded = fold(text)
    if len(folded) != len(text):  # a character whose folded form is longer: places in both do not agree
        return re.sub(re.escape(old), lambda _: new, text, flags=re.IGNORECASE)
    pieces, end = [], 0
    for match in _pattern(old).finditer(folded):
        pieces += [text[end : match.start()], new]
        end = match.end()
    return "".join((*pieces, text[end:]))


def with_word(content: Content, old: str, new: str) -> Content:
    """The content with one word for another in its value, title, keys, tags and detail."""
    value = put(content.value, old, new)
    return replace(
        content,
        value=value,
        title=clip(put(content.title, old, new), characters=TITLE),
        keys=tuple(put(key, old, new) for key in content.keys),
        terms=tuple(terms(value)),
        entities=names(value),
        tags=tuple(dict.fromkeys(put(tag, old, new) for tag in content.tags)),
        confidence=max(content.confidence, CONFIDENCE),
        stage=Stage.CORRECTED,
        detail=_in_detail(content.detail, old, new),
    )


def _in_detail(detail: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    return {key: _deep(value, old, new) for key, value in detail.items()}


def _deep(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return put(value, old, new)
    if isinstance(value, list | tuple):
        return [_deep(inner, old, new) for inner in value]
    if isinstance(value, dict):
        return {key: _deep(inner, old, new) for key, inner in value.items()}
    return value


def part_with(old: str, text: str) -> str:
    """The sentences of a text that have the word."""
    return " ".join(sentence for sentence in sentences(text) if stands_in(old, sentence))
