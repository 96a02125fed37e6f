"""Vector search: exact over an owner's vectors, and by an HNSW index of the owner's own where there are too many.

An index of all owners together would have to wade through everybody's vectors to find those of one. Only the few owners
for whom exact search is too slow get an index; `tend` makes and drops it, in the background. Whether there is one never
changes what a query means, only how PostgreSQL runs it.
"""

import hashlib
from collections.abc import Mapping

from psycopg import sql

from memosd.domain.search import Scored
from memosd.engines.common.scoring import best_first
from memosd.engines.postgres.database import Database
from memosd.engines.postgres.halfvec import HalfVector
from memosd.engines.postgres.reach import Known, owners_in_reach
from memosd.engines.postgres.session import Session
from memosd.ports.index import Probe

LARGE = 20_000
"""Vectors of one owner and model from which on an index is made; it is dropped again below half of that."""
EXACT = 5_000
"""Memories that a filter, or a kind, may leave over for exact search among them, though there is an index."""
LONGEST = 4_000
"""Dimensions that an index of pgvector can have; longer vectors are always searched exactly."""
SPARE = 16
"""Memories beyond those wanted that are measured precisely."""
KEYS = 3
"""Vectors asked of an index for each memory wanted: a memory has one for each of its keys."""


class VectorIndex:
    """Search by inner product over the keys of memories; a memory scores as its best key."""

    name = "vector"

    def __init__(self, database: Database) -> None:
        self._database = database

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        if limit < 1:
            return []
        vector = await probe.vector()
        query, precise = HalfVector.of(vector), vector.tolist()

        async def search(session: Session) -> list[Scored]:
            found: list[tuple[str, float]] = []
            reached = await owners_in_reach(session, probe.project, probe.reaches)
            indexed = await _indexed(session, probe, reached)
            for known in reached:
                operands: dict[str, object] = {
                    "project": probe.project,
                    "owner": known.number,
                    "model": probe.model,
                    "kinds": sorted(probe.kinds),
                    "query": query,
                    "precise": precise,
                    "spare": SPARE,
                    "limit": limit,
                    **known.where.operands,
                }
                dimensions = indexed.get(known.number)
                narrow = dimensions is not None and await _is_narrow(session, known, operands)
                if dimensions is None or narrow:
                    condition = _within(known, kinds=narrow)
                    found += await session.fetch_all("vectors.nearest", operands, condition=condition)
                else:
                    operands["limit"] = KEYS * limit
                    found += await _by_index(session, known, operands, dimensions)
            return best_first(found, limit)

        return await self._database.read(search)


async def _indexed(session: Session, probe: Probe, reached: list[Known]) -> Mapping[int, int]:
    """The owners that have an index for this model, with its dimensions."""
    if not reached:
        return {}
    owners = [known.number for known in reached]
    operands = {"project": probe.project, "owners": owners, "model": probe.model}
    return dict(await session.fetch_all("vectors.indexed", operands))


async def _is_narrow(session: Session, known: Known, operands: Mapping[str, object]) -> bool:
    """Whether there are so few memories of these kinds that pass the filter that exact search among them is the best
    search: the index would go through very many others to find them, or to find that there are none."""
    passing = await session.fetch_value(
        "vectors.count_passing", {**operands, "limit": EXACT + 1}, condition=known.where.sql
    )
    return int(passing) <= EXACT


def _within(known: Known, *, kinds: bool = False) -> str:
    """kinds: whether to look for memories of these kinds first, of which there are few, and not for vectors."""
    if known.where.lets_all_pass and not kinds:
        return "TRUE"
    of_kinds = "AND m.kind = ANY(%(kinds)s::text[]) " if kinds else ""
    return (
        "e.memory IN (SELECT m.no FROM memories AS m WHERE m.project = %(project)s AND m.owner = %(owner)s "
        f"{of_kinds}AND m.retired_at IS NULL AND {known.where.sql})"
    )


async def _by_index(
    session: Session, known: Known, operands: Mapping[str, object], dimensions: int
) -> list[tuple[str, float]]:
    """Best first; a memory may come more than once."""
    condition = f"{_within(known)} ORDER BY e.vector::halfvec({dimensions}) <#> %(query)s::halfvec({dimensions})"
    rows = await session.fetch_all("vectors.nearest_by_index", operands, condition=condition)
    return [(memory, score) for memory, score, _ in sorted(rows, key=lambda row: (-row[1], -row[2]))]


async def tend(session: Session) -> list[str]:
    """Make the index of each owner that has become large, drop those of owners that no longer are; says what it did."""
    done = []
    bounds = {"large": LARGE, "small": LARGE // 2, "longest": LONGEST}
    for name, project, owner, model in await session.fetch_all("vectors.to_drop", bounds):
        await session.run("vectors.forget_index", {"project": project, "owner": owner, "model": model})
        await _drop(session, name)
        done.append(f"dropped {name}")
    for project, owner, model, dimensions in await session.fetch_all("vectors.to_make", bounds):
        name = f"embeddings_near_{owner}_{hashlib.sha256(model.encode()).hexdigest()[:12]}"
        await _drop(session, name)  # what an interrupted build has left behind is of no use
        create = sql.SQL(
            "CREATE INDEX CONCURRENTLY {} ON embeddings USING hnsw ((vector::halfvec({})) halfvec_ip_ops) "
            "WHERE project = {} AND owner = {} AND model = {}"
        )
        of_owner = map(sql.Literal, (dimensions, project, owner, model))
        await session.connection.execute(create.format(sql.Identifier(name), *of_owner))
        made = {"project": project, "owner": owner, "model": model, "dimensions": dimensions, "name": name}
        await session.run("vectors.note_index", made)
        done.append(f"made {name}")
    return done


async def _drop(session: Session, name: str) -> None:
    await session.connection.execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(name)))
