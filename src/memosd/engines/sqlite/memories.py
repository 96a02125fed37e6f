"""Memories as rows: writing them with everything that makes them findable, and reading them back.

The writing functions run inside a transaction of the writer; none of them commits.
"""

from collections.abc import Sequence
from datetime import datetime

import apsw

from memosd.domain.changes import Retire
from memosd.domain.history import Action, Cause, Event, action_of
from memosd.domain.ids import MemoryId, MessageId, ProjectId
from memosd.domain.memories import Kind, Memory
from memosd.domain.messages import Batch
from memosd.domain.scope import Owner, Reach
from memosd.engines.common.codec import (
    EncodedContent,
    decode_memory,
    decode_vectors,
    encode_info,
    info_rows,
    micros,
    to_json,
)
from memosd.engines.common.decoded import Decoded, DecodedCache, Version, rank, vectors_by_memory
from memosd.engines.sqlite import events, graph, text
from memosd.engines.sqlite.database import Transaction
from memosd.engines.sqlite.filters import Condition
from memosd.engines.sqlite.reach import owner_number, owners_in_reach
from memosd.engines.sqlite.statements import fetch_all, fetch_one, fetch_value
from memosd.engines.sqlite.vectors import VectorCache
from memosd.ports.models import Vectors
from memosd.ports.storage import Page, Ranked


def ensure_owner(tx: Transaction, project: ProjectId, owner: Owner) -> int:
    number = owner_number(tx.connection, project, owner)
    if number is None:
        number = int(fetch_value(tx.connection, "memories.add_owner", (project, owner.kind.value, owner.id)))
    return number


def live_of_owner(tx: Transaction, id: MemoryId, owner: int) -> tuple[int, int] | None:
    """Number and version of a live memory of this owner; None if it is another's, retired or deleted."""
    found: tuple[int, int] | None = fetch_one(tx.connection, "memories.live_of_owner", (id, owner))
    return found


def retired_of_owner(tx: Transaction, id: MemoryId, owner: int) -> tuple[int, int] | None:
    """Number and version of a retired memory of this owner."""
    found: tuple[int, int] | None = fetch_one(tx.connection, "memories.retired_of_owner", (id, owner))
    return found


def add(
    tx: Transaction,
    encoded: EncodedContent,
    batch: Batch,
    owner: int,
    at: datetime,
    *,
    cause: Cause,
    model: str,
    cache: VectorCache,
) -> int:
    """Write a new memory that comes from this batch; returns its number."""
    recorded = micros(at)
    tx.run(
        "memories.add",
        (
            encoded.id,
            batch.project,
            owner,
            batch.user,
            batch.conversation,
            batch.agent,
            batch.app,
            encoded.kind,
            encoded.said_at,
            encoded.holds_from,
            encoded.holds_until,
            recorded,
            recorded,
            encoded.draft,
            encode_info(batch.info),
        ),
    )
    number = tx.connection.last_insert_rowid()
    rows = [(owner, key, text, number, listed, number_) for key, text, number_, listed in info_rows(batch.info)]
    if rows:
        tx.run_many("memories.add_info", rows)
    _write_content(tx, encoded, batch.project, owner, number, 1, recorded, model=model, cache=cache)
    events.record(tx, batch.project, Event(encoded.id, Action.MADE, at, cause, after=1))
    return number


def revise(
    tx: Transaction,
    encoded: EncodedContent,
    project: ProjectId,
    owner: int,
    live: tuple[int, int],
    at: datetime,
    *,
    action: Action,
    cause: Cause,
    model: str,
    cache: VectorCache,
) -> None:
    """Give a memory its next version, with which it is live; the earlier one stays in the history."""
    number, version = live
    recorded = micros(at)
    tx.run(
        "memories.revise",
        (
            version + 1,
            encoded.kind,
            encoded.said_at,
            encoded.holds_from,
            encoded.holds_until,
            recorded,
            encoded.draft,
            number,
        ),
    )
    tx.run("memories.drop_tags", (number,))
    leave_indexes(tx, owner, number, cache)
    graph.drop_sources(tx, number)
    _write_content(tx, encoded, project, owner, number, version + 1, recorded, model=model, cache=cache)
    before = None if action is Action.RESTORED else version
    events.record(tx, project, Event(encoded.id, action, at, cause, before, version + 1))


def retire(
    tx: Transaction,
    project: ProjectId,
    change: Retire,
    owner: int,
    live: tuple[int, int],
    at: datetime,
    *,
    cause: Cause,
    cache: VectorCache,
) -> None:
    """Take a live memory out of every index; it stays in the records."""
    number, version = live
    tx.run("memories.retire", (micros(at), change.because, change.replaced_by, number))
    leave_indexes(tx, owner, number, cache)
    action = action_of(change, cause)
    event = Event(change.id, action, at, cause, version, because=change.because, other=change.replaced_by)
    events.record(tx, project, event)


def leave_indexes(tx: Transaction, owner: int, number: int, cache: VectorCache) -> None:
    text.drop(tx, owner, number)
    graph.drop_mentions(tx, number)
    tx.run("memories.drop_embeddings", (number,))
    tx.after_commit(lambda: cache.drop(owner, number))


def _write_content(
    tx: Transaction,
    encoded: EncodedContent,
    project: ProjectId,
    owner: int,
    number: int,
    version: int,
    recorded: int,
    *,
    model: str,
    cache: VectorCache,
) -> None:
    tx.run("memories.add_version", (number, version, recorded, encoded.body))
    for tag in encoded.tags:
        tx.run("memories.add_tag", (owner, tag, number))
    if not encoded.draft:
        text.put(tx, owner, number, Kind(encoded.kind), encoded.terms)
    graph.put(tx, project, owner, number, sources=encoded.sources, entities=encoded.entities)
    if encoded.vectors:
        tx.run_many(
            "memories.add_embedding",
            [(number, model, key, len(vector) // 2, vector) for key, vector in enumerate(encoded.vectors)],
        )
        tx.after_commit(lambda: cache.put(owner, model, number, encoded.id, encoded.kind, encoded.vectors))


def by_ids(connection: apsw.Connection, project: ProjectId, ids: Sequence[MemoryId]) -> list[Memory]:
    rows = fetch_all(connection, "memories.by_ids", (project, to_json(ids)))
    return [decode_memory(row) for row in rows]


def made_from(
    connection: apsw.Connection, project: ProjectId, messages: Sequence[MessageId], retired: bool
) -> list[Memory]:
    rows = fetch_all(connection, "memories.made_from", (project, to_json(messages), retired))
    return [decode_memory(row) for row in rows]


def versions(connection: apsw.Connection, project: ProjectId, id: MemoryId) -> list[Memory]:
    rows = fetch_all(connection, "memories.versions", (project, id))
    return [decode_memory(row) for row in rows]


def ranked(
    connection: apsw.Connection, project: ProjectId, ids: Sequence[MemoryId], model: str, decoded: DecodedCache
) -> list[Ranked]:
    rows: list[tuple[int, int, int | None]] = fetch_all(connection, "memories.current", (project, to_json(ids)))
    known = decoded.get([(number, version) for number, version, retired_at in rows if retired_at is None])
    missing = [number for number, version, _ in rows if (number, version) not in known]
    if missing:
        read = _decoded(connection, missing)
        decoded.put({version: each for version, each in read.items() if each.memory.active})
        known.update(read)
    numbers = to_json([number for number, _, _ in rows])
    before = {number: MemoryId(name) for number, name in fetch_all(connection, "memories.followed_by", (numbers,))}
    return rank(rows, known, vectors_of(connection, numbers, model), before)


def _decoded(connection: apsw.Connection, numbers: Sequence[int]) -> dict[Version, Decoded]:
    rows = fetch_all(connection, "memories.by_numbers", (to_json(numbers),))
    memories = [(row[16], decode_memory(row)) for row in rows]
    return {(number, m.version): Decoded(m, frozenset(m.content.terms)) for number, m in memories}


def vectors_of(connection: apsw.Connection, numbers: str, model: str) -> dict[int, Vectors]:
    """The vectors of each memory that has any under this model, by its number. numbers: a JSON list."""
    rows = fetch_all(connection, "memories.embeddings_of", (numbers, model))
    vectors = decode_vectors([row[2] for row in rows], dimension=rows[0][1] if rows else 1)
    return vectors_by_memory([row[0] for row in rows], vectors)


def browse(
    connection: apsw.Connection,
    project: ProjectId,
    user: str,
    *,
    reach: Sequence[Reach],
    kinds: frozenset[Kind],
    offset: int,
    limit: int,
) -> Page:
    parts = [
        Condition(f"(m.owner = ? AND {part.sql})", (owner, *part.operands))
        for owner, part in owners_in_reach(connection, project, reach)
    ]
    if not parts:
        return Page(0, ())
    condition = " OR ".join(part.sql for part in parts)
    operands = (project, user, to_json(sorted(kinds)), *(operand for part in parts for operand in part.operands))
    total = fetch_value(connection, "memories.count_browsed", operands, condition=condition)
    rows = fetch_all(connection, "memories.browse", (*operands, limit, offset), condition=condition)
    return Page(int(total), tuple(decode_memory(row) for row in rows))
