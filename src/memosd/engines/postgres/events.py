"""The history as rows: what happened to each memory, and what was believed at a time."""

from collections.abc import Sequence
from datetime import datetime

from memosd.domain.filters import matches
from memosd.domain.history import Action, Cause, Event
from memosd.domain.ids import ProjectId, TaskId
from memosd.domain.memories import Kind, Memory
from memosd.domain.scope import Reach
from memosd.engines.common.codec import decode_memory, micros
from memosd.engines.common.events import LAST, PORTION, decode_event, encode_event
from memosd.engines.postgres.session import Session, Transaction


async def record(tx: Transaction, project: ProjectId, events: Sequence[Event]) -> None:
    await tx.run_many("events.add", [encode_event(project, event) for event in events])


async def erase(tx: Transaction, project: ProjectId, subjects: Sequence[str], at: datetime, cause: Cause) -> None:
    """Take back what the events say, and leave a receipt each."""
    await tx.run("events.drop_of_subjects", {"project": project, "subjects": list(subjects)})
    await record(tx, project, [Event(subject, Action.DELETED, at, cause) for subject in subjects])


async def of_subject(session: Session, project: ProjectId, subject: str) -> list[Event]:
    rows = await session.fetch_all("events.of_subject", {"project": project, "subject": subject})
    return [decode_event(row) for row in rows]


async def of_task(session: Session, project: ProjectId, task: TaskId) -> list[tuple[Kind, Event]]:
    rows = await session.fetch_all("events.of_cause", {"project": project, "cause": task})
    return [(Kind(row[0]), decode_event(row[1:])) for row in rows]


async def believed(
    session: Session,
    project: ProjectId,
    reaches: Sequence[Reach],
    kinds: frozenset[Kind],
    at: datetime,
    limit: int,
) -> list[Memory]:
    found: list[Memory] = []
    for reach in reaches:
        whose = {"project": project, "kind": reach.owner.kind.value, "id": reach.owner.id}
        owner = await session.fetch_value("memories.owner_number", whose)
        if owner is not None:
            found += await _of_reach(session, project, owner, reach, kinds, at, limit)
    return found


async def _of_reach(
    session: Session, project: ProjectId, owner: int, reach: Reach, kinds: frozenset[Kind], at: datetime, limit: int
) -> list[Memory]:
    """What kind a memory was, and how it was labelled, its version of that time alone can tell: no index, which has the
    present ones, can choose among them."""
    found: list[Memory] = []
    asked = {"project": project, "owner": owner, "at": micros(at), "limit": PORTION}
    before = LAST
    while len(found) < limit and (rows := await session.fetch_all("events.believed", {**asked, "before": before})):
        memories = map(decode_memory, rows)
        found += [m for m in memories if m.content.kind in kinds and matches(reach.where, m)]
        before = rows[-1][-1]
    return found[:limit]
