"""What is asked for at once is read at once, and nobody suffers for it."""

import asyncio
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import apsw
import pytest

from memosd.domain.errors import StorageUnavailable
from memosd.engines.sqlite.database import connect
from memosd.engines.sqlite.readers import MAX_TOGETHER, Readers


@pytest.fixture
def path(tmp_path: Path) -> Path:
    connection = connect(tmp_path / "some.db", create=True)
    connection.execute("CREATE TABLE said (what TEXT)")
    connection.close()
    return tmp_path / "some.db"


@pytest.fixture
def readers(path: Path) -> Iterator[Readers]:
    readers = Readers(partial(connect, path, create=False))
    yield readers
    readers.close()


def _count(connection: apsw.Connection) -> int:
    [(count,)] = connection.execute("SELECT count(*) FROM said").fetchall()
    assert isinstance(count, int)
    return count


async def test_reads_of_one_turn_see_one_snapshot(readers: Readers, path: Path) -> None:
    beside = connect(path, create=False)

    def write_and_count(connection: apsw.Connection) -> int:
        before = _count(connection)  # the snapshot is taken by the first look
        beside.execute("INSERT INTO said VALUES ('tea')")
        return before

    first, second = await asyncio.gather(readers.read(write_and_count), readers.read(_count))
    assert (first, second) == (0, 0)
    assert await readers.read(_count) == 1
    beside.close()


async def test_reads_of_one_turn_share_a_thread_up_to_a_number(readers: Readers) -> None:
    def where(connection: apsw.Connection) -> tuple[int, int]:
        return threading.get_ident(), id(connection)

    few = await asyncio.gather(*(readers.read(where) for _ in range(MAX_TOGETHER)))
    assert len(set(few)) == 1
    started = threading.Barrier(2, timeout=60)

    def meet(connection: apsw.Connection) -> int:
        return started.wait()

    # Those of one turn that are more than so many do not wait for the first ones.
    first, *_, last = await asyncio.gather(
        readers.read(meet), *(readers.read(where) for _ in range(MAX_TOGETHER - 1)), readers.read(meet)
    )
    assert {first, last} == {0, 1}


async def test_one_that_fails_fails_alone(readers: Readers) -> None:
    def fail(connection: apsw.Connection) -> int:
        raise KeyError("mine")

    def break_down(connection: apsw.Connection) -> int:
        raise apsw.IOError("disk")

    mine, theirs, well = await asyncio.gather(
        readers.read(fail), readers.read(break_down), readers.read(_count), return_exceptions=True
    )
    assert isinstance(mine, KeyError)
    assert isinstance(theirs, StorageUnavailable)
    assert well == 0
    with pytest.raises(StorageUnavailable):
        await readers.read_alone(break_down)


async def test_nobody_waits_for_ever_when_it_is_closed(readers: Readers) -> None:
    waiting = asyncio.create_task(readers.read(_count))
    await asyncio.sleep(0)  # asked for, not sent yet
    readers.close()
    with pytest.raises(StorageUnavailable, match="closed"):
        await waiting


async def test_what_nobody_waits_for_any_more_is_not_read(readers: Readers) -> None:
    read: list[str] = []
    gone = asyncio.create_task(readers.read(lambda _: read.append("gone")))
    kept = asyncio.create_task(readers.read(lambda _: read.append("kept")))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait([gone, kept])
    assert read == ["kept"]
