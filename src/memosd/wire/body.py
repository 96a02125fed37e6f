"""The JSON of a request, as one object of plain Python values."""

from typing import Any

import orjson

from memosd.domain.errors import Invalid


def parse_object(body: bytes) -> dict[str, Any]:
    """Raises `Invalid` saying what is wrong: malformed, not UTF-8, NaN, lone surrogates, nested deeper than 1,024
    levels, not an object, or U+0000 in a text (not every engine could keep it)."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Invalid(f"the body is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise Invalid("the body must be a JSON object")
    if b"\\u0000" in body and (path := _with_null_character(value)) is not None:
        raise Invalid(f"{path}: must not contain the character U+0000")
    return value


def _with_null_character(value: Any) -> str | None:
    """The path of the first text with U+0000, in the order of the document. No recursion: depth is the caller's."""
    rest: list[tuple[str, Any]] = [("", value)]
    while rest:
        path, inner = rest.pop()
        if isinstance(inner, str) and "\0" in inner:
            return path
        if isinstance(inner, list):
            rest.extend((f"{path}[{i}]", inner[i]) for i in reversed(range(len(inner))))
        elif isinstance(inner, dict):
            if any("\0" in key for key in inner):
                return f"{path or 'the body'} (a field's name)"
            rest.extend((f"{path}.{key}" if path else key, inner[key]) for key in reversed(inner))
    return None
