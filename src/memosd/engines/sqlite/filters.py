"""Filters as SQL. `domain.filters.matches` says what they mean; the text made here agrees with it exactly.

The SQL speaks of a memory as `m`. Operands are always bound, never written into the text.
"""

from dataclasses import dataclass

from memosd.domain.filters import (
    All,
    AnyOf,
    Everything,
    Field,
    FieldIs,
    Filter,
    InfoIs,
    Op,
    TimeIs,
)
from memosd.engines.common.codec import Value, micros
from memosd.engines.common.filters import COLUMNS, SIGNS


@dataclass(frozen=True, slots=True)
class Condition:
    """A boolean SQL expression over `m` and its operands, in order.

    keyed: what passes is found by the key of another table, without a look at all memories of the owner.
    """

    sql: str
    operands: tuple[Value, ...] = ()
    keyed: bool = False


def condition(clause: Filter, owner: int) -> Condition:
    """True of a memory `m` of this owner exactly if the clause matches it."""
    match clause:
        case Everything():
            return Condition("1")
        case FieldIs(Field.TAGS, value):
            sql = "m.no IN (SELECT memory FROM memory_tags WHERE owner = ? AND tag = ?)"
            return Condition(sql, (owner, value), keyed=True)
        case FieldIs(field, value):
            return Condition(f"{COLUMNS[field]} IS ?", (value,))
        case TimeIs(field, op, at):
            return Condition(f"{COLUMNS[field]} {SIGNS[op]} ?", (micros(at),))
        case InfoIs():
            return _info(clause, owner)
        case All(clauses):
            parts = [condition(inner, owner) for inner in clauses]
            return _joined(" AND ", "1", parts, keyed=any(part.keyed for part in parts))
        case AnyOf(clauses):
            parts = [condition(inner, owner) for inner in clauses]
            return _joined(" OR ", "0", parts, keyed=all(part.keyed for part in parts))


def _joined(word: str, neutral: str, parts: list[Condition], *, keyed: bool) -> Condition:
    if not parts:
        return Condition(neutral)
    operands = tuple(operand for part in parts for operand in part.operands)
    return Condition("(" + word.join(part.sql for part in parts) + ")", operands, keyed)


def _info(clause: InfoIs, owner: int) -> Condition:
    value: tuple[Value, ...] = (clause.text,)
    if clause.op is Op.EQ:
        test = "text = ?"
    elif clause.op is Op.CONTAINS:
        test = "CASE WHEN listed THEN text = ? ELSE instr(text, ?) > 0 END"
        value = (clause.text, clause.text)
    elif clause.number is None:
        test = f"number IS NULL AND text {SIGNS[clause.op]} ?"
    else:
        test = f"number {SIGNS[clause.op]} ?"
        value = (clause.number,)
    sql = f"m.no IN (SELECT memory FROM memory_info WHERE owner = ? AND key = ? AND {test})"
    return Condition(sql, (owner, clause.key, *value), keyed=True)
