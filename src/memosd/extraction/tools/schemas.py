"""Descriptions of tools, given to an agent as `<tool_schema>…</tool_schema>` in a system message."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from memosd.domain.memories import Content, Entity, Kind
from memosd.domain.messages import Message
from memosd.extraction.tools.calls import in_words
from memosd.language.script import language_of
from memosd.language.sentences import clip
from memosd.language.terms import terms

MAX_SCHEMAS = 200
"""Tools that one message may describe; more are left out."""
MAX_NAME = 200
SUMMARY_LENGTH = 400
"""Characters of a description by which a schema is found."""

_BLOCK = re.compile(r"<tool_schemas?>(.*?)(?:</tool_schemas?>|\Z)", re.DOTALL | re.IGNORECASE)
_BETWEEN = re.compile(r"[\s,\[\]]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Schema:
    """text: the description of one tool exactly as it was given."""

    name: str
    text: str
    value: Mapping[str, Any]


def schemas(text: str) -> list[Schema]:
    """The tools described in a text, the last description of each. What is no JSON object with a name is left out."""
    found: dict[str, Schema] = {}
    for block in _BLOCK.finditer(text):
        for schema in _objects(block[1]):
            found.pop(schema.name, None)
            found[schema.name] = schema
    return list(found.values())[:MAX_SCHEMAS]


def _objects(block: str) -> Iterator[Schema]:
    """The objects of a list, or one after the other; each is cut out of the text, so that nothing of it changes."""
    at = _after_gap(block, 0)
    while at < len(block):
        try:
            value, end = _DECODER.raw_decode(block, at)
            orjson.loads(block[at:end])  # stricter: no lone surrogates, no numbers without bounds
        except (ValueError, RecursionError):
            opening = block.find("{", at + 1)
            if opening < 0:
                return
            at = opening
            continue
        if isinstance(value, dict):
            if name := _name(value):
                yield Schema(name, block[at:end], value)
            elif isinstance(tools := value.get("tools"), list):
                yield from (
                    Schema(_name(tool), json.dumps(tool, ensure_ascii=False), tool)
                    for tool in tools
                    if isinstance(tool, dict) and _name(tool)
                )
        at = _after_gap(block, end)


def _after_gap(block: str, at: int) -> int:
    gap = _BETWEEN.match(block, at)
    return gap.end() if gap else at


def _name(value: Mapping[str, Any]) -> str:
    name = _function(value).get("name")
    return name.strip() if isinstance(name, str) and 0 < len(name.strip()) <= MAX_NAME else ""


def _function(value: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = value.get("function")
    return inner if isinstance(inner, dict) else value


def schema_content(schema: Schema, message: Message) -> Content:
    """A tool's description as a memory; its value is the description as it was given."""
    function = _function(schema.value)
    told = str(function.get("description") or "")
    parameters = function.get("parameters") or function.get("input_schema") or {}
    properties = parameters.get("properties") if isinstance(parameters, dict) else None
    names = list(properties)[:40] if isinstance(properties, dict) else []
    key = f"{in_words(schema.name)}: {clip(told, characters=SUMMARY_LENGTH)}" if told else in_words(schema.name)
    return Content(
        kind=Kind.TOOL_SCHEMA,
        title=schema.name,
        value=schema.text,
        said_at=message.said_at,
        sources=(message.id,),
        keys=(key,),
        terms=tuple(terms(f"{key} {' '.join(map(in_words, names))}")),
        entities=(Entity("thing", schema.name),),
        tags=(schema.name,),
        language=language_of(told or schema.name),
        detail={"tools": [schema.name]},
    )
