"""The contents of files, and what is signed with: within reach of everybody who shares the records."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from memosd.domain.errors import FileTooLarge, NotFound
from memosd.domain.ids import ProjectId
from memosd.ports.engine import SECRET_BYTES, Engine
from memosd.ports.files import Staged

P, Q = ProjectId("proj_1"), ProjectId("proj_2")
LARGE = bytes(range(256)) * 10_000
"""More than is sent at once."""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary files are made, which must be gone afterwards."""
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    yield directory
    assert list(directory.iterdir()) == []


async def of(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def keep(engine: Engine, project: ProjectId, *chunks: bytes) -> Staged:
    async with engine.blobs.stage(of(*chunks), limit=len(LARGE)) as staged:
        await engine.blobs.keep(project, staged)
        return staged


async def read(engine: Engine, project: ProjectId, digest: str) -> bytes:
    async with engine.blobs.reading(project, digest) as path:
        return path.read_bytes()


@pytest.mark.parametrize("content", [b"hello", b"", LARGE], ids=["small", "empty", "large"])
async def test_a_content_is_kept_once_a_project(engine: Engine, content: bytes) -> None:
    for project in (P, P, Q):
        staged = await keep(engine, project, content[:2], content[2:])
        assert (staged.digest, staged.size) == (sha256(content).hexdigest(), len(content))
    assert await read(engine, P, staged.digest) == content
    await engine.blobs.drop(P, staged.digest)
    await engine.blobs.drop(P, staged.digest)
    assert await read(engine, Q, staged.digest) == content


async def test_what_is_dropped_is_gone(engine: Engine) -> None:
    staged = await keep(engine, P, b"hello")
    await engine.blobs.drop(P, staged.digest)
    with pytest.raises(NotFound):
        await read(engine, P, staged.digest)
    with pytest.raises(NotFound):
        await read(engine, Q, staged.digest)


async def test_what_is_not_kept_leaves_nothing(engine: Engine) -> None:
    async with engine.blobs.stage(of(b"hello"), limit=5) as staged:
        pass
    assert not staged.at.exists()
    with pytest.raises(FileTooLarge, match="more than 4 bytes"):
        async with engine.blobs.stage(of(b"he", b"llo"), limit=4):
            pass
    with pytest.raises(NotFound):
        await read(engine, P, sha256(b"hello").hexdigest())


async def test_one_at_a_time_changes_what_is_wanted(engine: Engine) -> None:
    order: list[str] = []
    begun = asyncio.Event()

    async def change(name: str) -> None:
        async with engine.blobs.changing:
            order.append(name)
            begun.set()
            await asyncio.sleep(0)
            await keep(engine, P, name.encode())
            order.append(name)

    async with asyncio.TaskGroup() as group:
        group.create_task(change("first"))
        await begun.wait()
        for name in ("second", "third"):
            group.create_task(change(name))
    assert order == [name for name in ("first", "second", "third") for _ in range(2)]


async def test_a_secret_stays_the_same(engine: Engine) -> None:
    links, again, other = [await engine.secret(name) for name in ("links", "links", "other")]
    assert len(links) == SECRET_BYTES
    assert links == again
    assert links != other
