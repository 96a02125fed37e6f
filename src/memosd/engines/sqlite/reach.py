"""From the owners and filters a request may see to rows."""

from collections.abc import Iterable

import apsw

from memosd.domain.ids import ProjectId
from memosd.domain.scope import Owner, Reach
from memosd.engines.sqlite.filters import Condition, condition
from memosd.engines.sqlite.statements import fetch_one


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
