"""From a value that a model refused to the error that says so."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from memosd.domain.errors import ConversationIdTooLong, Empty, Invalid, Missing, Unsupported, UserIdTooLong

_KINDS: Mapping[str, type[Invalid]] = {
    "missing": Missing,
    "blank": Missing,
    "empty": Empty,
    "kind_of_part": Unsupported,
    "user_id_too_long": UserIdTooLong,
    "conversation_id_too_long": ConversationIdTooLong,
}
_MAX_SHOWN = 60


def problem(error: ValidationError, *, whole: str = "the body") -> Invalid:
    """The first thing wrong, in the order of the model's fields: which field, which rule, what was given. whole: what
    was validated."""
    first = error.errors(include_url=False)[0]
    path, kind = _path(first["loc"]) or whole, first["type"]
    if kind == "missing":
        return Missing(f"{path}: is required")
    if kind == "literal_error" and first["loc"][-1] == "type":
        given, expected = _given(first["input"]), first["ctx"]["expected"]
        return Unsupported(f"{path}: {given} is not supported by this server yet, only {expected}")
    if kind in _KINDS:
        return _KINDS[kind](f"{path}: {first['msg']}")
    rule = first["msg"].replace("Input should be", "must be")
    return Invalid(f"{path}: {rule}" + (f", not {_given(first['input'])}" if rule.startswith("must be") else ""))


def _path(location: tuple[int | str, ...]) -> str:
    """`messages[0].content`. The branches of a union are tagged `<…>` and are no part of the path."""
    path = ""
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        elif not step.startswith("<"):
            path += f".{step}" if path else step
    return path


def _given(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f"'{value[:_MAX_SHOWN]}'"
        case int() | float():
            return f"the number {value}"
        case list():
            return "a list"
        case _:
            return "an object"
