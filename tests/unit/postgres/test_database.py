"""Connections that break, servers that are away, and processes that share the database."""

import asyncio
import tempfile
import time
import traceback
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from harness.postgres import Postgres
from memosd.domain.changes import Add
from memosd.domain.errors import StorageUnavailable
from memosd.domain.messages import Batch
from memosd.domain.scope import Owner
from memosd.domain.tasks import Done, Remember, State
from memosd.engines.postgres import PostgresEngine, database
from memosd.engines.postgres.session import Session, Transaction
from tests.support.records import LEASE, MODEL, PROJECT, Records, batch, content, memory_id, question
from tests.unit.postgres.conftest import records_of

WORKING = {"name": "memosd/x"}


@pytest.fixture
def directory() -> Iterator[Path]:
    """That the unprivileged user of the servers can enter."""
    with tempfile.TemporaryDirectory(prefix="memosd-failover-") as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


@pytest.mark.parametrize("url", ["postgresql://ann:s3%cret@h/d", "postgresql://ann:s3 cret@h/d"])
def test_a_url_that_cannot_be_read_is_not_shown(url: str) -> None:
    with pytest.raises(StorageUnavailable, match=r"MEMOSD_DATABASE_URL .* `%` of a password as %25") as refused:
        database.conninfo_of(url)
    assert "s3" not in "".join(traceback.format_exception(refused.value))


async def end_all_connections(url: str) -> None:
    """As a server does that is restarted."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def test_a_write_whose_connection_is_lost_is_done_once(engine: PostgresEngine, url: str) -> None:
    runs = 0

    async def write(tx: Transaction) -> int:
        nonlocal runs
        runs += 1
        await tx.run("memories.add_owner", {"project": PROJECT, "kind": "user", "id": "ann"})
        if runs == 1:
            await end_all_connections(url)
        return int(await tx.fetch_value("memories.owner_number", {"project": PROJECT, "kind": "user", "id": "ann"}))

    assert await engine.database.write(write) > 0
    assert runs == 2
    async with engine.database.apart() as connection:
        assert await (await connection.execute("SELECT count(*) FROM owners")).fetchone() == (1,)


async def test_a_read_after_a_restart_of_the_server_goes_well(records: Records, url: str) -> None:
    taken = batch("hello")
    await records.accept(taken)
    await end_all_connections(url)
    assert await asyncio.gather(*(records.storage.batch(taken.id) for _ in range(8))) == [taken] * 8


async def test_a_write_whose_commit_may_be_lost_says_so(
    engine: PostgresEngine, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = psycopg.AsyncPipeline.sync

    async def sync_and_lose(pipeline: psycopg.AsyncPipeline) -> None:
        await sync(pipeline)
        await end_all_connections(url)

    monkeypatch.setattr(psycopg.AsyncPipeline, "sync", sync_and_lose)
    with pytest.raises(StorageUnavailable, match="not known"):
        await engine.database.write(lambda tx: tx.run("locks.alone", WORKING))


async def test_what_an_attempt_had_begun_when_its_connection_failed_is_undone(engine: PostgresEngine) -> None:
    """The driver may fail before it knows that the connection is broken, with a transaction open on it."""
    runs = 0

    async def write(session: Session) -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            await session.connection.execute("BEGIN")
            await session.run("memories.add_owner", {"project": PROJECT, "kind": "user", "id": "ann"})
            raise psycopg.OperationalError("the connection is lost")

    await engine.database.read(write)
    assert runs == 2
    async with engine.database.apart() as connection:
        assert await (await connection.execute("SELECT count(*) FROM owners")).fetchone() == (0,)


async def test_a_transaction_that_ends_in_silence_has_not_ended_well(
    engine: PostgresEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.0)

    async def begin(session: Session) -> None:
        await session.connection.execute("BEGIN")

    with pytest.raises(StorageUnavailable, match="before the transaction had ended"):
        await engine.database.read(begin)


async def test_a_fault_of_the_program_is_not_retried_and_leaves_nothing(engine: PostgresEngine) -> None:
    async def write(tx: Transaction) -> None:
        await tx.run("memories.add_owner", {"project": PROJECT, "kind": "user", "id": "ann"})
        raise KeyError("a fault")

    with pytest.raises(KeyError):
        await engine.database.write(write)
    async with engine.database.apart() as connection:
        assert await (await connection.execute("SELECT count(*) FROM owners")).fetchone() == (0,)


async def test_a_server_that_is_away_is_an_error_after_a_while(
    engine: PostgresEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.0)

    async def fail(_: Session) -> None:
        raise psycopg.errors.CannotConnectNow("the database system is starting up")

    with pytest.raises(StorageUnavailable, match="starting up"):
        await engine.database.read(fail)


async def test_a_server_that_was_away_is_found_again_when_it_is_back(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pool's own attempts would come 1, 3, 7, 15 seconds after the first and on."""
    monkeypatch.setattr(database, "PATIENCE", 0.5)
    monkeypatch.setattr(database, "WAITED_FOR", 0.5)
    server = Postgres(directory / "server").start()
    try:
        engine = await PostgresEngine.open(server.url(), connections=2)
        server.kill()
        back = time.monotonic() + 3.5
        while time.monotonic() < back:
            with pytest.raises(StorageUnavailable):
                await asyncio.gather(*(engine.queue.backlog() for _ in range(3)))
        server.start()
        assert (await engine.queue.backlog()).waiting == 0
        await engine.close()
    finally:
        server.kill()


async def test_a_connection_of_its_own_that_breaks_is_storage_that_is_away(engine: PostgresEngine, url: str) -> None:
    async def use() -> None:
        async with engine.database.apart() as connection:
            await end_all_connections(url)
            await connection.execute("SELECT 1")

    with pytest.raises(StorageUnavailable):
        await use()


async def test_a_closed_engine_says_so(engine: PostgresEngine) -> None:
    await engine.close()
    await engine.close()
    with pytest.raises(StorageUnavailable, match="closed"):
        await engine.queue.backlog()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [("postgresql://nobody@127.0.0.1:1/none", "storage is unavailable"), ("postgresql://x?no=1", "cannot be read")],
)
async def test_what_cannot_be_connected_to_is_named(wrong: str, says: str) -> None:
    with pytest.raises(StorageUnavailable, match=says):
        await PostgresEngine.open(wrong)


async def test_processes_see_each_others_writes_at_once(engine: PostgresEngine, other: PostgresEngine) -> None:
    here, there = records_of(engine), records_of(other)
    [tea] = await here.remember(content("ann likes tea", names=["tea"]))
    probe = question("tea", entities=["tea"])
    assert await there.found_anywhere(probe) == {tea}
    [more] = await here.remember(content("and more tea", names=["tea"]))
    assert await there.found_anywhere(probe) == {tea, more}
    assert await there.found("text", probe) == await here.found("text", probe)
    await here.storage.erase_memories(PROJECT, [tea])
    assert await there.found_anywhere(probe) == {more}


async def test_what_one_process_erases_others_do_not_keep_in_memory(
    engine: PostgresEngine, other: PostgresEngine
) -> None:
    [tea] = await records_of(engine).remember(content("ann likes tea"))
    assert len(await other.storage.ranked(PROJECT, [tea], model=MODEL)) == 1
    kept = other.storage._decoded._kept  # type: ignore[attr-defined]
    assert len(kept) == 1
    await engine.storage.erase_memories(PROJECT, [tea])

    async with asyncio.timeout(20):
        while kept:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_one_process_hears_how_a_task_ended_in_another(engine: PostgresEngine, other: PostgresEngine) -> None:
    here, there = records_of(engine), records_of(other)
    task = await here.claim(await here.accept(batch("x")))
    async with asyncio.timeout(20):
        waiting = asyncio.create_task(there.queue.finished(PROJECT, task.id, at_most=timedelta(minutes=5)))
        await asyncio.gather(waiting, here.queue.settle(task, Done()))
    record = waiting.result()
    assert record is not None
    assert record.state is State.DONE


async def test_writers_of_many_processes_never_double_a_lock(engine: PostgresEngine, other: PostgresEngine) -> None:
    """Accepting and settling race for the mark of the first task of a lock."""
    here, there = records_of(engine), records_of(other)

    async def run(records: Records, number: int) -> None:
        for _ in range(5):
            await records.accept(batch("x", user=f"user {number % 2}"))
            for task in await records.queue.claim(limit=3, lease=LEASE):
                assert isinstance(task.job, Remember)
                taken = await records.storage.batch(task.job.batch)
                assert taken is not None
                assert await records.apply(task, taken, Add(memory_id(), content("tea", names=["tea", "milk"])))

    await asyncio.gather(*(run(records, number) for records in (here, there) for number in range(4)))
    assert [finding for finding in await engine.findings() if not finding.well] == []
    while claimed := await here.queue.claim(limit=9, lease=LEASE):
        assert len({task.lock for task in claimed}) == len(claimed)
        for task in claimed:
            assert isinstance(task.job, Remember)
            taken = await here.storage.batch(task.job.batch)
            assert taken is not None
            assert await here.apply(task, taken)
    assert (await here.queue.backlog()).waiting == 0


async def test_the_standby_takes_over_and_nothing_acknowledged_is_lost(directory: Path) -> None:
    first = Postgres(directory / "first").start()
    second = Postgres(directory / "second", source=first.url())
    try:
        second.start()
        async with await psycopg.AsyncConnection.connect(first.url(), autocommit=True) as connection:
            await connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            await connection.execute("SELECT pg_reload_conf()")
        url = f"postgresql://postgres@127.0.0.1:{first.port},127.0.0.1:{second.port}/postgres"
        engine = await PostgresEngine.open(url, connections=4)
        records, acknowledged, unknown = records_of(engine), list[Batch](), list[str]()
        stop = asyncio.Event()

        async def write(number: int) -> None:
            while not stop.is_set():
                taken = batch("said", user=f"user {number}", owner=Owner.user(f"user {number}"))
                try:
                    await records.accept(taken)
                except StorageUnavailable as error:
                    unknown.append(str(error))
                else:
                    acknowledged.append(taken)

        async def until_more(count: int) -> None:
            enough = len(acknowledged) + count
            while len(acknowledged) < enough:  # noqa: ASYNC110
                await asyncio.sleep(0)

        async with asyncio.timeout(100), asyncio.TaskGroup() as writing:
            for number in range(3):
                writing.create_task(write(number))
            await until_more(20)
            first.kill()
            await asyncio.to_thread(second.promote)
            await until_more(20)
            stop.set()
        assert [await records.storage.batch(one.id) for one in acknowledged] == acknowledged
        assert len(unknown) <= 3, unknown
        assert all("not known" in error for error in unknown), unknown
        await engine.close()
    finally:
        second.kill()
        first.kill()
