"""The graph of memories, the entities they mention and the messages they come from, as rows of `edges`."""

from collections.abc import Sequence

import apsw

from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.search import Scored
from memosd.engines.common.codec import fold_name, to_json
from memosd.engines.common.scoring import MAX_ENTITIES, MAX_LINKS, RARE, TELLING, Links, best_first
from memosd.engines.sqlite.database import Database, Transaction
from memosd.engines.sqlite.filters import Condition
from memosd.engines.sqlite.reach import owners_in_reach
from memosd.engines.sqlite.statements import fetch_all, fetch_one, fetch_value
from memosd.ports.index import Probe


def put(
    tx: Transaction,
    project: ProjectId,
    owner: int,
    number: int,
    *,
    sources: Sequence[str],
    entities: Sequence[tuple[str, str]],
) -> None:
    """Link a memory to the messages and the entities (folded name, label) of its content."""
    if sources:
        tx.run_many("graph.add_source", [(number, message, project) for message in sources])
    if entities:
        tx.run_many("graph.add_entity", [(owner, name, label) for name, label in entities])
        tx.run("graph.add_mentions", (number, owner, to_json([name for name, _ in entities])))


def link_after(tx: Transaction, project: ProjectId, number: int, predecessor: MemoryId) -> None:
    """Make the memory the next after its predecessor, and after no other; nothing if there is no such predecessor."""
    row = fetch_one(tx.connection, "graph.number", (predecessor, project))
    if row is not None and row[0] != number:
        tx.run("graph.drop_predecessors", (number,))
        tx.run("graph.add_edge", (row[0], "next", number))


def link_successor(tx: Transaction, project: ProjectId, number: int, successor: MemoryId, *, merged: bool) -> None:
    """Record that the successor, if it exists, took the memory's place."""
    row = fetch_one(tx.connection, "graph.number", (successor, project))
    if row is not None and row[0] != number:
        tx.run("graph.add_edge", (row[0], "merged" if merged else "supersedes", number))


def drop_mentions(tx: Transaction, number: int) -> None:
    """Unlink a memory from its entities; an entity that no memory mentions any more is dropped."""
    mentioned = fetch_value(tx.connection, "graph.mentioned_by", (number,))
    if mentioned != "[]":
        tx.run("graph.drop_edges", (number, "mentions"))
        tx.run("graph.drop_unmentioned", (mentioned,))


def drop_sources(tx: Transaction, number: int) -> None:
    tx.run("graph.drop_edges", (number, "source"))


def forget(tx: Transaction, number: int) -> None:
    """Remove the links that lead to a memory about to be deleted."""
    tx.run("graph.clear_replaced", (number,))
    tx.run("graph.drop_incoming", (number,))


class GraphIndex:
    """Memories that mention the entities of the question, and at a lower weight those sharing a rare entity with them.

    An entity weighs 1 / ln(2 + the number of memories that mention it).
    """

    name = "graph"

    def __init__(self, database: Database) -> None:
        self._database = database

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        names = list(dict.fromkeys(name for entity in probe.entities if (name := fold_name(entity))))[:MAX_ENTITIES]
        if not names or limit < 1:
            return []
        return await self._database.read(lambda connection: _search(connection, probe, names, limit))


def _search(connection: apsw.Connection, probe: Probe, names: list[str], limit: int) -> list[Scored]:
    kinds = to_json(sorted(probe.kinds))
    found: list[tuple[str, float]] = []
    for owner, where in owners_in_reach(connection, probe.project, probe.reaches):
        found += _search_owner(connection, owner, where, kinds, names)
    return best_first(found, limit)


def _search_owner(
    connection: apsw.Connection, owner: int, where: Condition, kinds: str, names: list[str]
) -> list[tuple[str, float]]:
    rows = fetch_all(connection, "graph.entities", (owner, to_json(names), TELLING + 1))
    entities: dict[int, int] = {entity: degree for entity, degree in rows if degree <= TELLING}
    if not entities:
        return []
    links = Links(entities)
    bridges = links.mentions(
        fetch_all(
            connection,
            "graph.mentioning",
            (to_json(list(entities)), owner, kinds, *where.operands, MAX_LINKS),
            condition=where.sql,
        )
    )
    if bridges:
        links.shares(
            fetch_all(
                connection,
                "graph.sharing",
                (to_json(bridges), to_json(list(entities)), RARE, owner, kinds, *where.operands, MAX_LINKS),
                condition=where.sql,
            )
        )
    return links.scores()
