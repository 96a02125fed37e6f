"""The graph of memories and the entities they mention, in any database that speaks Cypher.

    (:Memory {no, id, …})-[:MENTIONS]->(:Entity {key})        (:State {name: 'memosd', position, identity})

Memories that mention nothing are left out. The key of an entity is its scope and its folded name.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from memosd.domain.filters import Filter
from memosd.domain.ids import MemoryId
from memosd.domain.scope import Reach
from memosd.domain.search import Scored
from memosd.engines.common.filters import Inexpressible
from memosd.engines.common.scoring import MAX_ENTITIES, MAX_LINKS, RARE, TELLING, Links
from memosd.engines.cypher.filters import SEPARATOR, Compiler, filterable
from memosd.ports.index import Probe
from memosd.ports.projection import Changed, Scope

INDEXES = ("Memory", "no"), ("Entity", "key"), ("State", "name")
"""Label and property of what nodes are looked up by."""

MENTIONED = """
UNWIND $numbers AS number MATCH (m:Memory {no: number})-[:MENTIONS]->(e:Entity) RETURN DISTINCT e.key AS entity
"""
DROP = "UNWIND $numbers AS number MATCH (m:Memory {no: number}) DETACH DELETE m"
ADD_ENTITIES = "UNWIND $entities AS key MERGE (e:Entity {key: key})"
ADD_MENTIONS = """
UNWIND $links AS link MATCH (m:Memory {no: link.memory}) MATCH (e:Entity {key: link.entity})
CREATE (m)-[:MENTIONS]->(e)
"""
DROP_UNMENTIONED = """
UNWIND $entities AS key MATCH (e:Entity {key: key}) WHERE NOT (e)<-[:MENTIONS]-() DELETE e
"""
MOVE = "MERGE (s:State {name: 'memosd'}) SET s.position = $position, s.identity = $identity"
STATE = "MATCH (s:State {name: 'memosd'}) RETURN s.position AS position, s.identity AS identity"
COUNT = "MATCH (m:Memory) RETURN count(m) AS found"
DEGREES = """
UNWIND $entities AS key MATCH (e:Entity {key: key})<-[x:MENTIONS]-() RETURN e.key AS entity, count(x) AS degree
"""
MENTIONING = """
UNWIND $entities AS key MATCH (e:Entity {{key: key}})<-[:MENTIONS]-(m:Memory)
WHERE m.kind IN $kinds AND {condition}
RETURN m.no AS memory, m.id AS id, e.key AS entity ORDER BY m.no DESC LIMIT {limit}
"""
OTHERS = """
UNWIND $bridges AS number MATCH (m:Memory {no: number})-[:MENTIONS]->(e:Entity)
WHERE NOT e.key IN $entities RETURN m.no AS memory, e.key AS entity
"""

Row = Mapping[str, Any]


class Cypher(Protocol):
    """A database that runs statements one after the other. Raises `SearchUnavailable`."""

    orders_texts: bool

    async def run(self, statement: str, **parameters: Any) -> list[Row]: ...


def entity_key(scope: Scope, name: str) -> str:
    """Of a name as it is compared; empty if there is nothing of it."""
    folded = name.strip().casefold()
    return f"{scope[0]}/{scope[1]}{SEPARATOR}{folded}" if folded else ""


def can(where: Filter, *, orders_texts: bool) -> bool:
    try:
        Compiler(orders_texts).condition(where)
    except Inexpressible:
        return False
    return True


async def position(cypher: Cypher) -> tuple[int, int]:
    """Up to which change the graph has followed, and of which scope; 0 and 0 for a new one."""
    rows = await cypher.run(STATE)
    return (int(rows[0]["position"]), int(rows[0]["identity"])) if rows else (0, 0)


async def apply(cypher: Cypher, changed: Sequence[Changed]) -> None:
    """Each memory is taken out and put in as it is now; the position is moved last."""
    numbers = [each.number for each in changed]
    touched = [row["entity"] for row in await cypher.run(MENTIONED, numbers=numbers)]
    await cypher.run(DROP, numbers=numbers)
    nodes, links = [], []
    for each in changed:
        memory = each.memory
        if memory is not None:
            scope = (memory.project, memory.owner)
            keys = {key for entity in memory.content.entities if (key := entity_key(scope, entity.name))}
            if keys:
                nodes.append({"no": each.number, "id": memory.id, **filterable(memory)})
                links += [{"memory": each.number, "entity": key} for key in sorted(keys)]
    if nodes:
        names = list(nodes[0])
        create = ", ".join(f"{name}: node.{name}" for name in names)
        await cypher.run(f"UNWIND $nodes AS node CREATE (m:Memory {{{create}}})", nodes=nodes)
        await cypher.run(ADD_ENTITIES, entities=sorted({link["entity"] for link in links}))
        await cypher.run(ADD_MENTIONS, links=links)
    if touched:
        await cypher.run(DROP_UNMENTIONED, entities=touched)
    await cypher.run(MOVE, position=changed[-1].position, identity=0)


async def search(cypher: Cypher, probe: Probe, *, limit: int) -> list[Scored]:
    """The same as the graph index of the records: one hop from the question's entities, and weaker a second."""
    if limit < 1 or not probe.kinds:
        return []
    best: dict[str, float] = {}
    for reach in probe.reaches:
        for memory, score in await _search(cypher, probe, reach):
            best[memory] = max(score, best.get(memory, score))
    ordered = sorted(best.items(), key=lambda item: -item[1])[:limit]
    return [Scored(MemoryId(memory), score) for memory, score in ordered]


async def _search(cypher: Cypher, probe: Probe, reach: Reach) -> list[tuple[str, float]]:
    scope = (probe.project, reach.owner)
    keys = dict.fromkeys(key for name in probe.entities if (key := entity_key(scope, name)))
    degrees = await _degrees(cypher, list(keys)[:MAX_ENTITIES], TELLING)
    if not degrees:
        return []
    links = Links(degrees)
    bridges = links.mentions(
        (row["memory"], row["id"], row["entity"]) for row in await _mentioning(cypher, probe, reach, list(degrees))
    )
    if bridges:
        of_bridges: dict[str, list[int]] = {}
        for row in await cypher.run(OTHERS, bridges=bridges, entities=list(degrees)):
            of_bridges.setdefault(row["entity"], []).append(row["memory"])
        rare = await _degrees(cypher, list(of_bridges), RARE)
        links.shares(
            (row["memory"], row["id"], bridge, rare[row["entity"]])
            for row in await _mentioning(cypher, probe, reach, list(rare))
            for bridge in of_bridges[row["entity"]]
            if bridge != row["memory"]
        )
    return links.scores()


async def _degrees(cypher: Cypher, entities: list[str], most: int) -> dict[str, int]:
    """How many memories mention each entity, without those that more than `most` do."""
    if not entities:
        return {}
    rows = await cypher.run(DEGREES, entities=entities)
    return {row["entity"]: int(row["degree"]) for row in rows if row["degree"] <= most}


async def _mentioning(cypher: Cypher, probe: Probe, reach: Reach, entities: list[str]) -> list[Row]:
    if not entities:
        return []
    compiler = Compiler(cypher.orders_texts)
    statement = MENTIONING.format(condition=compiler.condition(reach.where), limit=MAX_LINKS)
    kinds = sorted(kind.value for kind in probe.kinds)
    return await cypher.run(statement, entities=entities, kinds=kinds, **compiler.parameters)
