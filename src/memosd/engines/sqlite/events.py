"""The history as rows: what happened to each memory, and what was believed at a time."""

from collections.abc import Sequence
from datetime import datetime

import apsw

from memosd.domain.filters import matches
from memosd.domain.history import Action, Cause, Event
from memosd.domain.ids import ProjectId, TaskId
from memosd.domain.memories import Kind, Memory
from memosd.domain.scope import Reach
from memosd.engines.common.codec import decode_memory, micros
from memosd.engines.common.events import decode_event, encode_event
from memosd.engines.sqlite.database import Transaction
from memosd.engines.sqlite.reach import owner_number
from memosd.engines.sqlite.statements import fetch_all


def record(tx: Transaction, project: ProjectId, event: Event) -> None:
    tx.run("events.add", encode_event(project, event))


def erase(tx: Transaction, project: ProjectId, subject: str, at: datetime, cause: Cause) -> None:
    """Take back what the events say, and leave a receipt."""
    tx.run("events.drop_of_subject", (subject,))
    record(tx, project, Event(subject, Action.DELETED, at, cause))


def of_subject(connection: apsw.Connection, project: ProjectId, subject: str) -> list[Event]:
    return [decode_event(row) for row in fetch_all(connection, "events.of_subject", (project, subject))]


def believed(
    connection: apsw.Connection,
    project: ProjectId,
    reaches: Sequence[Reach],
    kinds: frozenset[Kind],
    at: datetime,
    limit: int,
) -> list[Memory]:
    found: list[Memory] = []
    for reach in reaches:
        owner = owner_number(connection, project, reach.owner)
        if owner is None:
            continue
        for row in fetch_all(connection, "events.believed", (owner, micros(at), limit)):
            memory = decode_memory(row)
            if memory.content.kind in kinds and matches(reach.where, memory):
                found.append(memory)
    return found[:limit]


def of_task(connection: apsw.Connection, project: ProjectId, task: TaskId) -> list[tuple[Kind, Event]]:
    rows = fetch_all(connection, "events.of_cause", (project, task))
    return [(Kind(row[0]), decode_event(row[1:])) for row in rows]
