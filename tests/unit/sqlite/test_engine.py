"""The data directory: one server, restarts, faults of the disk, doctor and reindex."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from memosd.domain.access import Project
from memosd.domain.changes import REPEATED, Add, Retire
from memosd.domain.errors import Invalid, StorageUnavailable
from memosd.domain.memories import Stage
from memosd.domain.scope import Owner, Reach
from memosd.domain.tasks import Done
from memosd.engines.sqlite import SqliteEngine
from memosd.engines.sqlite.database import Transaction
from memosd.engines.sqlite.engine import LOCK
from memosd.ports.storage import Finding, Progress
from tests.support.frozen import FrozenClock
from tests.support.records import LEASE, MORNING, PROJECT, Records, batch, content, memory_id, question
from tests.unit.sqlite.conftest import records_of


async def test_two_servers_never_share_a_directory(engine: SqliteEngine, directory: Path) -> None:
    with pytest.raises(StorageUnavailable, match=rf"in use by another memosd server \(process {os.getpid()}\)"):
        SqliteEngine.open(directory)
    await engine.close()
    await SqliteEngine.open(directory).close()
    assert (directory / LOCK).exists()


async def test_keys_can_be_changed_beside_a_running_server(engine: SqliteEngine, directory: Path) -> None:
    records = records_of(engine)
    task = await records.claim(await records.accept(batch("x")))
    beside = SqliteEngine.open(directory, exclusive=False)
    await beside.keys.create_project(Project(PROJECT, "ours", MORNING))
    await beside.close()
    assert [project.name for project in await engine.keys.projects()] == ["ours"]
    assert await engine.queue.settle(task, Done()), "the running task was left to the server"


async def test_keys_can_be_made_before_the_first_server(directory: Path) -> None:
    first = SqliteEngine.open(directory, exclusive=False)
    await first.keys.create_project(Project(PROJECT, "ours", MORNING))
    await first.close()
    server = SqliteEngine.open(directory)
    assert len(await server.keys.projects()) == 1
    await server.close()


async def test_everything_is_there_after_a_restart(engine: SqliteEngine, directory: Path, clock: FrozenClock) -> None:
    records = records_of(engine)
    [tea] = await records.remember(content("ann likes tea", names=["tea"]))
    running = await records.claim(await records.accept(batch("x")))
    await engine.close()
    again = SqliteEngine.open(directory, clock=clock)
    records = records_of(again)
    for index, probe in (("text", question("tea")), ("vector", question()), ("graph", question(entities=["tea"]))):
        assert await records.found(index, probe) == [tea]
    [task] = await again.queue.claim(limit=9, lease=LEASE)
    assert (task.id, task.attempt) == (running.id, 2), "at once, though its lease has not ended"
    assert not await again.queue.settle(running, Done())
    await again.close()


async def test_a_closed_engine_says_so(engine: SqliteEngine) -> None:
    await engine.close()
    await engine.close()
    with pytest.raises(StorageUnavailable, match="closed"):
        await engine.queue.backlog()
    with pytest.raises(StorageUnavailable, match="closed"):
        await engine.queue.claim(limit=1, lease=LEASE)
    with pytest.raises(StorageUnavailable, match="closed"):
        await engine.findings()


async def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageUnavailable, match="cannot be made"):
        SqliteEngine.open(tmp_path / "file" / "data")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="permissions do not hold for root")
def test_a_directory_that_cannot_be_written_is_named(directory: Path) -> None:
    directory.mkdir(mode=0o500)
    with pytest.raises(StorageUnavailable, match=f"{directory} cannot be written"):
        SqliteEngine.open(directory)


def test_a_lock_file_that_cannot_be_written_is_named(directory: Path) -> None:
    (directory / LOCK).mkdir(parents=True)
    with pytest.raises(StorageUnavailable, match=f"{directory} cannot be written"):
        SqliteEngine.open(directory)


async def _pragma(engine: SqliteEngine, name: str, value: int) -> None:
    await engine.database.write(lambda tx: tx.connection.pragma(name, value))


async def test_a_full_disk_is_an_error_and_passes(engine: SqliteEngine, records: Records) -> None:
    first = batch("before")
    await records.accept(first, Add(memory_id(), content("tea", stage=Stage.DRAFT)))
    await _pragma(engine, "max_page_count", 1)
    big = [batch("x" * 200_000, user=f"user {i}") for i in range(3)]
    results = await asyncio.gather(*(records.accept(one) for one in big), return_exceptions=True)
    assert [type(result) for result in results] == [StorageUnavailable] * 3
    assert "disk is full" in str(results[0])
    assert await engine.storage.batch(big[0].id) is None
    assert await engine.storage.batch(first.id) == first
    await _pragma(engine, "max_page_count", 1_000_000)
    await records.accept(big[0])
    assert await engine.storage.batch(big[0].id) == big[0]
    assert all(finding.well for finding in await engine.findings() if finding.check != "free disk")


async def test_a_write_that_fills_the_disk_fails_alone(engine: SqliteEngine, records: Records) -> None:
    await records.accept(batch("before"))
    pages = await engine.database.read(lambda connection: int(connection.pragma("page_count")))
    await _pragma(engine, "max_page_count", pages + 30)
    taken = [batch("small"), batch("x" * 1_000_000, user="big"), batch("small", user="other")]
    results = await asyncio.gather(*(records.accept(one) for one in taken), return_exceptions=True)
    assert [isinstance(result, StorageUnavailable) for result in results] == [False, True, False]
    assert [await engine.storage.batch(one.id) is not None for one in taken] == [True, False, True]


async def test_a_database_that_becomes_read_only_can_still_be_read(engine: SqliteEngine, records: Records) -> None:
    first = batch("before")
    await records.accept(first)
    writer = await engine.database.write(lambda tx: tx.connection)
    writer.pragma("query_only", True)
    with pytest.raises(StorageUnavailable, match="read-only"):
        await records.accept(batch("x"))
    assert await engine.storage.batch(first.id) == first
    writer.pragma("query_only", False)
    await records.accept(batch("y"))


async def test_effects_follow_only_what_was_committed(engine: SqliteEngine) -> None:
    heard: list[str] = []

    def write(name: str, *, fail: bool) -> Callable[[Transaction], str]:
        def work(tx: Transaction) -> str:
            tx.after_commit(lambda: heard.append(name))
            if fail:
                raise LookupError(name)
            return name

        return work

    results = await asyncio.gather(
        *(engine.database.write(write(name, fail=name == "b")) for name in "abc"), return_exceptions=True
    )
    assert results[0] == "a"
    assert results[2] == "c"
    assert isinstance(results[1], LookupError)
    assert heard == ["a", "c"]


async def test_a_cancelled_caller_does_not_disturb_the_others(engine: SqliteEngine, records: Records) -> None:
    taken = [batch("x", user=f"user {i}") for i in range(3)]
    running = [asyncio.create_task(records.accept(one)) for one in taken]
    await asyncio.wait(running, timeout=0)
    running[1].cancel()
    results = await asyncio.gather(*running, return_exceptions=True)
    assert isinstance(results[1], asyncio.CancelledError)
    assert [await engine.storage.batch(one.id) is not None for one in (taken[0], taken[2])] == [True, True]


async def test_vectors_kept_in_memory_are_bounded_and_loaded_again(directory: Path, clock: FrozenClock) -> None:
    engine = SqliteEngine.open(directory, clock=clock, vector_bytes=1)
    records = records_of(engine)
    expected = {}
    for user in ("ann", "bob", "eve"):
        [expected[user]] = await records.remember(content("tea"), user=user)
    for user in ("ann", "bob", "eve", "ann"):
        assert await records.found("vector", question(reach=[Reach(Owner.user(user))])) == [expected[user]]
    await engine.close()


async def _sick(engine: SqliteEngine) -> dict[str, Finding]:
    return {one.check: one for one in await engine.findings() if not one.well and one.check != "free disk"}


async def _known(records: Records) -> None:
    kept, old = await records.remember(content("tea", names=["tea"]), content("old tea", names=["old"]))
    await records.learn(batch("x"), Retire(old, "gone", kept, version=1))


async def test_successors_are_told_from_repetitions(engine: SqliteEngine, records: Records) -> None:
    new, state, repetition = await records.remember(content("new"), content("state"), content("repetition"))
    await records.learn(
        batch("x"), Retire(state, "a changed state", new, version=1), Retire(repetition, REPEATED, new, version=1)
    )
    edges = await engine.database.read(
        lambda connection: connection.execute(
            "SELECT e.kind, f.name, t.name FROM edges AS e "
            "JOIN nodes AS f ON f.label = 'memory' AND f.no = e.source "
            "JOIN nodes AS t ON t.label = 'memory' AND t.no = e.target ORDER BY e.kind"
        ).fetchall()
    )
    assert edges == [("merged", new, repetition), ("supersedes", new, state)]


async def test_a_healthy_engine_is_found_well(engine: SqliteEngine, records: Records) -> None:
    await _known(records)
    assert await _sick(engine) == {}
    assert len(await engine.findings()) == 8


@pytest.mark.parametrize(
    ("sql", "check", "detail"),
    [
        ("DELETE FROM text_index WHERE rowid = 1", "text index", "1 memories missing"),
        ("INSERT INTO text_index (rowid, terms) VALUES (2, '1xtea')", "text index", "without a live memory"),
        ("DELETE FROM embeddings", "vectors", "1 refined memories without vectors"),
        ("DELETE FROM edges WHERE kind = 'mentions'", "graph", "1 entities that nothing mentions"),
        ("DELETE FROM entities", "graph", "1 links to missing entities"),
        ("UPDATE memories SET version = 9", "records", "2 without their current version"),
        ("UPDATE tasks SET state = 'waiting', first = 0", "queue", "without a first task"),
        ("UPDATE tasks SET state = 'failed'", "queue", "2 failed"),
    ],
)
async def test_the_doctor_finds(engine: SqliteEngine, records: Records, sql: str, check: str, detail: str) -> None:
    await _known(records)
    await engine.database.write(lambda tx: tx.connection.execute(sql).fetchall())
    sick = await _sick(engine)
    assert detail in sick[check].detail
    assert sick[check].advice


@pytest.mark.parametrize(
    ("index", "sql"),
    [
        ("text", "DELETE FROM text_index WHERE rowid = 1"),
        ("text", "INSERT INTO text_index (rowid, terms) VALUES (2, '1xtea')"),
        ("graph", "DELETE FROM edges WHERE kind = 'mentions'"),
        ("graph", "DELETE FROM entities"),
    ],
)
async def test_reindexing_mends(engine: SqliteEngine, records: Records, index: str, sql: str) -> None:
    await _known(records)
    probe = question("tea", entities=["tea"])
    before = await records.found(index, probe)
    assert len(before) == 1
    await engine.database.write(lambda tx: tx.connection.execute(sql).fetchall())
    assert await _sick(engine)
    seen: list[Progress] = []
    await engine.rebuild(index, seen.append)
    assert await _sick(engine) == {}
    assert await records.found(index, probe) == before
    assert (seen[-1].done, seen[-1].total, seen[-1].step) == (2, 2, index)


async def test_a_damaged_secret_signs_nothing(engine: SqliteEngine, tmp_path: Path) -> None:
    await engine.secret("links")

    def cut() -> None:
        [place] = tmp_path.rglob("links.key")
        assert place.stat().st_mode & 0o077 == 0
        place.write_bytes(b"")

    await asyncio.to_thread(cut)
    with pytest.raises(StorageUnavailable, match=r"links\.key is damaged: it has 0 bytes"):
        await engine.secret("links")


async def test_an_unknown_index_is_not_rebuilt(engine: SqliteEngine) -> None:
    with pytest.raises(Invalid, match="text, vector, graph, time"):
        await engine.rebuild("colour", lambda progress: None)
