"""Filters as SQL. `domain.filters.matches` says what they mean; the text made here agrees with it exactly.

The SQL speaks of a memory as `m` and of its project as `%(project)s`. Operands are bound by name, never written into
the text. A comparison with a missing value is NULL, which passes no filter: there is no negation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from memosd.domain.filters import (
    EVERYTHING,
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
from memosd.engines.postgres.storable import storable

BEGINNING = 64
"""Characters of an info value that its index holds."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A boolean SQL expression over `m` and its operands by name."""

    sql: str = "TRUE"
    operands: Mapping[str, Value] = field(default_factory=dict)

    @property
    def lets_all_pass(self) -> bool:
        return self.sql == "TRUE"


def condition(clause: Filter, owner: int, *, prefix: str = "f") -> Condition:
    """True of a memory `m` of this owner exactly if the clause matches it. The operands' names begin with `prefix`."""
    if clause == EVERYTHING:
        return Condition()
    compiler = _Compiler(owner, prefix)
    return Condition(compiler.compile(clause), compiler.operands)


class _Compiler:
    def __init__(self, owner: int, prefix: str) -> None:
        self._owner = owner
        self._prefix = prefix
        self.operands: dict[str, Value] = {}

    def compile(self, clause: Filter) -> str:
        match clause:
            case Everything():
                return "TRUE"
            case FieldIs(Field.TAGS, value):
                return self._in("memory_tags", f"tag = {self._bind(value)}")
            case FieldIs(field, value):
                return f"{COLUMNS[field]} = {self._bind(value)}"
            case TimeIs(field, op, at):
                return f"{COLUMNS[field]} {SIGNS[op]} {self._bind(micros(at))}"
            case InfoIs():
                return self._in("memory_info", f"key = {self._bind(storable(clause.key))} AND {self._test(clause)}")
            case All(clauses):
                return self._joined(" AND ", "TRUE", clauses)
            case AnyOf(clauses):
                return self._joined(" OR ", "FALSE", clauses)

    def _bind(self, value: Value) -> str:
        name = f"{self._prefix}{len(self.operands)}"
        self.operands[name] = value
        return f"%({name})s"

    def _in(self, table: str, test: str) -> str:
        owner = self._bind(self._owner)
        return f"m.no IN (SELECT memory FROM {table} WHERE project = %(project)s AND owner = {owner} AND {test})"

    def _joined(self, word: str, neutral: str, clauses: tuple[Filter, ...]) -> str:
        return "(" + word.join(map(self.compile, clauses)) + ")" if clauses else neutral

    def _test(self, clause: InfoIs) -> str:
        text = self._bind(storable(clause.text))
        if clause.op is Op.EQ:
            return f"left(text, {BEGINNING}) = left({text}, {BEGINNING}) AND text = {text}"
        if clause.op is Op.CONTAINS:
            return f"CASE WHEN listed THEN text = {text} ELSE strpos(text, {text}) > 0 END"
        if clause.number is None:
            return f"number IS NULL AND text {SIGNS[clause.op]} {text}"
        return f"number {SIGNS[clause.op]} {self._bind(clause.number)}::double precision"
