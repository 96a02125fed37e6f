"""From the owners and filters a request may see to rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from memosd.domain.ids import ProjectId
from memosd.domain.scope import Reach
from memosd.engines.common.scoring import Numbers
from memosd.engines.postgres.filters import Condition, condition
from memosd.engines.postgres.session import Session


@dataclass(frozen=True, slots=True)
class Known:
    """An owner of whom something was recorded, with the compiled filter of one reach. stamp: see `owners.stamp`."""

    number: int
    stamp: int
    where: Condition


async def owners_in_reach(session: Session, project: ProjectId, reaches: Sequence[Reach]) -> list[Known]:
    """Each known owner with its compiled filter; the operands of each have names of their own."""
    asked = list(dict.fromkeys((reach.owner.kind.value, reach.owner.id) for reach in reaches))
    if not asked:
        return []
    rows = await session.fetch_all(
        "memories.owners", {"project": project, "kinds": [kind for kind, _ in asked], "ids": [id_ for _, id_ in asked]}
    )
    known = {(kind, own_id): (number, stamp) for kind, own_id, number, stamp in rows}
    found = []
    for place, reach in enumerate(reaches):
        of_owner = known.get((reach.owner.kind.value, reach.owner.id))
        if of_owner is not None:
            number, stamp = of_owner
            found.append(Known(number, stamp, condition(reach.where, number, prefix=f"f{place}_")))
    return found


def read_numbers(listed: str | None) -> Numbers:
    """Of a text such as '7,3,12', ascending."""
    return np.sort(np.fromstring(listed or "", dtype=np.int64, sep=","))
