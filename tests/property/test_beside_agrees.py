"""Whatever the filter: an index beside the records finds exactly the memories that `matches` lets pass, all of them."""

import random
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from memosd.domain.filters import (
    All,
    AnyOf,
    Everything,
    Field,
    FieldIs,
    Filter,
    InfoIs,
    Op,
    TimeIs,
    canonical,
    matches,
    parse_filter,
)
from memosd.domain.ids import MemoryId
from memosd.domain.memories import Memory
from memosd.domain.scope import Owner, Reach
from memosd.engines.cypher.bolt import BoltDatabase
from memosd.engines.cypher.kglite import KgliteDirectory
from memosd.engines.qdrant.edge import EdgeVectors, State
from memosd.engines.qdrant.server import QdrantServer
from memosd.ports.projection import Changed, Projection
from tests.support.bolt_server import bolt_server
from tests.support.records import DIMENSION, MODEL, MORNING, PROJECT, content, question

WORDS = ("", "a", "ab", "b", "A", "7", "7.0", "10", "é", "中文", "文", "x'y\"%_\\", "true", "🚄", "$p0")
NUMBERS = (*range(-9, 9), 0.5, 7.0, -3.25, 1e20, 1e-7)
KEYS = ("scene", "biz_id", "k.1", "[]")
LABEL_FIELDS = (Field.AGENT, Field.APP, Field.CONVERSATION, Field.TAGS)
ORDERS = (Op.GT, Op.GTE, Op.LT, Op.LTE)
ROWS = {"qdrant-edge": 2_000, "qdrant": 300, "kglite": 2_000, "bolt": 600}
FILTERS = {"qdrant-edge": 600, "qdrant": 200, "kglite": 600, "bolt": 300}
RARE = 100
"""One memory in so many has the rare tag."""


def _rows(count: int, seed: int = 1) -> list[Changed]:
    pick, vectors = random.Random(seed), np.random.default_rng(seed)
    rows = []
    for number in range(1, count + 1):
        info = {}
        for key in pick.sample(KEYS, pick.randrange(4)):
            some = (pick.choice(WORDS), pick.choice(NUMBERS), tuple(pick.sample(WORDS, pick.randrange(4))))
            info[key] = pick.choice(some)
        at = MORNING + timedelta(microseconds=pick.randrange(-9, 9))
        tags = (*pick.sample(WORDS, pick.randrange(3)), *(("rare",) if number % RARE == 0 else ()))
        memory = Memory(
            MemoryId(f"mem_{number}"),
            PROJECT,
            Owner.user("ann"),
            "ann",
            pick.choice(WORDS),
            content("tea", names=[f"n{number // 100}"], tags=tags),
            created_at=at,
            updated_at=at + timedelta(microseconds=pick.randrange(3)),
            agent=pick.choice((None, *WORDS)),
            app=pick.choice((None, *WORDS)),
            info=info,
        )
        vector = vectors.standard_normal((1, DIMENSION), dtype=np.float32)
        rows.append(Changed(number, number, memory, vector / np.linalg.norm(vector)))
    return rows


def _condition(pick: random.Random) -> Filter:
    kind = pick.randrange(9)
    if kind == 0:
        return Everything()
    if kind < 4:
        return FieldIs(pick.choice(LABEL_FIELDS), pick.choice(WORDS))
    if kind < 5:
        at = MORNING + timedelta(microseconds=pick.randrange(-9, 9))
        return TimeIs(pick.choice((Field.CREATED, Field.UPDATED)), pick.choice(ORDERS), at)
    operand = pick.choice((pick.choice(WORDS), pick.choice(NUMBERS)))
    number = float(operand) if not isinstance(operand, str) or operand in ("7", "7.0", "10") else None
    return InfoIs(pick.choice(KEYS), pick.choice(list(Op)), canonical(operand), number)


def _filter(pick: random.Random, depth: int = 0) -> Filter:
    if depth == 3 or pick.random() < 0.5:
        return _condition(pick)
    inner = tuple(_filter(pick, depth + 1) for _ in range(pick.randrange(4)))
    return All(inner) if pick.random() < 0.5 else AnyOf(inner)


@pytest.fixture(scope="module")
def bolt_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with bolt_server(tmp_path_factory.mktemp("bolt")) as url:
        yield url


@pytest.fixture
async def projection(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Projection]:
    opened: Projection
    match engine:
        case "qdrant-edge":
            opened = await EdgeVectors.create(tmp_path / "edge", State("", 1, MODEL, DIMENSION, 0))
        case "qdrant":
            opened = await QdrantServer(":memory:", None, MODEL, DIMENSION).open()
        case "kglite":
            opened = await KgliteDirectory(tmp_path / "graph").open()
        case _:
            database = BoltDatabase(request.getfixturevalue("bolt_database"))
            await database.clear()
            opened = await database.open()
    yield opened
    await opened.close()


async def _found(projection: Projection, where: Filter, rows: int) -> set[str]:
    names = [f"n{number}" for number in range(rows // 100 + 1)]
    probe = question(reach=[Reach(Owner.user("ann"), where)], entities=names)
    return {hit.id for hit in await projection.search(probe, limit=rows)}


@pytest.mark.parametrize("engine", list(ROWS))
async def test_an_index_beside_the_records_agrees_with_matches(engine: str, projection: Projection) -> None:
    rows, pick = _rows(ROWS[engine]), random.Random(2)
    for start in range(0, len(rows), 200):
        await projection.apply(rows[start : start + 200])
    filters = [_filter(pick) for _ in range(FILTERS[engine])]
    asked = [where for where in filters if projection.can(where)]
    assert len(asked) > 0.7 * len(filters)
    some = 0
    for where in asked:
        expected = {row.memory.id for row in rows if row.memory is not None and matches(where, row.memory)}
        assert await _found(projection, where, len(rows)) == expected, where
        some += 0 < len(expected) < len(rows)
    assert some > 0.4 * len(asked)


@pytest.mark.parametrize("engine", list(ROWS))
async def test_a_filter_that_one_in_a_hundred_passes_costs_no_recall(engine: str, projection: Projection) -> None:
    rows = _rows(ROWS[engine])
    for start in range(0, len(rows), 200):
        await projection.apply(rows[start : start + 200])
    rare = parse_filter({"and": [{"tags": {"contains": "rare"}}, {"create_time": {"gte": "2025-09-11"}}]})
    expected = {f"mem_{number}" for number in range(RARE, len(rows) + 1, RARE)}
    probe = question(reach=[Reach(Owner.user("ann"), rare)], entities=[f"n{n}" for n in range(len(rows) // 100 + 1)])
    assert {hit.id for hit in await projection.search(probe, limit=len(expected))} == expected
