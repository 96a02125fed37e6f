"""Filters as Qdrant's, in the JSON of its REST interface. `domain.filters.matches` says what they mean.

What Qdrant cannot say (one text after another in order) has no form here; it is then answered by the records.
"""

from typing import Any

from memosd.domain.filters import All, AnyOf, Everything, Field, FieldIs, Filter, InfoIs, Op, TimeIs
from memosd.engines.common.codec import micros
from memosd.engines.common.filters import Inexpressible

Condition = dict[str, Any]

NOTHING: Condition = {"must": [{"key": "kind", "match": {"value": ""}}]}
"""No memory is of this kind."""
_FIELDS = {
    Field.AGENT: "agent",
    Field.APP: "app",
    Field.CONVERSATION: "conversation",
    Field.TAGS: "tags",
    Field.CREATED: "created",
    Field.UPDATED: "updated",
}


def condition(clause: Filter) -> Condition:
    """True of a point exactly if the clause matches its memory. Raises `Inexpressible`."""
    match clause:
        case Everything():
            return {"must": []}
        case FieldIs(field, value):
            return _equal(_FIELDS[field], value)
        case TimeIs(field, op, at):
            return {"must": [{"key": _FIELDS[field], "range": {op.value: micros(at)}}]}
        case InfoIs():
            return _info(clause)
        case All(clauses):
            return {"must": [condition(inner) for inner in clauses]}
        case AnyOf(()):
            return NOTHING
        case AnyOf(clauses):
            return {"should": [condition(inner) for inner in clauses]}


def _equal(key: str, value: str | int) -> Condition:
    return {"must": [{"key": key, "match": {"value": value}}]}


def _info(clause: InfoIs) -> Condition:
    """A value of info is an object of the list `info`: key, text, number, and 1 if it is an element of a list."""
    same = {"key": "text", "match": {"value": clause.text}}
    if clause.op is Op.EQ:
        return _facet(clause.key, same)
    if clause.op is Op.CONTAINS:
        within = [{"key": "text", "match": {"substring": clause.text}}] if clause.text else []
        alone = {"key": "listed", "match": {"value": 0}}
        listed = {"key": "listed", "match": {"value": 1}}
        return {"should": [_facet(clause.key, listed, same), _facet(clause.key, alone, *within)]}
    if clause.number is None:
        raise Inexpressible(f"texts are not compared in order by Qdrant: {clause.key} {clause.op}")
    return _facet(clause.key, {"key": "number", "range": {clause.op.value: clause.number}})


def _facet(key: str, *conditions: Condition) -> Condition:
    inner = {"must": [{"key": "key", "match": {"value": key}}, *conditions]}
    return {"must": [{"nested": {"key": "info", "filter": inner}}]}
