"""Which of the items that a model proposes are believed: those that say what the messages they cite say.

A model invents. An item is taken only if it cites messages that were shown, a new one among them, is in their language,
shares words with them, and has no name and no number that nobody mentioned.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from memosd.domain.memories import Content, Kind, Memory, View
from memosd.domain.messages import Message, Role
from memosd.extraction import wording
from memosd.extraction.by_model.answer import Item
from memosd.extraction.by_model.prompt import Shown, text_of
from memosd.extraction.history import said
from memosd.extraction.titles import TITLE
from memosd.language.names import keywords, names
from memosd.language.script import HAN, language_of
from memosd.language.sentences import clip
from memosd.language.terms import fold, terms
from memosd.language.times import resolve_times
from memosd.ports.reading import Bearing, Proposal

LEAST_SHARED = {"fact": 1 / 3, "preference": 1 / 4, "tool": 1 / 4}
"""The share of an item's words that must stand in the messages it cites, or in the one before the first of them."""
ECHO = 0.8
"""What an assistant says with this share of its words in one known memory is taken for a recital of it."""
TELLS = 0.6
"""The share of the words of a talk that a known memory must have to stand for it, too."""
MOST_CHANGED = 2
"""Known memories that one item may change."""
TAG, MOST_TAGS = 40, 5
KEY = 600
"""Characters of the messages that become a key of the memory, so that it is found by the words of the talk."""

_DATE = re.compile(
    r"\d{4}-\d{1,2}(?:-\d{1,2})?|(?:\d{4}年)?\d{1,2}月(?:\d{1,2}[日号號])?|\d{4}年"
    r"|\b(?:\d{1,2}(?:st|nd|rd|th)? )?(?:January|February|March|April|May|June|July|August|September|October|November"
    r"|December)(?: \d{1,2}(?:st|nd|rd|th)?)?(?:,? \d{4})?"
)
_NUMBER = re.compile(r"\d+")
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}\b)")
_SPELLED = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty"
    r"|seventy|eighty|ninety|hundred|thousand|million|half|dozen|once|twice|couple|pair)\b|[一二两兩三四五六七八九十百千万萬半]",
    re.IGNORECASE,
)
_HAN_PAIR = re.compile(f"[{HAN}]{{2}}")
_FILLER = frozenset(("user", "assist", "now", "prefer", "want", "plan", *"用户助手喜欢想要说"))
"""What is written of everybody, and tells nothing of whom and what."""


@dataclass(frozen=True, slots=True)
class Believed:
    """contents, with what each is proposed to change. refused: how many items were not believed."""

    contents: tuple[Content, ...]
    proposals: tuple[Proposal, ...]
    refused: int


def believed(items: Sequence[Item], shown: Shown) -> Believed:
    contents: list[Content] = []
    proposals: list[Proposal] = []
    refused = 0
    for item in items:
        content = _content(item, shown)
        if content is None or any(_same(content, other) for other in contents):
            refused += content is None
            continue
        proposals += _proposals(item, content, len(contents), shown)
        contents.append(content)
    return Believed(tuple(contents), tuple(proposals), refused)


def telling(text: str) -> frozenset[str]:
    """The words of a text by which it can be compared with another: no dates, no pairs of Chinese characters."""
    words = terms(_DATE.sub(" ", text))
    return frozenset(word for word in words if not _HAN_PAIR.fullmatch(word)) - _FILLER


def _content(item: Item, shown: Shown) -> Content | None:
    every = shown.messages
    if any(not 1 <= number <= len(every) for number in item.messages):
        return None
    cited = [every[number - 1] for number in sorted(item.messages)]
    new = [message for message in cited if message in shown.new]
    speakers = {message.role for message in new}
    if not new or not _may_cite(item, speakers):
        return None
    around = " ".join(text_of(m) for m in (*cited, *_before(cited[0], every)))
    if not _says_the_same(item, around) or not _names_known(item.text, shown):
        return None
    view = View.USER if Role.USER in speakers or item.kind == "tool" else View.ASSISTANT
    words = telling(item.text)
    if view is View.ASSISTANT and any(len(words & telling(m.content.value)) >= ECHO * len(words) for m in shown.known):
        return None
    return _written(item, new[0], cited, view, talk=_rounds_of(cited, every))


def _rounds_of(cited: Sequence[Message], every: Sequence[Message]) -> str:
    """What was cited, and what was answered to it: a memory is found by the words of its talk."""
    told: list[Message] = []
    for message in every:
        answers = message.role is Role.ASSISTANT and told and every[every.index(message) - 1] in told
        if message in cited or answers:
            told.append(message)
    return clip(" ".join(map(text_of, told)), characters=KEY)


def _may_cite(item: Item, speakers: set[Role]) -> bool:
    match item.kind:
        case "preference":
            return Role.USER in speakers
        case "tool":
            return bool(item.tool) and bool(speakers & {Role.TOOL, Role.ASSISTANT})
        case _:
            return bool(speakers & {Role.USER, Role.ASSISTANT})


def _before(message: Message, every: Sequence[Message]) -> Sequence[Message]:
    """The message before: a short reply takes its words from the question."""
    place = every.index(message)
    return every[max(0, place - 1) : place]


def _says_the_same(item: Item, around: str) -> bool:
    if language_of(item.text) != language_of(around):
        return False
    words, there = telling(item.text), telling(around)
    if not words or len(words & there) < max(1.0, LEAST_SHARED[item.kind] * len(words)):
        return False
    if item.kind == "tool" and fold(item.tool) not in fold(around):
        return False
    return _numbers(item.text) <= _numbers(around, dates=True) or bool(_SPELLED.search(around))


def _numbers(text: str, *, dates: bool = False) -> set[str]:
    return set(_NUMBER.findall(_GROUPED.sub("", text if dates else _DATE.sub(" ", text))))


def _names_known(text: str, shown: Shown) -> bool:
    """Whether every name in a text was mentioned, in the talk or in a known memory. The first word may be no name."""
    mentioned = fold(" ".join((*map(text_of, shown.messages), *(m.content.value for m in shown.known))))
    return all(fold(entity.name) in mentioned or text.startswith(entity.name) for entity in names(text))


def _written(item: Item, first: Message, cited: Sequence[Message], view: View, *, talk: str) -> Content:
    resolved = resolve_times(item.text, first.said_at)
    title = clip(item.title or " ".join(keywords(item.text, limit=4)) or item.text, characters=TITLE)
    kind = Kind.FACT
    detail: dict[str, Any] = {}
    if item.kind == "preference":
        kind = Kind.PREFERENCE
        detail = {
            "preference_type": "explicit_preference" if item.explicit else "implicit_preference",
            "reasoning": item.reasoning,
        }
    elif item.kind == "tool":
        kind = Kind.TOOL_TRAJECTORY
        used = {"used_tool": item.tool, "success_rate": float(item.succeeded), "tool_experience": item.reasoning}
        detail = {"tool_used_status": [used], "experience": item.reasoning}
    return Content(
        kind=kind,
        title=title,
        value=wording.dated(resolved, first.said_at),
        said_at=first.said_at,
        sources=tuple(message.id for message in cited),
        keys=(item.text,) if fold(talk) == fold(item.text) else (item.text, talk),
        terms=(*terms(resolved), *terms(talk)),
        entities=names(item.text),
        tags=tuple(tag[:TAG] for tag in item.tags if tag)[:MOST_TAGS],
        view=view,
        language=language_of(item.text),
        confidence=0.9 if view is View.USER else 0.6,
        detail=detail,
    )


def _same(one: Content, other: Content) -> bool:
    return one.kind is other.kind and fold(one.keys[0]) == fold(other.keys[0])


def _proposals(item: Item, content: Content, place: int, shown: Shown) -> list[Proposal]:
    """Those that are not out of the question. Only the user's words change anything, and only what was said before."""
    if content.view is not View.USER or content.kind is Kind.TOOL_TRAJECTORY:
        return []
    asked = ((Bearing.REPEATS, item.repeats), (Bearing.SUPERSEDES, item.replaces))
    found = [
        Proposal(place, bearing, shown.known[number - 1].id)
        for bearing, numbers in asked
        for number in numbers
        if 1 <= number <= len(shown.known) and _may_change(shown.known[number - 1], content)
        if bearing is Bearing.SUPERSEDES or _tells_all(shown.known[number - 1], content, shown)
    ]
    return found[:MOST_CHANGED]


def _may_change(known: Memory, new: Content) -> bool:
    old = known.content
    kinds = old.kind is new.kind or (new.kind is Kind.FACT and old.kind is Kind.PREFERENCE)
    about = telling(" ".join((said(old), old.value))) & telling(" ".join(new.keys))
    apart = not set(old.sources) & set(new.sources)
    return kinds and apart and old.view is View.USER and old.said_at <= new.said_at and bool(about)


def _tells_all(known: Memory, new: Content, shown: Shown) -> bool:
    """Whether a known memory tells what the user said in the cited messages, so that nothing is lost by joining it."""
    cited = [m for m in shown.messages if m.id in new.sources and m.role is Role.USER]
    words = telling(" ".join(message.text for message in cited))
    told = telling(" ".join((known.content.value, *known.content.keys)))
    return len(words & told) >= TELLS * len(words)
