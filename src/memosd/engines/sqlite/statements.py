"""The engine's named statements, and reading by them.

`{condition}` in a statement is where the conditions of a compiled filter go.
"""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import apsw

from memosd.engines.common import statements
from memosd.engines.common.codec import Row, Value

_PACKAGE = "memosd.engines.sqlite"


def named_statements(topic: str) -> Mapping[str, str]:
    """The statements of `sql/<topic>.sql` by name."""
    return statements.named_statements(_PACKAGE, topic)


@functools.cache
def statement(name: str) -> str:
    """The SQL text of `topic.name`. Raises `KeyError` for a name that does not exist."""
    topic, _, short = name.partition(".")
    return named_statements(topic)[short]


def fetch_all(
    connection: apsw.Connection, name: str, operands: Sequence[Value] = (), *, condition: str | None = None
) -> list[Row]:
    """All rows of a statement."""
    sql = statement(name) if condition is None else statement(name).replace("{condition}", condition)
    return connection.execute(sql, operands).fetchall()


def fetch_one(connection: apsw.Connection, name: str, operands: Sequence[Value] = ()) -> Row | None:
    """The first row of a statement."""
    return connection.execute(statement(name), operands).fetchone()


def fetch_value(
    connection: apsw.Connection, name: str, operands: Sequence[Value] = (), *, condition: str | None = None
) -> Any:
    """The first value of the first row, None if there is no row."""
    sql = statement(name) if condition is None else statement(name).replace("{condition}", condition)
    found = connection.execute(sql, operands).fetchone()
    return None if found is None else found[0]
