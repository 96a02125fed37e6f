"""Contents of files and secrets, shared by processes: what the behaviour suite, with one engine, cannot ask."""

import asyncio
from collections.abc import AsyncIterator

from memosd.domain.files import File, FileKind
from memosd.domain.ids import FileId, TaskId
from memosd.domain.tasks import Study, Task
from memosd.engines.postgres import PostgresEngine
from memosd.flows.shelf import Shelf
from memosd.ports.files import Staged
from tests.support.records import MORNING, PROJECT, Records, batch


async def of(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def keep(engine: PostgresEngine, content: bytes) -> Staged:
    async with engine.blobs.stage(of(content), limit=100) as staged:
        await engine.blobs.keep(PROJECT, staged)
        return staged


async def attach(records: Records, name: str, digest: str) -> None:
    """A file with this content in a message of a user of this name."""
    taken = batch(name, user=name)
    file = File(FileId(f"file_{name}"), PROJECT, taken.messages[0].id, FileKind.IMAGE, name, 7, digest, MORNING)
    task = Task(TaskId(f"task_{name}"), PROJECT, Study(taken.id), f"{PROJECT}/{taken.owner}")
    await records.storage.accept(taken, task=task, files=[file])


async def test_a_content_whose_file_never_came_is_removed(engine: PostgresEngine, records: Records) -> None:
    """As after a crash between the two."""
    lost, kept = await keep(engine, b"lost"), await keep(engine, b"kept")
    await attach(records, "ann", kept.digest)
    assert await engine.files.loose_blobs(limit=9) == [(PROJECT, lost.digest)]
    await Shelf(engine.storage, engine.files, engine.blobs).tidy()
    assert await engine.files.loose_blobs(limit=9) == []
    async with engine.database.apart() as connection:
        cursor = await connection.execute("SELECT digest FROM contents")
        assert await cursor.fetchall() == [(kept.digest,)]


async def test_of_two_deletions_at_once_the_last_file_is_not_overlooked(
    engine: PostgresEngine, records: Records
) -> None:
    """Neither transaction sees that the other one takes the other file."""
    staged = await keep(engine, b"both")
    for name in ("ann", "bob"):
        await attach(records, name, staged.digest)
    async with engine.database.apart() as first:
        async with first.transaction():
            await first.execute("DELETE FROM batches WHERE user_id = 'ann'")
            assert await engine.files.has_content(PROJECT, staged.digest), "for the others it has two files still"
            erased = asyncio.create_task(engine.storage.erase_user(PROJECT, "bob"))
            await waiting(engine)
        await erased
    assert await engine.files.loose_blobs(limit=9) == [(PROJECT, staged.digest)]
    assert not await engine.files.has_content(PROJECT, staged.digest)


async def waiting(engine: PostgresEngine) -> None:
    """Until somebody waits for a lock of the database."""
    async with engine.database.apart() as connection:
        while True:
            cursor = await connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if await cursor.fetchone() != (0,):
                return
            await asyncio.sleep(0)


async def test_a_content_that_is_still_had_is_not_dropped(engine: PostgresEngine, records: Records) -> None:
    staged = await keep(engine, b"wanted")
    await attach(records, "ann", staged.digest)
    await engine.blobs.drop(PROJECT, staged.digest)
    async with engine.blobs.reading(PROJECT, staged.digest) as path:
        assert path.read_bytes() == b"wanted"


async def test_one_process_at_a_time_changes_what_is_wanted(engine: PostgresEngine, other: PostgresEngine) -> None:
    order: list[str] = []

    async def change() -> None:
        async with other.blobs.changing:
            order.append("other")

    async with asyncio.TaskGroup() as group, engine.blobs.changing:
        group.create_task(change())
        await waiting(engine)
        order.append("one")
    assert order == ["one", "other"]


async def test_processes_that_start_together_have_one_secret(engine: PostgresEngine, other: PostgresEngine) -> None:
    one, another = await asyncio.gather(engine.secret("links"), other.secret("links"))
    assert one == another
