"""Which calls were made in a stretch of talk, in order, each with what it returned."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from memosd.domain.messages import Message, Role
from memosd.extraction.tools.outcomes import NO_RESULT, judged
from memosd.language.sentences import clip

ARGUMENTS_LENGTH = 300
"""Characters of a call's arguments that are kept."""
RESULT_LENGTH = 400
"""Characters of a result that are kept."""
MAX_CALLS = 60
"""Calls of one stretch of talk that are read, the last ones."""
UNKNOWN_TOOL = "unknown_tool"
"""The name of a tool whose result came without its call."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_.\-/]+")


@dataclass(frozen=True, slots=True)
class Call:
    """ok: None if it is not known, since no result came. names: of the arguments, if these could be read."""

    tool: str
    arguments: str
    names: tuple[str, ...] = ()
    result: str = ""
    ok: bool | None = None
    error: str = NO_RESULT


def calls(messages: Sequence[Message]) -> list[Call]:
    """The calls of these messages with their results, in the order of the calls.

    A result belongs to the call whose id it names; without one that is known, to the oldest call still without a
    result. A result without any call is kept under `UNKNOWN_TOOL`.
    """
    found: list[Call] = []
    open_calls: dict[str, int] = {}
    for message in messages:
        for asked in message.tool_calls if message.role is Role.ASSISTANT else ():
            open_calls[_id(asked, len(found))] = len(found)
            found.append(_call(asked))
        if message.role is Role.TOOL:
            named = message.tool_call_id or ""
            name = named if named in open_calls else next(iter(open_calls), None)
            if name is None:
                found.append(_answered(Call(UNKNOWN_TOOL, ""), message.text))
            else:
                place = open_calls.pop(name)
                found[place] = _answered(found[place], message.text)
    return found[-MAX_CALLS:]


def in_words(tool: str) -> str:
    """A tool's name as words: `queryTrainTickets` and `query_train_tickets` are 'query train tickets'."""
    return " ".join(_CAMEL.sub(" ", tool).split())


def _id(asked: Mapping[str, Any], place: int) -> str:
    return str(asked.get("id") or f"#{place}")


def _call(asked: Mapping[str, Any]) -> Call:
    function = asked.get("function")
    function = function if isinstance(function, Mapping) else asked
    raw = function.get("arguments", "")
    text = raw if isinstance(raw, str) else orjson.dumps(raw, default=str).decode()
    name = str(function.get("name") or UNKNOWN_TOOL).strip() or UNKNOWN_TOOL
    return Call(name, clip(text, characters=ARGUMENTS_LENGTH), tuple(_names(text)))


def _names(arguments: str) -> Iterator[str]:
    try:
        value = orjson.loads(arguments)
    except orjson.JSONDecodeError:  # malformed arguments are kept as the text they are
        return
    if isinstance(value, dict):
        yield from list(value)[:20]


def _answered(call: Call, result: str) -> Call:
    verdict = judged(result)
    return Call(
        call.tool, call.arguments, call.names, clip(result, characters=RESULT_LENGTH), verdict.ok, verdict.error
    )
