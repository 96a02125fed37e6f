"""Owners with many vectors: their own index, and when it is used."""

import numpy as np
import pytest

from memosd.domain.changes import Add
from memosd.domain.filters import parse_filter
from memosd.domain.memories import Kind
from memosd.domain.scope import Owner, Reach
from memosd.engines.postgres import PostgresEngine, halfvec, vectors
from memosd.ports.models import Vector
from tests.support.records import PROJECT, Records, batch, content, memory_id, question

MANY = 600
DIMENSIONS = 32


def random_units(count: int, *, seed: int) -> list[Vector]:
    rows = np.random.default_rng(seed).standard_normal((count, DIMENSIONS)).astype(np.float32)
    return list(rows / np.linalg.norm(rows, axis=1, keepdims=True))


async def fill(records: Records, user: str = "ann") -> list[Add]:
    kinds = {number: Kind.PREFERENCE for number in range(0, MANY, 30)}
    adds = [
        Add(memory_id(), content("tea", kind=kinds.get(number, Kind.FACT), tags=(f"t{number % 20}", "all")))
        for number in range(MANY)
    ]
    rows = random_units(MANY, seed=1)
    await records.learn(batch("x", user=user), *adds, vectors={a.id: r[None] for a, r in zip(adds, rows, strict=True)})
    return adds


async def test_a_large_owner_gets_an_index_that_finds_what_exact_search_finds(
    engine: PostgresEngine, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    adds = await fill(records)
    assert {line.split()[0] for line in await engine.tend()} == {"analysed"}
    monkeypatch.setattr(vectors, "LARGE", MANY)
    monkeypatch.setattr(vectors, "EXACT", 50)
    await records.learn(batch("x", user="bob"), Add(memory_id(), content("small")))
    filters = {"all": "all", "few": "t3", "none": None}
    reaches = {
        name: Reach(Owner.user("ann"), parse_filter({"and": [{"tags": {"contains": tag}}]}))
        if tag
        else Reach(Owner.user("ann"))
        for name, tag in filters.items()
    }
    asked = [
        question(vector=v, reach=[reach], kinds=kinds)
        for v in random_units(10, seed=2)
        for reach in reaches.values()
        for kinds in (Kind, (Kind.PREFERENCE,), (Kind.SKILL,))
    ]
    exact = [await records.found("vector", probe, limit=30) for probe in asked]
    done = await engine.tend()
    assert [line.split()[0] for line in done if "near_" in line] == ["made"]
    assert [line for line in await engine.tend() if "near_" in line] == []
    indexed = [await records.found("vector", probe, limit=30) for probe in asked]
    assert [len(found) for found in indexed] == [len(found) for found in exact]
    shared = sum(len(set(a) & set(b)) for a, b in zip(exact, indexed, strict=True))
    assert shared >= 0.98 * sum(map(len, exact))
    await records.storage.erase_memories(PROJECT, [add.id for add in adds[: MANY * 2 // 3]])
    assert [line.split()[0] for line in await engine.tend() if "near_" in line] == ["dropped"]
    assert len(await records.found("vector", asked[0], limit=999)) == MANY - MANY * 2 // 3


async def test_a_vector_goes_there_and_back(engine: PostgresEngine) -> None:
    rows = np.stack(random_units(3, seed=3))
    async with engine.database.apart() as connection:
        cursor = await connection.execute(
            "SELECT halfvec_send(%s::halfvec), halfvec_send(%s::halfvec)",
            (halfvec.HalfVector.of(rows[0]), halfvec.HalfVector.of_stored(rows[1].astype("<f2").tobytes())),
            binary=True,
        )
        row = await cursor.fetchone()
    assert row is not None
    np.testing.assert_array_equal(halfvec.decode(list(row)), rows[:2].astype(np.float16).astype(np.float32))
