"""What a memory tells of the versions before and after it, so that questions about before still find an answer.

A memory that took another's place carries the words of the other, marked as past, in its value, its terms and its keys.
A memory that says more than what has changed stays in place and carries the newer words. `detail["notes"]` records
both, so that they are carried over to a new form of the memory.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from memosd.domain.memories import Content
from memosd.extraction import wording
from memosd.extraction.spoken import spoken
from memosd.language.sentences import clip
from memosd.language.terms import terms
from memosd.language.times import dated_times, find_times, resolve_times, with_dates, without_dates

MOST = 2
"""Notes that a memory carries, the latest ones; what was before them is in the record."""
LENGTH = {"en": 120, "zh": 60}
"""Characters of a note."""

_WORDING = {
    ("en", "until"): " (before, until {day}: {text})",
    ("zh", "until"): "（此前，至{day}：{text}）",
    ("en", "since"): " (since {day}: {text})",
    ("zh", "since"): "（{day}起：{text}）",
}

Note = Mapping[str, str]
"""`side`: until or since; `day`: when that began or ended; `said`: the day of the words, not in old notes; `text`: what
was said; `key`: the key it is found by."""


def said(content: Content) -> str:
    """The words that a memory rests on, without dates and labels; what an assistant answered only if there is no more.

    Talk between named speakers keeps the names.
    """
    return "\n".join(spoken(content.keys[0] if content.keys else content.value))


def with_past(content: Content, old: Content) -> Content:
    """The content with the words of what it takes the place of, and of what that one had taken the place of. What
    was moved to a day gets its date, if what it was moved from has one."""
    return with_notes(_moved(content, old), (_note("until", old, content), *notes(old)))


def with_news(content: Content, new: Content) -> Content:
    """The content with newer words on a part of what it says."""
    return with_notes(content, (_note("since", new, new),))


def with_notes_of(content: Content, earlier: Content) -> Content:
    """A new form of a memory with the notes that its earlier form carried."""
    return with_notes(content, notes(earlier))


def notes(content: Content) -> tuple[Note, ...]:
    """The notes that a memory carries, the latest first."""
    return tuple(content.detail.get("notes", ()))


def without_notes(content: Content) -> Content:
    """A memory as it is without its notes. Its terms stay as they are."""
    noted = notes(content)
    keys = {note["key"] for note in noted}
    return replace(
        content,
        value=content.value.removesuffix(_worded(noted, content.language)),
        keys=tuple(key for key in content.keys if key not in keys),
        detail={key: value for key, value in content.detail.items() if key != "notes"},
    )


def _moved(content: Content, old: Content) -> Content:
    days = [time for time in find_times(_dated(old), old.said_at) if time.grain in ("day", "minute")]
    if len({time.span.start.date() for time in days}) != 1:
        return content
    bare = without_notes(content)
    day, value = wording.undated(bare.value)
    missing = {time.end: date for time, date in dated_times(value, content.said_at, moved_from=days[0].span.start)}
    notes_behind = content.value.removeprefix(bare.value)
    return replace(content, value=day + with_dates(value, missing) + notes_behind)


def _dated(content: Content) -> str:
    """What `said` gives, with the dates that the memory has behind its times."""
    _, value = wording.undated(without_notes(content).value)
    words, dates = without_dates(value, content.said_at)
    lines = []
    for line in said(content).split("\n"):
        start = words.find(line)
        if start < 0:  # the value says it in other words
            lines.append(resolve_times(line, content.said_at))
        else:
            within = {end - start: date for end, date in dates.items() if start < end <= start + len(line)}
            lines.append(with_dates(line, within))
    return "\n".join(lines)


def _note(side: str, about: Content, at: Content) -> Note:
    text = clip(_dated(about), characters=LENGTH["zh" if about.language == "zh" else "en"])
    return {
        "side": side,
        "day": f"{at.said_at:%Y-%m-%d}",
        "said": f"{about.said_at:%Y-%m-%d}",
        "text": text,
        "key": (about.keys or (about.value,))[0],
    }


def with_notes(content: Content, added: Sequence[Note]) -> Content:
    """The content with these notes before those that it carries; with the latest of them, if they are too many."""
    if not added:
        return content
    known = notes(content)
    kept: list[Note] = []
    for note in (*added, *known):
        if all((note["side"], note["text"]) != (other["side"], other["text"]) for other in kept):
            kept.append(note)
    del kept[MOST:]
    bare = without_notes(content)
    own = bare.keys
    return replace(
        bare,
        value=bare.value + _worded(kept, content.language),
        terms=(*content.terms, *(term for note in kept if note not in known for term in terms(note["text"]))),
        keys=(*own, *dict.fromkeys(note["key"] for note in kept if note["key"] not in own)) if own else (),
        detail={**content.detail, "notes": list(kept)},
    )


def _worded(noted: Sequence[Note], language: str) -> str:
    wording = "zh" if language == "zh" else "en"
    return "".join(_WORDING[wording, note["side"]].format(day=note["day"], text=note["text"]) for note in noted)
