"""What a memory looks like in Qdrant: a point for each of its vectors, all with the same payload."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from memosd.domain.filters import facets
from memosd.domain.ids import MemoryId
from memosd.domain.memories import Memory
from memosd.domain.scope import Reach
from memosd.domain.search import Scored
from memosd.engines.common.codec import micros
from memosd.engines.common.scoring import best_first
from memosd.engines.qdrant.filters import Condition, condition
from memosd.ports.index import Probe
from memosd.ports.projection import Changed, Scope

MAX_KEYS = 4_096
"""Vectors of one memory: far more than any has. Further ones would be left out."""
MAX_ASKED = 10_000
"""Points asked for in one search."""
INDEXED = {
    "scope": "keyword",
    "memory": "integer",
    "kind": "keyword",
    "agent": "keyword",
    "app": "keyword",
    "conversation": "keyword",
    "tags": "keyword",
    "created": "integer",
    "updated": "integer",
    "info[].key": "keyword",
    "info[].text": "keyword",
    "info[].number": "float",
}
"""Fields of the payload by which points are looked up, with their types."""

Found = tuple[MemoryId, float]


def scope_name(scope: Scope) -> str:
    project, owner = scope
    return f"{project}/{owner}"


def payload(memory: Memory, number: int) -> dict[str, Any]:
    return {
        "scope": scope_name((memory.project, memory.owner)),
        "memory": number,
        "id": memory.id,
        "kind": memory.content.kind.value,
        "agent": memory.agent,
        "app": memory.app,
        "conversation": memory.conversation,
        "tags": list(memory.tags),
        "created": micros(memory.created_at),
        "updated": micros(memory.updated_at),
        "info": [
            {"key": key, "text": facet.text, "number": facet.number, "listed": int(facet.listed)}
            for key, value in memory.info.items()
            for facet in facets(value)
        ],
    }


def points(changed: Changed) -> list[tuple[int, list[float], dict[str, Any]]]:
    """Id, vector and payload of each point of a memory; none if it is gone or has no vectors."""
    if changed.memory is None:
        return []
    shown = payload(changed.memory, changed.number)
    rows = changed.vectors[:MAX_KEYS].tolist()
    return [(changed.number * MAX_KEYS + key, row, shown) for key, row in enumerate(rows)]


def of_memories(changed: Iterable[Changed]) -> Condition:
    """All points of these memories."""
    return {"must": [{"key": "memory", "match": {"any": [each.number for each in changed]}}]}


def within(probe: Probe, reach: Reach, *, all_scopes: bool) -> Condition:
    """What a search may see of one reach. all_scopes: whether the index holds others' memories as well."""
    must: list[Condition] = [{"key": "kind", "match": {"any": sorted(kind.value for kind in probe.kinds)}}]
    if all_scopes:
        must.append({"key": "scope", "match": {"value": scope_name((probe.project, reach.owner))}})
    return {"must": [*must, condition(reach.where)]}


async def search(
    probe: Probe,
    ask: Callable[[list[float], Condition, int], Awaitable[list[Found]]],
    *,
    limit: int,
    all_scopes: bool,
) -> list[Scored]:
    """Memories by their best point. `ask` gives the points best first; one memory's can be many, so it may be asked
    for more."""
    if limit < 1 or not probe.kinds:
        return []
    vector = (await probe.vector()).tolist()
    best: dict[MemoryId, float] = {}
    for reach in probe.reaches:
        where = within(probe, reach, all_scopes=all_scopes)
        wanted, found = 2 * limit, await ask(vector, where, 2 * limit)
        while len({memory for memory, _ in found}) < limit and len(found) == wanted < MAX_ASKED:
            wanted = min(4 * wanted, MAX_ASKED)
            found = await ask(vector, where, wanted)
        for memory, score in found:
            best[memory] = max(score, best.get(memory, score))
    return best_first([*best.items()], limit)
