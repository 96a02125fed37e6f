"""One filter language with one meaning. Engines compile it; `matches` decides.

A clause is read from the JSON of a request by `parse_filter`. Times are compared as instants; a bare date stands for
its whole day (UTC). Info values are compared as text when asked for equality, and as numbers where both sides read as
numbers when asked for order; a list of values matches when one of its elements does.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from memosd.domain.errors import Empty, Invalid

if TYPE_CHECKING:
    from memosd.domain.memories import Memory

MAX_DEPTH = 16
MAX_CONDITIONS = 100


class Op(StrEnum):
    EQ = "eq"
    CONTAINS = "contains"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"


class Field(StrEnum):
    AGENT = "agent_id"
    APP = "app_id"
    CONVERSATION = "conversation_id"
    TAGS = "tags"
    CREATED = "create_time"
    UPDATED = "update_time"


@dataclass(frozen=True, slots=True)
class Everything:
    """The filter that lets all pass."""


EVERYTHING = Everything()


@dataclass(frozen=True, slots=True)
class FieldIs:
    """`field` (agent, app, conversation) is exactly `value`; for tags: `value` is one of them."""

    field: Field
    value: str


@dataclass(frozen=True, slots=True)
class TimeIs:
    """`field` (created, updated) `op` the instant; only GTE and LT remain after parsing."""

    field: Field
    op: Op
    at: datetime


@dataclass(frozen=True, slots=True)
class InfoIs:
    """The info value of `key` `op` `text`. `number` is the operand as a number, if it reads as one."""

    key: str
    op: Op
    text: str
    number: float | None


@dataclass(frozen=True, slots=True)
class All:
    clauses: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    clauses: tuple["Filter", ...]


Filter = Everything | FieldIs | TimeIs | InfoIs | All | AnyOf


@dataclass(frozen=True, slots=True)
class Facet:
    """One comparable value under an info key: `listed` if it is an element of a list."""

    text: str
    number: float | None
    listed: bool


_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?")


def _number(value: object) -> float | None:
    if isinstance(value, str):
        return float(value) if _NUMBER.fullmatch(value) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def canonical(value: str | float | bool) -> str:
    """The text by which info values are equal: 7, 7.0 and "7" are the same."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def facets(value: str | float | Sequence[str]) -> Iterator[Facet]:
    """The values by which one info entry can be found."""
    if isinstance(value, str | int | float):
        yield Facet(canonical(value), _number(value), listed=False)
    else:
        for element in value:
            yield Facet(canonical(element), _number(element), listed=True)


def _compare(op: Op, left: Any, right: Any) -> bool:
    match op:
        case Op.GT:
            return bool(left > right)
        case Op.GTE:
            return bool(left >= right)
        case Op.LT:
            return bool(left < right)
        case _:
            return bool(left <= right)


def _facet_matches(clause: InfoIs, facet: Facet) -> bool:
    if clause.op is Op.EQ:
        return facet.text == clause.text
    if clause.op is Op.CONTAINS:
        return facet.text == clause.text if facet.listed else clause.text in facet.text
    if (clause.number is None) != (facet.number is None):
        return False
    if clause.number is not None:
        return _compare(clause.op, facet.number, clause.number)
    return _compare(clause.op, facet.text, clause.text)


def matches(clause: Filter, memory: "Memory") -> bool:
    match clause:
        case Everything():
            return True
        case FieldIs(Field.TAGS, value):
            return value in memory.tags
        case FieldIs(field, value):
            have = {Field.AGENT: memory.agent, Field.APP: memory.app, Field.CONVERSATION: memory.conversation}
            return have[field] == value
        case TimeIs(field, op, at):
            return _compare(op, memory.created_at if field is Field.CREATED else memory.updated_at, at)
        case InfoIs(key):
            return key in memory.info and any(_facet_matches(clause, f) for f in facets(memory.info[key]))
        case All(clauses):
            return all(matches(c, memory) for c in clauses)
        case AnyOf(clauses):
            return any(matches(c, memory) for c in clauses)


def parse_filter(value: object, *, path: str = "filter") -> Filter:
    """Read one filter. Raises `Invalid` or `Empty` naming the part that is wrong."""
    clause, conditions = _clause(value, path, depth=1)
    if conditions > MAX_CONDITIONS:
        raise Invalid(f"{path}: {conditions} conditions, at most {MAX_CONDITIONS} are allowed")
    return clause


def _clause(value: object, path: str, *, depth: int) -> tuple[Filter, int]:
    if not isinstance(value, Mapping):
        raise Invalid(f"{path}: must be an object, such as {{'and': [...]}}")
    if not value:
        raise Empty(f"{path}: is an empty object")
    if depth > MAX_DEPTH:
        raise Invalid(f"{path}: nested deeper than {MAX_DEPTH}")
    parts: list[Filter] = []
    count = 0
    for key, inner in value.items():
        here = f"{path}.{key}"
        if key in ("and", "or"):
            clauses, inside = _clauses(inner, here, depth=depth)
            count += inside
            parts.append(All(clauses) if key == "and" else AnyOf(clauses))
        elif key == "info" and isinstance(inner, Mapping):
            if not inner:
                raise Empty(f"{here}: is an empty object")
            parts.extend(_info(name, operand, f"{here}.{name}") for name, operand in inner.items())
            count += sum(_comparisons(operand) for operand in inner.values())
        else:
            parts.append(_condition(str(key), inner, here))
            count += _comparisons(inner)
    return (parts[0] if len(parts) == 1 else All(tuple(parts))), count


def _clauses(value: object, path: str, *, depth: int) -> tuple[tuple[Filter, ...], int]:
    if not isinstance(value, list):
        raise Invalid(f"{path}: must be a list of conditions")
    if not value:
        raise Empty(f"{path}: is an empty list")
    read = [_clause(inner, f"{path}[{i}]", depth=depth + 1) for i, inner in enumerate(value)]
    return tuple(clause for clause, _ in read), sum(count for _, count in read)


def _condition(name: str, operand: object, path: str) -> Filter:
    try:
        field = Field(name)
    except ValueError:
        return _info(name, operand, path)
    if field in (Field.CREATED, Field.UPDATED):
        bounds = _operators(operand, path) if isinstance(operand, Mapping) else [(Op.EQ, operand)]
        return _all(clause for op, bound in bounds for clause in _times(field, op, bound, path))
    if field is Field.TAGS:
        if not isinstance(operand, Mapping):
            raise Invalid(f"{path}: use {{'contains': 'a tag'}}")
        return _all(clause for op, wanted in _operators(operand, path) for clause in _tags(op, wanted, path))
    if not isinstance(operand, str):
        raise Invalid(f"{path}: must be a string, it is compared for equality")
    return FieldIs(field, operand)


def _comparisons(operand: object) -> int:
    """How many a condition stands for: one for each operator, and for each tag of a list."""
    if not isinstance(operand, Mapping):
        return 1
    return sum(len(value) if isinstance(value, list) else 1 for value in operand.values())


def _all(clauses: Iterator[Filter]) -> Filter:
    found = tuple(clauses)
    return found[0] if len(found) == 1 else All(found)


def _operators(operand: Mapping[Any, Any], path: str) -> list[tuple[Op, Any]]:
    if not operand:
        raise Empty(f"{path}: is an empty object")
    found = []
    for name, value in operand.items():
        if name not in ("contains", "gt", "gte", "lt", "lte"):
            raise Invalid(
                f"{path}: unknown operator '{name}', use contains, gt, gte, lt or lte; "
                "conditions are joined by 'and' and 'or' only"
            )
        found.append((Op(name), value))
    return found


def _tags(op: Op, wanted: object, path: str) -> Iterator[Filter]:
    tags = wanted if isinstance(wanted, list) and wanted else [wanted]
    for tag in tags:
        if op is not Op.CONTAINS or not isinstance(tag, str):
            raise Invalid(f"{path}: tags support only 'contains' with a string")
        yield FieldIs(Field.TAGS, tag)


def _info(key: str, operand: object, path: str) -> Filter:
    if isinstance(operand, Mapping):
        return _all(_info_is(key, op, value, path) for op, value in _operators(operand, path))
    return _info_is(key, Op.EQ, operand, path)


def _info_is(key: str, op: Op, value: object, path: str) -> Filter:
    if not isinstance(value, str | int | float | bool):
        raise Invalid(
            f"{path}: must be compared with a string or a number; conditions are joined by 'and' and 'or' only"
        )
    return InfoIs(key, op, canonical(value), _number(value))


def _times(field: Field, op: Op, value: object, path: str) -> Iterator[Filter]:
    """Every comparison of times as GTE and LT: a value stands for the stretch [start, end)."""
    if op is Op.CONTAINS:
        raise Invalid(f"{path}: a time supports gt, gte, lt and lte")
    start, end = parse_instant(value, path=path)
    if op in (Op.GTE, Op.EQ):
        yield TimeIs(field, Op.GTE, start)
    if op is Op.GT:
        yield TimeIs(field, Op.GTE, end)
    if op is Op.LT:
        yield TimeIs(field, Op.LT, start)
    if op in (Op.LTE, Op.EQ):
        yield TimeIs(field, Op.LT, end)


_EARLIEST, _LATEST = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)


def parse_instant(value: object, *, path: str) -> tuple[datetime, datetime]:
    """The stretch [start, end) that a date, a date-time (without zone: UTC) or an epoch (s or ms) stands for."""
    width = timedelta(microseconds=1)
    try:
        if isinstance(value, bool):
            raise ValueError
        if isinstance(value, int | float):
            seconds = value / 1000 if abs(value) >= 1e11 else float(value)
            start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
        elif isinstance(value, str) and re.fullmatch(r"-?\d{9,13}(\.\d+)?", value.strip()):
            return parse_instant(float(value), path=path)
        elif isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip()):
            start = datetime.combine(date.fromisoformat(value.strip()), time(), UTC)
            width = timedelta(days=1)
        elif isinstance(value, str):
            read = datetime.fromisoformat(value.strip())
            start = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
        else:
            raise ValueError
        if not _EARLIEST < start < _LATEST:
            raise ValueError
    except (ValueError, OverflowError):
        raise Invalid(f"{path}: must be a date, a date-time (ISO 8601) or an epoch, not {str(value)[:60]!r}") from None
    return start, start + width
