"""The graph of memories, the entities they mention and the messages they come from, as rows of `edges`."""

from collections.abc import Sequence

from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.search import Scored
from memosd.engines.common.codec import EncodedContent, fold_name
from memosd.engines.common.scoring import MAX_ENTITIES, MAX_LINKS, RARE, TELLING, Links, best_first
from memosd.engines.postgres.database import Database
from memosd.engines.postgres.reach import Known, owners_in_reach
from memosd.engines.postgres.session import Session, Transaction
from memosd.engines.postgres.storable import indexable, storable
from memosd.ports.index import Probe


async def put(
    tx: Transaction, project: ProjectId, owner: int, number: int, encoded: EncodedContent, *, mentions: bool = True
) -> None:
    """Link a memory to the messages and, if it `mentions` any, to the entities of its content."""
    if encoded.sources:
        await tx.run("graph.add_sources", {"project": project, "number": number, "sources": list(encoded.sources)})
    if encoded.entities and mentions:
        # In one order, whoever writes.
        names = {indexable(name): storable(label) for name, label in sorted(encoded.entities)}
        operands = {"project": project, "owner": owner, "names": list(names), "labels": list(names.values())}
        await tx.run("graph.add_entities", operands)
        await tx.run("graph.add_mentions", {"project": project, "owner": owner, "number": number, "names": list(names)})


async def link_after(tx: Transaction, project: ProjectId, number: int, predecessor: MemoryId) -> None:
    """Make the memory the next after its predecessor, and after no other; nothing if there is no such predecessor."""
    operands = {"project": project, "number": number, "predecessor": predecessor}
    await tx.run("graph.drop_predecessors", operands)
    await tx.run("graph.link_after", operands)


async def link_successor(
    tx: Transaction, project: ProjectId, number: int, successor: MemoryId, *, merged: bool
) -> None:
    """Record that the successor, if it exists, took the memory's place."""
    kind = "merged" if merged else "supersedes"
    await tx.run("graph.link_successor", {"project": project, "number": number, "successor": successor, "kind": kind})


async def drop_mentions(tx: Transaction, project: ProjectId, numbers: Sequence[int]) -> None:
    """Unlink memories from their entities; an entity that no memory mentions any more is dropped."""
    await tx.run("graph.drop_unmentioned", {"project": project, "numbers": list(numbers)})
    await tx.run("graph.drop_edges", {"project": project, "numbers": list(numbers), "kind": "mentions"})


async def drop_sources(tx: Transaction, project: ProjectId, number: int) -> None:
    await tx.run("graph.drop_edges", {"project": project, "numbers": [number], "kind": "source"})


async def forget(tx: Transaction, project: ProjectId, numbers: Sequence[int]) -> None:
    """Remove the links that lead to memories about to be deleted."""
    operands = {"project": project, "numbers": list(numbers)}
    await tx.run("graph.clear_replaced", operands)
    await tx.run("graph.drop_incoming", operands)


class GraphIndex:
    """Memories that mention the entities of the question, and at a lower weight those sharing a rare entity with them.

    `engines.common.scoring.Links` says how they score.
    """

    name = "graph"

    def __init__(self, database: Database) -> None:
        self._database = database

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        names = list(dict.fromkeys(name for entity in probe.entities if (name := fold_name(entity))))[:MAX_ENTITIES]
        if not names or limit < 1:
            return []
        indexed = [indexable(name) for name in names]

        async def search(session: Session) -> list[Scored]:
            found: list[tuple[str, float]] = []
            for known in await owners_in_reach(session, probe.project, probe.reaches):
                found += await _search_owner(session, probe, known, indexed)
            return best_first(found, limit)

        return await self._database.read(search)


async def _search_owner(session: Session, probe: Probe, known: Known, names: list[str]) -> list[tuple[str, float]]:
    scope = {"project": probe.project, "owner": known.number}
    rows = await session.fetch_all("graph.entities", {**scope, "names": names, "limit": TELLING + 1})
    entities: dict[int, int] = {entity: degree for entity, degree in rows if degree <= TELLING}
    if not entities:
        return []
    links = Links(entities)
    narrowed = {**scope, "kinds": sorted(probe.kinds), "limit": MAX_LINKS, **known.where.operands}
    mentioned = {**narrowed, "entities": list(entities)}
    bridges = links.mentions(await session.fetch_all("graph.mentioning", mentioned, condition=known.where.sql))
    if bridges:
        shared = {**mentioned, "bridges": bridges, "rare": RARE}
        links.shares(await session.fetch_all("graph.sharing", shared, condition=known.where.sql))
    return links.scores()
