"""Memories as rows: writing them with everything that makes them findable, and reading them back.

The writing functions run inside a transaction that holds the owner's lock; none of them commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from memosd.domain.changes import Retire
from memosd.domain.history import Action, Cause, Event, action_of
from memosd.domain.ids import MemoryId, MessageId, ProjectId
from memosd.domain.memories import Kind, Memory
from memosd.domain.messages import Batch
from memosd.domain.scope import Owner, Reach
from memosd.engines.common.codec import EncodedContent, decode_memory, encode_info, info_rows, micros
from memosd.engines.common.decoded import Decoded, DecodedCache, Version, rank, vectors_by_memory
from memosd.engines.postgres import events, graph, halfvec, text
from memosd.engines.postgres.filters import Condition
from memosd.engines.postgres.halfvec import HalfVector
from memosd.engines.postgres.reach import owners_in_reach
from memosd.engines.postgres.session import Session, Transaction
from memosd.engines.postgres.storable import storable
from memosd.ports.models import Vectors
from memosd.ports.storage import Page, Ranked


async def ensure_owner(tx: Transaction, project: ProjectId, owner: Owner) -> int:
    operands = {"project": project, "kind": owner.kind.value, "id": owner.id}
    await tx.run("memories.add_owner", operands)
    return int(await tx.fetch_value("memories.owner_number", operands))


async def numbers(tx: Transaction, count: int) -> list[int]:
    """Numbers for so many new memories, ascending."""
    if not count:
        return []
    return sorted(int(number) for (number,) in await tx.fetch_all("memories.numbers", {"count": count}))


@dataclass(frozen=True, slots=True)
class Place:
    """Where contents are written: whose they are, when and why it happens, and the model of their vectors."""

    project: ProjectId
    owner: int
    at: datetime
    cause: Cause
    model: str = ""


async def add(
    tx: Transaction,
    encoded: EncodedContent,
    batch: Batch,
    place: Place,
    number: int,
    *,
    version: int = 1,
    written: datetime | None = None,
) -> None:
    """Write a memory that is new here and comes from this batch.

    version, written: which version of the memory its content is, and since when, if that is not its first one.
    """
    written = written or place.at
    await tx.run(
        "memories.add",
        {
            **_content_columns(encoded, place, number),
            "id": encoded.id,
            "owner": place.owner,
            "user": batch.user,
            "conversation": batch.conversation,
            "agent": batch.agent,
            "app": batch.app,
            "info": encode_info(batch.info),
            "version": version,
            "updated": micros(written),
        },
    )
    values = dict.fromkeys(info_rows(batch.info))
    await tx.run_many(
        "memories.add_info",
        [
            {
                "project": place.project,
                "owner": place.owner,
                "key": storable(key),
                "text": storable(text),
                "value": value,
                "listed": listed,
                "number": number,
            }
            for key, text, value, listed in values
        ],
    )
    await _write_content(tx, encoded, place, number, version, written)


async def made(tx: Transaction, encoded: EncodedContent, place: Place) -> None:
    """Record that a memory was added."""
    event = Event(encoded.id, Action.MADE, place.at, place.cause, after=1)
    await events.record(tx, place.project, [event])


async def revise(
    tx: Transaction, encoded: EncodedContent, place: Place, number: int, version: int, *, action: Action
) -> None:
    """Give a memory its next version, this one, with which it is live; the earlier one stays in the history."""
    await tx.run("memories.revise", {**_content_columns(encoded, place, number), "version": version})
    await tx.run("memories.drop_tags", {"project": place.project, "number": number})
    await leave_indexes(tx, place.project, number)
    await graph.drop_sources(tx, place.project, number)
    await _write_content(tx, encoded, place, number, version, place.at)
    before = None if action is Action.RESTORED else version - 1
    event = Event(encoded.id, action, place.at, place.cause, before, version)
    await events.record(tx, place.project, [event])


async def retire(tx: Transaction, change: Retire, place: Place, number: int, version: int) -> None:
    """Take a live memory, of this version, out of every index; it stays in the records."""
    operands = {
        "project": place.project,
        "number": number,
        "at": micros(place.at),
        "because": change.because,
        "replaced_by": change.replaced_by,
    }
    await tx.run("memories.retire", operands)
    await leave_indexes(tx, place.project, number)
    action, other = action_of(change, place.cause), change.replaced_by
    event = Event(change.id, action, place.at, place.cause, version, because=change.because, other=other)
    await events.record(tx, place.project, [event])


async def leave_indexes(tx: Transaction, project: ProjectId, number: int) -> None:
    await text.drop(tx, project, number)
    await graph.drop_mentions(tx, project, [number])
    await tx.run("vectors.drop", {"project": project, "number": number})


def _content_columns(encoded: EncodedContent, place: Place, number: int) -> dict[str, object]:
    return {
        "project": place.project,
        "number": number,
        "kind": encoded.kind,
        "said_at": encoded.said_at,
        "holds_from": encoded.holds_from,
        "holds_until": encoded.holds_until,
        "recorded": micros(place.at),
        "draft": encoded.draft,
    }


async def _write_content(
    tx: Transaction, encoded: EncodedContent, place: Place, number: int, version: int, written: datetime
) -> None:
    project, owner = place.project, place.owner
    recorded = {"version": version, "recorded": micros(written), "content": encoded.body}
    await tx.run("memories.add_version", {"project": project, "number": number, **recorded})
    if encoded.tags:
        tags = {"project": project, "owner": owner, "number": number, "tags": list(encoded.tags)}
        await tx.run("memories.add_tags", tags)
    if not encoded.draft:
        await text.put(tx, project, owner, number, Kind(encoded.kind), encoded.terms)
    await graph.put(tx, project, owner, number, encoded)
    scope = {"project": project, "owner": owner, "number": number, "model": place.model, "kind": encoded.kind}
    await tx.run_many(
        "vectors.add",
        [{**scope, "key": key, "vector": HalfVector.of_stored(vector)} for key, vector in enumerate(encoded.vectors)],
    )


async def by_ids(session: Session, project: ProjectId, ids: Sequence[MemoryId]) -> list[Memory]:
    rows = await session.fetch_all("memories.by_ids", {"project": project, "ids": list(ids)})
    return [decode_memory(row) for row in rows]


async def made_from(session: Session, project: ProjectId, messages: Sequence[MessageId], retired: bool) -> list[Memory]:
    asked = {"project": project, "messages": list(messages), "retired": retired}
    rows = await session.fetch_all("memories.made_from", asked)
    return [decode_memory(row) for row in rows]


async def versions(session: Session, project: ProjectId, id: MemoryId) -> list[Memory]:
    rows = await session.fetch_all("memories.versions", {"project": project, "id": id})
    return [decode_memory(row) for row in rows]


async def ranked(
    session: Session, project: ProjectId, ids: Sequence[MemoryId], model: str, decoded: DecodedCache
) -> list[Ranked]:
    rows: list[tuple[int, int, int | None]]
    rows = await session.fetch_all("memories.current", {"project": project, "ids": list(ids)})
    known = decoded.get([(number, version) for number, version, retired_at in rows if retired_at is None])
    scope = {"project": project, "numbers": [number for number, _, _ in rows]}
    missing = [number for number, version, _ in rows if (number, version) not in known]
    if missing:
        read = await _decoded(session, project, missing)
        decoded.put({version: each for version, each in read.items() if each.memory.active})
        known.update(read)
    before = {number: MemoryId(name) for number, name in await session.fetch_all("memories.followed_by", scope)}
    return rank(rows, known, await _vectors(session, {**scope, "model": model}), before)


async def _decoded(session: Session, project: ProjectId, numbers: Sequence[int]) -> dict[Version, Decoded]:
    rows = await session.fetch_all("memories.by_numbers", {"project": project, "numbers": list(numbers)})
    memories = [(row[16], decode_memory(row)) for row in rows]
    return {(number, m.version): Decoded(m, frozenset(m.content.terms)) for number, m in memories}


async def _vectors(session: Session, scope: dict[str, object]) -> dict[int, Vectors]:
    """The vectors of each memory that has any under this model, by its number."""
    rows = await session.fetch_all("vectors.of_memories", scope)
    return vectors_by_memory([row[0] for row in rows], halfvec.decode([row[1] for row in rows])) if rows else {}


async def browse(
    session: Session,
    project: ProjectId,
    user: str,
    *,
    reach: Sequence[Reach],
    kinds: frozenset[Kind],
    offset: int,
    limit: int,
) -> Page:
    parts = []
    for place, known in enumerate(await owners_in_reach(session, project, reach)):
        name = f"owner{place}"
        sql = f"(m.owner = %({name})s AND {known.where.sql})"
        parts.append(Condition(sql, {name: known.number, **known.where.operands}))
    if not parts:
        return Page(0, ())
    condition = " OR ".join(part.sql for part in parts)
    operands: dict[str, object] = {"project": project, "user": user, "kinds": sorted(kinds)}
    for part in parts:
        operands.update(part.operands)
    total = await session.fetch_value("memories.count_browsed", operands, condition=condition)
    page = {**operands, "limit": limit, "offset": offset}
    rows = await session.fetch_all("memories.browse", page, condition=condition)
    return Page(int(total), tuple(decode_memory(row) for row in rows))
