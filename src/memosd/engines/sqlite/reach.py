"""From the owners and filters a request may see to rows."""

from collections.abc import Iterable

import apsw
import numpy as np
import orjson

from memosd.domain.filters import EVERYTHING
from memosd.domain.ids import ProjectId
from memosd.domain.scope import Owner, Reach
from memosd.engines.common.scoring import Numbers
from memosd.engines.sqlite.filters import Condition, condition
from memosd.engines.sqlite.statements import fetch_one, statement


def owner_number(connection: apsw.Connection, project: ProjectId, owner: Owner) -> int | None:
    """None if nothing was ever recorded for this owner."""
    found: tuple[int] | None = fetch_one(connection, "memories.owner_number", (project, owner.kind.value, owner.id))
    return found[0] if found else None


def owners_in_reach(
    connection: apsw.Connection, project: ProjectId, reaches: Iterable[Reach]
) -> list[tuple[int, Condition]]:
    """Each known owner with its compiled filter."""
    found = []
    for reach in reaches:
        number = owner_number(connection, project, reach.owner)
        if number is not None:
            found.append((number, condition(reach.where, number)))
    return found


_ANYTHING = condition(EVERYTHING, 0)


def allowed(connection: apsw.Connection, owner: int, where: Condition) -> Numbers | None:
    """The numbers of the owner's live memories that pass the filter, ascending; None if the filter lets all pass."""
    if where == _ANYTHING:
        return None
    sql = statement("memories.allowed").replace("{condition}", where.sql)
    numbers: list[int] = orjson.loads(connection.execute(sql, (owner, *where.operands)).get)
    return np.sort(np.array(numbers, dtype=np.int64))
