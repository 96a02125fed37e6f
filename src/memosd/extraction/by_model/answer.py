"""What the model is asked to answer, and reading what it does answer, however damaged.

The schema keeps to what all servers can enforce: every field is required, and no other is allowed.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

NAME = "memories"
MOST = 60
"""Items of an answer that are looked at."""
LONGEST = 600
"""Characters of an item's text; a longer one is no memory."""
NOTED = 400
"""Characters of its reasoning."""

ItemKind = Literal["fact", "preference", "tool"]

_NUMBERS = {"type": "array", "items": {"type": "integer"}}
_TEXT = {"type": "string"}
_ITEM: Mapping[str, Any] = {
    "kind": {"type": "string", "enum": ["fact", "preference", "tool"]},
    "text": _TEXT,
    "title": _TEXT,
    "messages": _NUMBERS,
    "tags": {"type": "array", "items": _TEXT},
    "explicit": {"type": "boolean"},
    "reasoning": _TEXT,
    "tool": _TEXT,
    "succeeded": {"type": "boolean"},
    "replaces": _NUMBERS,
    "repeats": _NUMBERS,
}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "memories": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": _ITEM,
                "required": list(_ITEM),
                "additionalProperties": False,
            },
        }
    },
    "required": ["memories"],
    "additionalProperties": False,
}

_FENCED = re.compile(r"```(?:json)?\s*(.*?)(?:```|$)", re.DOTALL)
_TRAILING_COMMA = re.compile(r",(?=\s*[\]}])")


@dataclass(frozen=True, slots=True)
class Item:
    """One memory as the model proposes it. Numbers are those of messages and known memories in the prompt."""

    kind: ItemKind
    text: str
    messages: tuple[int, ...]
    title: str = ""
    tags: tuple[str, ...] = ()
    explicit: bool = True
    reasoning: str = ""
    tool: str = ""
    succeeded: bool = True
    replaces: tuple[int, ...] = ()
    repeats: tuple[int, ...] = ()


def read(text: str) -> list[Item] | None:
    """The items that can be read; None if the answer is none, also after repair. What lacks a kind, a text or message
    numbers is left out; other fields have defaults."""
    for candidate in _repaired(text):
        try:
            value = json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
        listed = value.get("memories") if isinstance(value, dict) else value
        if isinstance(listed, list):
            return [item for raw in listed[:MOST] if (item := _item(raw)) is not None]
    return None


def _repaired(text: str) -> Iterator[str]:
    """The answer as it is, then what may have been meant: out of its fence, from the first bracket on, without trailing
    commas, with its brackets closed after the last item that is whole."""
    yield text
    bare = match[1] if (match := _FENCED.search(text)) else text
    begin = min((i for i in (bare.find("{"), bare.find("[")) if i >= 0), default=-1)
    if begin < 0:
        return
    bare = _TRAILING_COMMA.sub("", bare[begin:])
    yield bare
    end = max(bare.rfind("}"), bare.rfind("]"))
    yield bare[: end + 1]
    while (end := bare.rfind("}", 0, end)) > 0:
        yield bare[: end + 1] + _closing(bare[: end + 1])
        if bare.count("}", 0, end) > MOST:
            return


def _closing(text: str) -> str:
    """The brackets that a cut-off text still needs."""
    needed: list[str] = []
    within = escaped = False
    for character in text:
        if within:
            within = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            within = True
        elif character in "{[":
            needed.append("}" if character == "{" else "]")
        elif character in "}]" and needed:
            needed.pop()
    return "".join(reversed(needed))


def _item(raw: object) -> Item | None:
    if not isinstance(raw, dict) or raw.get("kind") not in ("fact", "preference", "tool"):
        return None
    text, messages = _text(raw.get("text")), _numbers(raw.get("messages"))
    if not messages or not 2 <= len(text) <= LONGEST:
        return None
    tags = raw.get("tags")
    return Item(
        kind=raw["kind"],
        text=text,
        messages=messages,
        title=_text(raw.get("title")),
        tags=tuple(_text(tag) for tag in tags if isinstance(tag, str))[:8] if isinstance(tags, list) else (),
        explicit=raw.get("explicit") is not False,
        reasoning=_text(raw.get("reasoning"))[:NOTED],
        tool=_text(raw.get("tool")),
        succeeded=raw.get("succeeded") is not False,
        replaces=_numbers(raw.get("replaces")),
        repeats=_numbers(raw.get("repeats")),
    )


def _text(value: object) -> str:
    """One line, without what a database or a terminal chokes on."""
    if not isinstance(value, str):
        return ""
    sane = value.encode("utf-8", "ignore").decode("utf-8")
    return " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in sane).split())


def _numbers(value: object) -> tuple[int, ...]:
    listed: Sequence[object] = value if isinstance(value, list) else ()
    return tuple(dict.fromkeys(n for n in listed if isinstance(n, int) and not isinstance(n, bool)))
