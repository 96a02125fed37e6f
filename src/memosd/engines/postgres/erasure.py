"""Deletion for good: from the records, every index, the graph and the history."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from memosd.domain.history import Cause
from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.scope import Owner, OwnerKind
from memosd.engines.common.erasure import Portion
from memosd.engines.common.events import subject_of_user
from memosd.engines.common.queue import WORK
from memosd.engines.postgres import events, graph
from memosd.engines.postgres.listener import Listener
from memosd.engines.postgres.locks import lock_names, lock_user, owner_lock
from memosd.engines.postgres.session import Transaction
from memosd.ports.storage import ERASED_AT_ONCE, Erased


async def erase_memories(
    tx: Transaction, project: ProjectId, ids: Sequence[MemoryId], at: datetime, by: Cause
) -> Erased:
    """All of the ids or none. Messages that no live memory cites any more are not learnt from again."""
    distinct = list(dict.fromkeys(ids))
    found = await tx.fetch_all("erasure.find", {"ids": distinct})
    # A memory never changes its owner: with the owners' locks held, what is still there stays.
    owned = [Owner(OwnerKind(kind), own_id) for *_, of, kind, own_id in found if of == project]
    await lock_names(tx, {owner_lock(project, owner) for owner in owned})
    known = {row[0]: row for row in await tx.fetch_all("erasure.find", {"ids": distinct})}
    foreign = tuple(asked for asked in distinct if asked in known and known[asked][3] != project)
    unknown = tuple(asked for asked in distinct if asked not in known)
    if foreign or unknown:
        return Erased(foreign=foreign, unknown=unknown)
    numbers = {name: row[1] for name, row in known.items()}
    rows = await tx.fetch_all("erasure.sources", {"project": project, "numbers": list(numbers.values())})
    await _erase(tx, project, numbers, at, by)
    await tx.run("messages.forget_uncited", {"project": project, "numbers": [source for (source,) in rows]})
    owners = list({row[2] for row in known.values()})
    await tx.run("memories.stamp_owners", {"project": project, "owners": owners})
    return Erased(deleted=len(distinct))


async def erase_known(tx: Transaction, project: ProjectId, ids: Sequence[MemoryId], at: datetime, by: Cause) -> None:
    """Those of the ids that are still there, all of this project. Their owners' locks are held."""
    known = [row for row in await tx.fetch_all("erasure.find", {"ids": list(ids)}) if row[3] == project]
    await _erase(tx, project, {row[0]: row[1] for row in known}, at, by)
    await tx.run("memories.stamp_owners", {"project": project, "owners": sorted({row[2] for row in known})})


async def erase_user(
    tx: Transaction, project: ProjectId, user: str, listener: Listener, at: datetime, by: Cause
) -> Portion:
    """Messages, tasks and memories that came from the user, and those of the user's own: so many of them."""
    scope = {"project": project, "user": user, "limit": ERASED_AT_ONCE}
    await lock_user(tx, project, user, alone=True)
    said = await tx.fetch_all("erasure.batches_of_user", scope)
    said_all = len(said) < ERASED_AT_ONCE
    made = await tx.fetch_all("erasure.memories_of_user", scope) if said_all else []
    batches = {"project": project, "numbers": [number for number, *_ in said]}
    ended = await tx.fetch_all("tasks.of_batches", batches)
    owners = {Owner.user(user), *(Owner(OwnerKind(kind), own_id) for _, kind, own_id in (*said, *made))}
    locks = {owner_lock(project, owner) for owner in owners} | {lock for _, lock in ended}
    await lock_names(tx, locks)
    count = int(await tx.fetch_value("erasure.count_messages", batches))
    await tx.run("erasure.unlink_messages", batches)
    await tx.run("erasure.drop_batches", batches)
    await tx.run("tasks.advance", {"locks": sorted(locks)})
    # Those that are still there, now that their owners' locks are held.
    known = [row for row in await tx.fetch_all("erasure.find", {"ids": [row[0] for row in made]}) if row[3] == project]
    await _erase(tx, project, {row[0]: row[1] for row in known}, at, by)
    own = await tx.fetch_value("memories.owner_number", {"project": project, "kind": OwnerKind.USER.value, "id": user})
    idle = sorted({own, *(row[2] for row in known)} - {None})
    await tx.run("memories.stamp_owners", {"project": project, "owners": idle})
    await tx.run("erasure.drop_idle_owners", {"project": project, "owners": idle})
    if known or count:
        await events.erase(tx, project, [subject_of_user(user)], at, by)
    tx.after_commit(lambda: listener.tell([*(task for task, _ in ended), WORK]))
    return Portion(len(known) + count, last=said_all and len(made) < ERASED_AT_ONCE)


async def _erase(tx: Transaction, project: ProjectId, memories: Mapping[str, int], at: datetime, by: Cause) -> None:
    """The memories of these ids and numbers, from the records, every index and the history but a receipt each."""
    numbers = list(memories.values())
    await graph.drop_mentions(tx, project, numbers)
    await graph.forget(tx, project, numbers)
    await tx.run("erasure.drop_memories", {"project": project, "numbers": numbers})
    await events.erase(tx, project, list(memories), at, by)
