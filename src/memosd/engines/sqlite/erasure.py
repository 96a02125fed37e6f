"""Deletion for good: from the records, every index, the graph and the history."""

from collections.abc import Sequence

from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.scope import Owner
from memosd.engines.common.bell import Bell
from memosd.engines.common.codec import to_json
from memosd.engines.sqlite import graph, tasks, text
from memosd.engines.sqlite.database import Transaction
from memosd.engines.sqlite.reach import owner_number
from memosd.engines.sqlite.statements import fetch_all, fetch_value
from memosd.engines.sqlite.vectors import VectorCache
from memosd.ports.storage import Erased


def erase_memories(tx: Transaction, project: ProjectId, ids: Sequence[MemoryId], cache: VectorCache) -> Erased:
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
    for number, owner, _ in known.values():
        _erase(tx, number, owner, cache)
    tx.run("messages.forget_uncited", (sources,))
    return Erased(deleted=len(distinct))


def erase_user(tx: Transaction, project: ProjectId, user: str, cache: VectorCache, bell: Bell) -> Erased:
    """Messages, tasks and memories that came from the user, and those of the user's own."""
    own = owner_number(tx.connection, project, Owner.user(user))
    memories = fetch_all(tx.connection, "erasure.memories_of_user", (project, user, own))
    for number, owner in memories:
        _erase(tx, number, owner, cache)
    ended = [task for (task,) in fetch_all(tx.connection, "tasks.of_user", (project, user))]
    messages = int(fetch_value(tx.connection, "erasure.count_messages", (project, user)))
    tx.run("erasure.unlink_messages", (project, user))
    tx.run("erasure.drop_batches", (project, user))
    tx.run("erasure.drop_idle_owners", (to_json([own, *{owner for _, owner in memories}]),))

    def tell() -> None:
        for name in (*ended, tasks.WORK):
            bell.ring(name)

    tx.after_answer(tell)
    return Erased(deleted=len(memories) + messages)


def _erase(tx: Transaction, number: int, owner: int, cache: VectorCache) -> None:
    text.drop(tx, owner, number)
    graph.drop_mentions(tx, number)
    graph.forget(tx, number)
    tx.run("erasure.drop_memory", (number,))
    tx.after_commit(lambda: cache.drop(owner, number))
