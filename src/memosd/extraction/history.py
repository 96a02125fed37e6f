"""What a memory tells of the versions before and after it, so that questions about before still find an answer.

A memory that took another's place carries the words of the other, marked as past, in its value, its terms and its keys.
A memory that says more than what has changed stays in place and carries the newer words. `detail["notes"]` records
both, so that they are carried over to a new form of the memory.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from memosd.domain.memories import Content
from memosd.extraction.spoken import spoken
from memosd.language.sentences import clip
from memosd.language.terms import terms

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
"""`side`: until or since; `day`: when that began or ended; `text`: what was said; `key`: the key it is found by."""


def said(content: Content) -> str:
    """The words that a memory rests on, without dates and labels; what an assistant answered only if there is no more.

    Talk between named speakers keeps the names.
    """
    return "\n".join(spoken(content.keys[0] if content.keys else content.value))


def with_past(content: Content, old: Content) -> Content:
    """The content with the words of what it takes the place of, and of what that one had taken the place of."""
    return _with(content, (_note("until", old, content), *_notes(old)))


def with_news(content: Content, new: Content) -> Content:
    """The content with newer words on a part of what it says."""
    return _with(content, (_note("since", new, new),))


def with_notes_of(content: Content, earlier: Content) -> Content:
    """A new form of a memory with the notes that its earlier form carried."""
    notes = _notes(earlier)
    return _with(content, notes) if notes else content


def _note(side: str, about: Content, at: Content) -> Note:
    text = clip(said(about), characters=LENGTH["zh" if about.language == "zh" else "en"])
    return {"side": side, "day": f"{at.said_at:%Y-%m-%d}", "text": text, "key": (about.keys or (about.value,))[0]}


def _notes(content: Content) -> tuple[Note, ...]:
    return tuple(content.detail.get("notes", ()))


def _with(content: Content, added: Sequence[Note]) -> Content:
    known = _notes(content)
    kept: list[Note] = []
    for note in (*added, *known):
        if all((note["side"], note["text"]) != (other["side"], other["text"]) for other in kept):
            kept.append(note)
    del kept[MOST:]
    own = [key for key in content.keys if key not in {note["key"] for note in known}]
    return replace(
        content,
        value=content.value.removesuffix(_worded(known, content.language)) + _worded(kept, content.language),
        terms=(*content.terms, *(term for note in kept if note not in known for term in terms(note["text"]))),
        keys=(*own, *dict.fromkeys(note["key"] for note in kept if note["key"] not in own)) if own else (),
        detail={**content.detail, "notes": list(kept)},
    )


def _worded(notes: Sequence[Note], language: str) -> str:
    wording = "zh" if language == "zh" else "en"
    return "".join(_WORDING[wording, note["side"]].format(day=note["day"], text=note["text"]) for note in notes)
