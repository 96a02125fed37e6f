"""The history as rows: what happened to each memory, and what was believed at a time."""

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime

import apsw

from memosd.domain.filters import matches
from memosd.domain.history import Action, Cause, Event
from memosd.domain.ids import ProjectId, TaskId
from memosd.domain.memories import Kind, Memory
from memosd.domain.scope import Reach
from memosd.engines.common.codec import decode_memory, micros
from memosd.engines.common.events import LAST, PORTION, decode_event, encode_event
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
        if owner is not None:
            wanted = (
                m for m in _of_owner(connection, owner, at) if m.content.kind in kinds and matches(reach.where, m)
            )
            found += itertools.islice(wanted, limit)
    return found


def _of_owner(connection: apsw.Connection, owner: int, at: datetime) -> Iterator[Memory]:
    """All that was live then, newest first. What kind a memory was, and how it was labelled, its version of that time
    alone can tell: no index, which has the present ones, can choose among them."""
    before = LAST
    while rows := fetch_all(connection, "events.believed", (owner, micros(at), before, PORTION)):
        yield from map(decode_memory, rows)
        before = rows[-1][-1]


def of_task(connection: apsw.Connection, project: ProjectId, task: TaskId) -> list[tuple[Kind, Event]]:
    rows = fetch_all(connection, "events.of_cause", (project, task))
    return [(Kind(row[0]), decode_event(row[1:])) for row in rows]
