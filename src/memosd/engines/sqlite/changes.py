"""The changes of memories, as triggers number them, for indexes that live elsewhere."""

import apsw
import numpy as np

from memosd.domain.ids import ProjectId
from memosd.domain.scope import Owner, OwnerKind
from memosd.engines.common.codec import decode_memory, to_json
from memosd.engines.sqlite.database import Database
from memosd.engines.sqlite.memories import vectors_of
from memosd.engines.sqlite.reach import owner_number
from memosd.engines.sqlite.statements import fetch_all, fetch_value
from memosd.ports.models import Vectors
from memosd.ports.projection import Changed, Scope, Standing

NOBODY = -1
KNOWN = 10_000
"""Scopes whose standing is remembered."""


class SqliteChanges:
    """`memosd.ports.projection.Changes`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[Scope | None, tuple[int, Standing]] = {}

    async def standing(self, scope: Scope | None) -> Standing:
        """Read once for each commit: most searches come without one in between."""
        stamp = self._database.stamp
        known = self._known.get(scope)
        if known is not None and known[0] == stamp:
            return known[1]
        if len(self._known) >= KNOWN:
            self._known.clear()
        standing = await self._standing(scope)
        self._known[scope] = stamp, standing
        return standing

    async def _standing(self, scope: Scope | None) -> Standing:
        def read(connection: apsw.Connection) -> Standing:
            if scope is None:
                return Standing(0, int(fetch_value(connection, "changes.last")))
            number = _number(connection, scope)
            return Standing(number, int(fetch_value(connection, "changes.last_of_owner", (number,))))

        return await self._database.read(read)

    async def since(self, position: int, *, scope: Scope | None, model: str | None, limit: int) -> list[Changed]:
        return await self._database.read(lambda connection: _since(connection, position, scope, model, limit))

    async def count(self, scope: Scope | None, *, model: str | None) -> int:
        def read(connection: apsw.Connection) -> int:
            number = None if scope is None else _number(connection, scope)
            name = "changes.mentioning" if model is None else "changes.vectors"
            return int(fetch_value(connection, name, (number,) if model is None else (number, model)))

        return await self._database.read_apart(read)

    async def large(self, *, least: int) -> list[Scope]:
        rows = await self._database.read_apart(lambda connection: fetch_all(connection, "changes.large", (least,)))
        return [(ProjectId(project), Owner(OwnerKind(kind), id_)) for project, kind, id_ in rows]


def _number(connection: apsw.Connection, scope: Scope) -> int:
    number = owner_number(connection, *scope)
    return NOBODY if number is None else number


def _since(
    connection: apsw.Connection, position: int, scope: Scope | None, model: str | None, limit: int
) -> list[Changed]:
    name = "changes.since" if scope is None else "changes.since_of_owner"
    number = None if scope is None else _number(connection, scope)
    changes = fetch_all(connection, name, (number, position, limit))
    numbers = to_json([memory for _, memory in changes])
    memories = {row[16]: decode_memory(row) for row in fetch_all(connection, "memories.by_numbers", (numbers,))}
    vectors = {} if model is None else vectors_of(connection, numbers, model)
    nothing: Vectors = np.empty((0, 1), dtype=np.float32)
    found = []
    for no, memory in changes:
        known = memories.get(memory)
        live = known if known is not None and known.active else None
        found.append(Changed(no, memory, live, vectors.get(memory, nothing)))
    return found
