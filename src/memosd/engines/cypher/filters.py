"""Filters as Cypher. `domain.filters.matches` says what they mean; the text made here agrees with it exactly.

The text speaks of a memory as `m`. Operands are parameters, never written into the text. Values of info lie in lists of
the node: `info` and `listed` hold `key ␟ text` of all and of listed values; `text_keys` and `texts`, `order_keys` and
`orders`, `number_keys` and `numbers` are pairs, of values not listed, of values that are no numbers, and of numbers.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from memosd.domain.filters import All, AnyOf, Everything, Field, FieldIs, Filter, InfoIs, Op, TimeIs, facets
from memosd.domain.memories import Memory
from memosd.engines.common.codec import micros
from memosd.engines.common.filters import SIGNS, Inexpressible

SEPARATOR = "\x1f"

_FIELDS = {
    Field.AGENT: "agent",
    Field.APP: "app",
    Field.CONVERSATION: "conversation",
    Field.CREATED: "created",
    Field.UPDATED: "updated",
}


def filterable(memory: Memory) -> dict[str, Any]:
    """The properties of a memory's node that filters speak of."""
    shown = [(key, facet) for key, value in memory.info.items() for facet in facets(value)]
    alone = [(key, facet.text) for key, facet in shown if not facet.listed]
    ordered = [(key, facet.text) for key, facet in shown if facet.number is None]
    numbers = [(key, facet.number) for key, facet in shown if facet.number is not None]
    return {
        "kind": memory.content.kind.value,
        "agent": memory.agent,
        "app": memory.app,
        "conversation": memory.conversation,
        "tags": list(memory.tags),
        "created": micros(memory.created_at),
        "updated": micros(memory.updated_at),
        "info": [key + SEPARATOR + facet.text for key, facet in shown],
        "listed": [key + SEPARATOR + facet.text for key, facet in shown if facet.listed],
        "text_keys": [key for key, _ in alone],
        "texts": [text for _, text in alone],
        "order_keys": [key for key, _ in ordered],
        "orders": [text for _, text in ordered],
        "number_keys": [key for key, _ in numbers],
        "numbers": [number for _, number in numbers],
    }


@dataclass(slots=True)
class Compiler:
    """Collects the parameters of one statement. orders_texts: whether the dialect orders texts by code point."""

    orders_texts: bool
    parameters: dict[str, Any] = field(default_factory=dict)

    def condition(self, clause: Filter) -> str:
        """True of `m` exactly if the clause matches it. Raises `Inexpressible`."""
        match clause:
            case Everything():
                return "true"
            case FieldIs(Field.TAGS, value):
                return f"{self._parameter(value)} IN m.tags"
            case FieldIs(field_, value):
                return f"m.{_FIELDS[field_]} = {self._parameter(value)}"
            case TimeIs(field_, op, at):
                return f"m.{_FIELDS[field_]} {SIGNS[op]} {self._parameter(micros(at))}"
            case InfoIs():
                return self._info(clause)
            case All(clauses):
                return self._joined(" AND ", "true", clauses)
            case AnyOf(clauses):
                return self._joined(" OR ", "false", clauses)

    def _joined(self, word: str, neutral: str, clauses: Iterable[Filter]) -> str:
        parts = [self.condition(inner) for inner in clauses]
        return "(" + word.join(parts) + ")" if parts else neutral

    def _info(self, clause: InfoIs) -> str:
        if clause.op is Op.EQ:
            return f"{self._parameter(clause.key + SEPARATOR + clause.text)} IN m.info"
        if clause.op is Op.CONTAINS:
            listed = f"{self._parameter(clause.key + SEPARATOR + clause.text)} IN m.listed"
            return f"({listed} OR {self._any('text_keys', 'texts', 'CONTAINS', clause.key, clause.text)})"
        if clause.number is not None:
            return self._any("number_keys", "numbers", SIGNS[clause.op], clause.key, clause.number)
        if not self.orders_texts:
            raise Inexpressible(f"texts are not compared in order: {clause.key} {clause.op}")
        return self._any("order_keys", "orders", SIGNS[clause.op], clause.key, clause.text)

    def _any(self, keys: str, values: str, sign: str, key: str, value: str | float) -> str:
        test = f"m.{keys}[i] = {self._parameter(key)} AND m.{values}[i] {sign} {self._parameter(value)}"
        return f"any(i IN range(0, size(m.{keys}) - 1) WHERE {test})"

    def _parameter(self, value: str | float) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"
