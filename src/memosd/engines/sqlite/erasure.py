"""Deletion for good: from the records, every index, the graph and the history."""

from collections.abc import Sequence
from datetime import datetime

from memosd.domain.history import Cause
from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.scope import Owner
from memosd.engines.common.bell import Bell
from memosd.engines.common.codec import Row, to_json
from memosd.engines.common.erasure import Portion
from memosd.engines.common.events import subject_of_user
from memosd.engines.common.queue import WORK
from memosd.engines.sqlite import events, graph, text
from memosd.engines.sqlite.database import Transaction
from memosd.engines.sqlite.reach import owner_number
from memosd.engines.sqlite.statements import fetch_all, fetch_value
from memosd.engines.sqlite.vectors import VectorCache
from memosd.ports.storage import ERASED_AT_ONCE, Erased


def erase_memories(
    tx: Transaction, project: ProjectId, ids: Sequence[MemoryId], cache: VectorCache, at: datetime, by: Cause
) -> Erased:
    """All of the ids or none. Messages that no live memory cites any more are not learnt from again."""
    known = {
        own_id: (number, owner, of_project)
        for own_id, number, owner, of_project in fetch_all(tx.connection, "erasure.find", (to_json(ids),))
    }
    distinct = list(dict.fromkeys(ids))
    foreign = tuple(asked for asked in distinct if asked in known and known[asked][2] != project)
    unknown = tuple(asked for asked in distinct if asked not in known)
    if foreign or unknown:
        return Erased(foreign=foreign, unknown=unknown)
    numbers = to_json([number for number, _, _ in known.values()])
    sources = fetch_value(tx.connection, "erasure.sources", (numbers,))
    for name, (number, owner, _) in known.items():
        erase(tx, (number, owner, project, name), cache, at, by)
    tx.run("messages.forget_uncited", (sources,))
    return Erased(deleted=len(distinct))


def erase_user(
    tx: Transaction, project: ProjectId, user: str, cache: VectorCache, bell: Bell, at: datetime, by: Cause
) -> Portion:
    """Messages, tasks and memories that came from the user, and those of the user's own: so many of them."""
    found = fetch_all(tx.connection, "erasure.batches_of_user", (project, user, ERASED_AT_ONCE))
    batches, own = to_json([number for (number,) in found]), owner_number(tx.connection, project, Owner.user(user))
    ended = [task for (task,) in fetch_all(tx.connection, "tasks.of_batches", (batches,))]
    messages = int(fetch_value(tx.connection, "erasure.count_messages", (batches,)))
    tx.run("erasure.unlink_messages", (batches,))
    tx.run("erasure.drop_batches", (batches,))
    said_all = len(found) < ERASED_AT_ONCE
    asked = (project, user, own, ERASED_AT_ONCE)
    memories = fetch_all(tx.connection, "erasure.memories_of_user", asked) if said_all else []
    for number, owner, name in memories:
        erase(tx, (number, owner, project, name), cache, at, by)
    tx.run("erasure.drop_idle_owners", (to_json([own, *{owner for _, owner, _ in memories}]),))

    def tell() -> None:
        for name in (*ended, WORK):
            bell.ring(name)

    tx.after_answer(tell)
    if memories or messages:
        events.erase(tx, project, subject_of_user(user), at, by)
    return Portion(len(memories) + messages, last=said_all and len(memories) < ERASED_AT_ONCE)


def erase(tx: Transaction, memory: Row, cache: VectorCache, at: datetime, by: Cause) -> None:
    """One memory (its number, owner, project and id), from the records, every index and the history but a receipt."""
    number, owner, project, name = memory
    text.drop(tx, owner, number)
    graph.drop_mentions(tx, number)
    graph.forget(tx, number)
    tx.run("erasure.drop_memory", (number,))
    tx.after_commit(lambda: cache.drop(owner, number))
    events.erase(tx, project, name, at, by)
