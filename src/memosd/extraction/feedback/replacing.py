"""Putting one word in the place of another in all that a memory says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from memosd.domain.memories import Content, Stage
from memosd.extraction import wording
from memosd.extraction.history import Note, notes, with_notes, without_notes
from memosd.extraction.titles import TITLE
from memosd.language.names import names
from memosd.language.sentences import clip, sentences
from memosd.language.terms import fold, terms
from memosd.language.times import dated_times, find_times, with_dates, without_dates
from memosd.language.words import Word, words

CONFIDENCE = 0.98
"""Of what a person has said in so many words to be so."""
_LATIN_EDGE = "[0-9a-z]"


def _pattern(old: str) -> re.Pattern[str]:
    """The word in a folded text; a word of letters or digits only where it is not part of a longer one."""
    word = fold(old)
    left = f"(?<!{_LATIN_EDGE})" if re.match(_LATIN_EDGE, word) else ""
    right = f"(?!{_LATIN_EDGE})" if re.search(f"{_LATIN_EDGE}$", word) else ""
    return re.compile(left + re.escape(word) + right)


def places(old: str, text: str) -> list[tuple[int, int]]:
    """Where in a text the word stands, from offset to offset, whatever the case and the form of the characters.

    Not where it is another word: a part of a longer Chinese one, or, written small, of a name of several words.
    """
    folded = fold(text)
    if len(folded) != len(text):  # a character whose folded form is longer: places in both do not agree
        folded = text
        found = [match.span() for match in re.finditer(re.escape(old), text, flags=re.IGNORECASE)]
    else:
        found = [match.span() for match in _pattern(old).finditer(folded)]
    others = [*_longer_words(old, folded, found), *_longer_names(old, text, found)]
    return [place for place in found if not any(_overlaps(place, other) for other in others)]


def _longer_words(old: str, folded: str, found: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Chinese words that reach beyond where the word stands. Times and places are told by their parts (周三 of 下周三,
    北京 of 北京市), and before a time a name ends."""
    tags = {word.tag for word in words(fold(old))}
    if not found or tags == {"t"}:
        return []
    return [
        (word.start, word.end)
        for word in words(folded)
        if word.tag and word.tag != "t" and not tags == {word.tag} == {"ns"}
        if any(_overlaps((word.start, word.end), place) and not _within(word, place) for place in found)
    ]


def _longer_names(old: str, text: str, found: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Names that have the word with a capital which it was not given: 'Art Miller', of 'art'."""
    if old[:1].isupper() or not any(text[start].isupper() for start, _ in found):
        return []
    longer = [entity.name for entity in names(text) if " " in entity.name]
    return [match.span() for name in longer for match in re.finditer(re.escape(name), text)]


def _within(word: Word, place: tuple[int, int]) -> bool:
    return place[0] <= word.start and word.end <= place[1]


def stands_in(old: str, text: str) -> bool:
    """Whether the word stands in the text, whatever the case and the form of the characters."""
    return bool(places(old, text))


def put(text: str, old: str, new: str) -> str:
    """The text with `new` for every `old`."""
    return _put(text, places(old, text), new)[0]


def _put(text: str, standing: Sequence[tuple[int, int]], new: str) -> tuple[str, list[tuple[int, int]]]:
    """The text with `new` in these places, and where in it these are then."""
    pieces: list[str] = []
    then: list[tuple[int, int]] = []
    end = moved = 0
    for start, stop in standing:
        then.append((start + moved, start + moved + len(new)))
        pieces += [text[end:start], new]
        end = stop
        moved += len(new) - (stop - start)
    return "".join((*pieces, text[end:])), then


def put_in_dated(text: str, old: str, new: str, *, said_at: datetime, told_at: datetime | None = None) -> str:
    """The same in a text with its dates. They are no words of it: a time that gets other words gets another date, and
    all else keeps its own.

    said_at: when the text was said. told_at: when `new` was said, which a time counts from that begins with it; without
    it, all do from `said_at`.
    """
    plain, dates = without_dates(text, said_at)
    standing = places(old, plain)
    changed, then = _put(plain, standing, new)
    times = find_times(plain, said_at)
    stale = {time.end for time in times if any(_overlaps((time.start, time.end), place) for place in standing)}
    kept = {
        end + sum(len(new) - (b - a) for a, b in standing if b <= end): date
        for end, date in dates.items()
        if end not in stale
    }
    return with_dates(changed, kept | _fresh(changed, then, said_at, told_at or said_at))


def _fresh(text: str, standing: Sequence[tuple[int, int]], said_at: datetime, told_at: datetime) -> dict[int, str]:
    """The dates of the times that have words in these places, by the offset behind them."""
    found = {}
    for at in (said_at, told_at):
        for time, date in dated_times(text, at):
            place = next((place for place in standing if _overlaps((time.start, time.end), place)), None)
            if place and (told_at if time.start >= place[0] else said_at) == at:
                found[time.end] = date
    return found


def _overlaps(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def with_word(content: Content, old: str, new: str) -> Content:
    """The content with one word for another in its value, title, keys, tags and detail; its times count from when
    it was said."""
    changed = worded_anew(content, old, new)
    return replace(
        changed,
        terms=tuple(terms(changed.value)),
        entities=names(changed.value),
        confidence=max(content.confidence, CONFIDENCE),
        detail=_in_detail(changed.detail, old, new),
    )


def worded_anew(content: Content, old: str, new: str, *, told_at: datetime | None = None) -> Content:
    """The content with `new` for `old` in its value, with what that has of earlier versions, title, keys and tags.

    told_at: see `put_in_dated`.
    """
    bare = without_notes(content)
    day, value = wording.undated(bare.value)
    changed = replace(
        bare,
        value=day + put_in_dated(value, old, new, said_at=content.said_at, told_at=told_at),
        title=clip(put(bare.title, old, new), characters=TITLE),
        keys=tuple(put(key, old, new) for key in bare.keys),
        tags=tuple(dict.fromkeys(put(tag, old, new) for tag in bare.tags)),
        stage=Stage.CORRECTED,
    )
    return with_notes(changed, [_noted_anew(note, old, new) for note in notes(content)])


def _noted_anew(note: Note, old: str, new: str) -> Note:
    said_at = datetime.fromisoformat(note.get("said", note["day"])).replace(tzinfo=UTC)
    text = put_in_dated(note["text"], old, new, said_at=said_at)
    return {**note, "text": text, "key": put(note["key"], old, new)}


def _in_detail(detail: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    return {key: value if key == "notes" else _deep(value, old, new) for key, value in detail.items()}


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
