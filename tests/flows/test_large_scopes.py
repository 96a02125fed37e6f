"""Vector search of large scopes by shards of their own: in step, doubted, given up and built again."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from memosd.domain.changes import Add
from memosd.domain.errors import SearchUnavailable
from memosd.domain.filters import InfoIs, Op
from memosd.domain.scope import Owner, Reach
from memosd.domain.search import Scored
from memosd.engines.qdrant.edge import EdgeVectors
from memosd.engines.qdrant.shards import EdgeShards
from memosd.engines.sqlite import SqliteEngine
from memosd.flows import following
from memosd.flows import large_scopes as module
from memosd.flows.large_scopes import LargeScopes
from memosd.ports.index import Index, Probe
from memosd.ports.projection import Scope
from memosd.ports.storage import Progress
from tests.support.projected import large_scopes
from tests.support.records import MODEL, PROJECT, Records, batch, content, memory_id, question, unit, vectors

ANN: Scope = (PROJECT, Owner.user("ann"))
LEAST = 3


@dataclass
class Watched:
    """The exact index, with what it was asked."""

    index: Index
    asked: list[Probe] = field(default_factory=list)
    name: str = "vector"

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        self.asked.append(probe)
        return await self.index.search(probe, limit=limit)


@dataclass
class Place:
    """An engine with ann's three memories and bob's one, and large scopes from three on."""

    engine: SqliteEngine
    records: Records
    exact: Watched
    scopes: LargeScopes
    directory: Path

    async def found(self, *reaches: Reach, limit: int = 9) -> list[str]:
        probe = question(vector=unit(1), reach=reaches or (Reach(ANN[1]),))
        hits = await self.scopes.search(probe, limit=limit)
        assert hits == await self.exact.index.search(probe, limit=limit) or _alike(
            hits, await self.exact.index.search(probe, limit=limit)
        )
        return [hit.id for hit in hits]


def _alike(one: list[Scored], other: list[Scored]) -> bool:
    same = {hit.id: hit.score for hit in one}.keys() == {hit.id: hit.score for hit in other}.keys()
    return same and np.allclose([hit.score for hit in one], [hit.score for hit in other], atol=1e-3)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    engine = SqliteEngine.open(tmp_path / "data")
    records = Records(
        engine.storage, engine.queue, engine.keys, {index.name: index for index in engine.indexes}, engine.files
    )
    await records.remember(*(content(f"tea {n}", keys=("k",) * n) for n in (1, 2, 3)), info={"scene": "chat"})
    await records.remember(content("his"), user="bob")
    exact = Watched(records.indexes["vector"])
    yield (made := Place(engine, records, exact, _scopes(engine, tmp_path, exact), tmp_path / "vectors"))
    await made.scopes.close()
    await engine.close()


def _scopes(engine: SqliteEngine, directory: Path, exact: Index) -> LargeScopes:
    return large_scopes(engine, directory / "vectors", exact=exact, least=LEAST)


async def test_a_large_scope_has_its_shard_and_small_ones_are_searched_exactly(place: Place) -> None:
    assert len(await place.found()) == 3
    assert len(place.exact.asked) == 1
    await place.scopes.tend_once()
    assert list(place.scopes.followers) == [ANN]
    assert len(await place.found()) == 3
    assert len(place.exact.asked) == 1
    assert len(await place.found(Reach(ANN[1]), Reach(Owner.user("bob")))) == 4
    [_, his] = place.exact.asked
    assert his.reaches == (Reach(Owner.user("bob")),)


async def test_what_was_written_is_found_at_once_and_what_was_deleted_is_not(place: Place) -> None:
    await place.scopes.tend_once()
    added = Add(memory_id(), content("new"))
    await place.records.learn(batch("x"), added, vectors={added.id: vectors(unit(1))})
    assert (await place.found())[0] == added.id
    await place.records.storage.erase_memories(PROJECT, [added.id])
    assert added.id not in await place.found()
    assert place.exact.asked == []


async def test_a_filter_that_the_shard_cannot_say_is_answered_exactly(place: Place) -> None:
    await place.scopes.tend_once()
    in_order = InfoIs("scene", Op.GT, "a", None)
    assert len(await place.found(Reach(ANN[1], in_order))) == 3
    assert len(place.exact.asked) == 1


async def test_a_scope_that_shrinks_loses_its_shard(place: Place) -> None:
    await place.scopes.tend_once()
    assert len(list(place.directory.iterdir())) == 1
    await place.records.storage.erase_user(PROJECT, "ann")
    assert await place.found() == []
    await place.scopes.tend_once()
    assert place.scopes.followers == {}
    assert list(place.directory.iterdir()) == []


async def test_a_shard_is_taken_up_where_it_was_left(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    await place.scopes.tend_once()
    await place.scopes.close()
    await place.records.remember(content("meanwhile"))
    monkeypatch.setattr(EdgeShards, "prepare", None)  # it need not be built
    again = place.scopes = _scopes(place.engine, place.directory.parent, place.exact)
    await again.tend_once()
    assert len(await place.found()) == 4
    assert place.exact.asked == []


async def test_killed_before_a_flush_nothing_is_missing(place: Place) -> None:
    await place.scopes.tend_once()
    [follower] = place.scopes.followers.values()
    await place.records.remember(content("unflushed"))
    await place.found()
    await follower.projection.close()  # as a kill: no flush
    place.scopes.followers.clear()
    again = place.scopes = _scopes(place.engine, place.directory.parent, place.exact)
    await again.tend_once()
    assert len(await place.found()) == 4
    assert place.exact.asked == []


def _delete(shard: Path) -> None:
    for file in sorted(shard.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    shard.rmdir()


def _overwrite(pattern: str) -> Callable[[Path], None]:
    def overwrite(shard: Path) -> None:
        files = [file for file in shard.rglob(pattern) if file.is_file()]
        assert files
        for file in files:
            file.write_bytes(b"\xff" * file.stat().st_size)

    return overwrite


def _other_state(shard: Path) -> None:
    text = (shard / "state.json").read_text("utf-8")
    (shard / "state.json").write_text(text.replace(MODEL, "another model"), "utf-8")


DAMAGES: dict[str, Callable[[Path], None]] = {
    "deleted": _delete,
    "no state": lambda shard: (shard / "state.json").unlink(),
    "another model": _other_state,
    "state overwritten": _overwrite("state.json"),
    "configuration overwritten": _overwrite("edge_config.json"),
    "segments overwritten": _overwrite("segment.json"),
    "ids overwritten": _overwrite("*id_tracker*"),
    "everything overwritten": _overwrite("*"),
}


@pytest.mark.parametrize("damage", list(DAMAGES))
async def test_a_damaged_shard_is_built_anew(place: Place, damage: str) -> None:
    await place.scopes.tend_once()
    await place.scopes.close()
    [shard] = place.directory.iterdir()
    DAMAGES[damage](shard)
    again = place.scopes = _scopes(place.engine, place.directory.parent, place.exact)
    for _ in range(2):
        assert len(await place.found()) == 3
        await again.tend_once()
    assert list(again.followers) == [ANN]
    place.exact.asked.clear()
    assert len(await place.found()) == 3
    assert place.exact.asked == []


async def test_a_shard_that_fails_is_given_up_with_a_warning(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await place.scopes.tend_once()
    [follower] = place.scopes.followers.values()

    async def fails(*_: object, **__: object) -> None:
        raise SearchUnavailable("the disk is gone")

    monkeypatch.setattr(type(follower.projection), "search", fails)
    with caplog.at_level(logging.WARNING):
        answers = await asyncio.gather(*(place.found() for _ in range(5)))
    assert all(len(answer) == 3 for answer in answers)
    assert "the disk is gone" in caplog.text
    assert place.scopes.followers == {}
    monkeypatch.undo()
    await place.scopes.tend_once()
    place.exact.asked.clear()
    assert len(await place.found()) == 3
    assert place.exact.asked == []


def _process_of(place: Place) -> int:
    [follower] = place.scopes.followers.values()
    assert isinstance(follower.projection, EdgeVectors)
    return follower.projection.pid


async def test_a_shard_whose_process_dies_is_opened_again_and_the_next_time_built_anew(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    await place.scopes.tend_once()
    [directory] = place.directory.iterdir()
    (directory / "mark").touch()  # in what is built anew there is none
    for died in (1, 2):
        os.kill(_process_of(place), signal.SIGKILL)
        with caplog.at_level(logging.WARNING):
            answers = await asyncio.gather(*(place.found() for _ in range(5)))
        assert all(len(answer) == 3 for answer in answers)
        assert "has ended (status -9)" in caplog.text
        await place.scopes.tend_once()
        assert (directory / "mark").exists() is (died == 1)
        place.exact.asked.clear()
        assert len(await place.found()) == 3
        assert place.exact.asked == []


async def test_a_shard_that_does_not_answer_is_given_up(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memosd.engines.qdrant.shard_process.ANSWER_SECONDS", 0.5)
    await place.scopes.tend_once()
    os.kill(_process_of(place), signal.SIGSTOP)
    assert len(await place.found()) == 3
    assert place.scopes.followers == {}


async def test_signals_for_the_server_leave_a_shard_at_work(place: Place) -> None:
    await place.scopes.tend_once()
    for stop in (signal.SIGINT, signal.SIGTERM):
        os.kill(_process_of(place), stop)
    assert len(await place.found()) == 3
    assert place.exact.asked == []


async def test_a_restored_backup_is_noticed(place: Place, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    await place.records.remember(content("not in the backup"))
    await place.scopes.tend_once()
    await place.scopes.close()
    older = SqliteEngine.open(tmp_path / "older")
    records = Records(
        older.storage, older.queue, older.keys, {index.name: index for index in older.indexes}, older.files
    )
    await records.remember(*(content("tea") for _ in range(LEAST)))
    scopes = _scopes(older, tmp_path, records.indexes["vector"])
    await scopes.tend_once()
    assert "a backup was restored" in caplog.text
    await scopes.tend_once()
    assert len(await scopes.search(question(), limit=9)) == 3
    await scopes.close()
    await older.close()


async def test_far_behind_searches_are_exact_until_it_has_caught_up(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await place.scopes.tend_once()
    monkeypatch.setattr(module, "BEHIND", 2)
    monkeypatch.setattr(following, "CHUNK", 2)
    await place.records.remember(*(content("more") for _ in range(5)))
    assert len(await place.found()) == 8
    assert len(place.exact.asked) == 1
    await place.scopes.tend_once()
    assert len(await place.found()) == 8
    assert len(place.exact.asked) == 1


async def test_a_worn_shard_is_built_anew_and_with_its_graph(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    await place.scopes.tend_once()
    [worn] = place.scopes.followers.values()
    monkeypatch.setattr("memosd.engines.qdrant.edge.WORN", 2)
    assert isinstance(place.scopes.shards, EdgeShards)
    place.scopes.shards.optimise = True
    await place.scopes.tend_once()
    [new] = place.scopes.followers.values()
    assert new is not worn
    assert len(await place.found()) == 3
    assert place.exact.asked == []


async def test_doctor_and_reindex_know_the_shards(place: Place) -> None:
    [none_yet] = await place.scopes.findings()
    assert none_yet.well
    await place.scopes.tend_once()
    await place.scopes.close()
    [well] = await place.scopes.findings()
    assert well.well
    assert "6 entries agree" in well.detail
    [shard] = place.directory.iterdir()
    _overwrite("segment.json")(shard)
    [wrong] = await place.scopes.findings()
    assert (wrong.well, "memosd reindex" in wrong.advice) == (False, True)
    steps: list[Progress] = []
    await place.scopes.rebuild(steps.append)
    assert steps[-1] == Progress(1, 1, "large scopes")
    [well] = await place.scopes.findings()
    assert "6 entries agree" in well.detail


async def test_records_that_change_while_they_are_counted_are_no_disagreement(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await place.scopes.tend_once()
    [follower] = place.scopes.followers.values()
    count = follower.projection.count

    async def counted() -> int:
        held = await count()
        await place.records.remember(content("one more"))
        return held

    monkeypatch.setattr(type(follower.projection), "count", lambda _: counted())
    assert await follower.agrees()

    async def wrong() -> int:
        return await count() - 1

    monkeypatch.setattr(type(follower.projection), "count", lambda _: wrong())
    assert not await follower.agrees()
