"""Running named statements on a connection.

`{condition}` in a statement is where the conditions of a compiled filter go.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, LiteralString

import psycopg

from memosd.engines.common import statements
from memosd.engines.common.codec import Row

PACKAGE = "memosd.engines.postgres"

Operands = Mapping[str, object] | Sequence[object]
"""By name, or in order; psycopg knows how to send each."""
Connection = psycopg.AsyncConnection[Row]

_NONE: Mapping[str, object] = {}


def named_statements(topic: str) -> Mapping[str, str]:
    """The statements of `sql/<topic>.sql` by name."""
    return statements.named_statements(PACKAGE, topic)


@functools.cache
def statement(name: str) -> str:
    """The SQL text of `topic.name`. Raises `KeyError` for a name that does not exist."""
    topic, _, short = name.partition(".")
    return named_statements(topic)[short]


class Session:
    """What a read works with."""

    __slots__ = ("connection",)

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def run(self, name: str, operands: Operands = _NONE) -> None:
        """Run a named statement for what it does. Inside a write it is only sent; its error comes with a later one."""
        await self.connection.execute(_text(name), operands)

    async def fetch_all(self, name: str, operands: Operands = _NONE, *, condition: str | None = None) -> list[Row]:
        """All rows of a statement."""
        cursor = await self.connection.execute(_text(name, condition), operands, binary=True)
        return await cursor.fetchall()

    async def fetch_one(self, name: str, operands: Operands = _NONE) -> Row | None:
        """The first row of a statement."""
        cursor = await self.connection.execute(_text(name), operands, binary=True)
        return await cursor.fetchone()

    async def fetch_value(self, name: str, operands: Operands = _NONE, *, condition: str | None = None) -> Any:
        """The first value of the first row, None if there is no row."""
        cursor = await self.connection.execute(_text(name, condition), operands, binary=True)
        row = await cursor.fetchone()
        return None if row is None else row[0]


class Transaction(Session):
    """What a write works with."""

    __slots__ = ("_effects",)

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._effects: list[Callable[[], None]] = []

    async def run_many(self, name: str, rows: Sequence[Operands]) -> None:
        if rows:
            await self.connection.cursor().executemany(_text(name), rows)

    def after_commit(self, effect: Callable[[], None]) -> None:
        """Call it once the write is durable, before its caller goes on; not after a rollback."""
        self._effects.append(effect)

    def take_effect(self) -> None:
        for effect in self._effects:
            effect()


def _text(name: str, condition: str | None = None) -> LiteralString:
    """Statements are files of this package, and compiled filters bind every operand."""
    text = statement(name)
    return text if condition is None else text.replace("{condition}", condition)
