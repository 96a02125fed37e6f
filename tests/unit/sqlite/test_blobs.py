"""Contents on the disk: what the behaviour suite does not ask of every engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from memosd.domain.errors import NotFound, StorageUnavailable
from memosd.domain.ids import ProjectId
from memosd.engines.sqlite import SqliteEngine


async def of(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def lying(directory: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in directory.rglob("*") if path.is_file())


async def test_what_had_half_arrived_is_gone_at_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "blobs" / "arriving").mkdir(parents=True)
    (tmp_path / "blobs" / "arriving" / "x").write_bytes(b"half")
    beside = SqliteEngine.open(tmp_path, exclusive=False)
    await beside.close()
    assert lying(tmp_path / "blobs") == [b"half"], "a server may be running"
    engine = SqliteEngine.open(tmp_path)
    assert lying(tmp_path / "blobs") == []
    await engine.close()


@pytest.mark.parametrize(
    ("project", "digest"), [("..", "a" * 64), ("proj_1", "../" + "a" * 61), ("proj_1", ""), ("", "a" * 64)]
)
async def test_names_lead_nowhere_else(tmp_path: Path, project: str, digest: str) -> None:
    engine = SqliteEngine.open(tmp_path)
    with pytest.raises(NotFound):
        async with engine.blobs.reading(ProjectId(project), digest):
            pass
    await engine.close()


async def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_bytes(b"a file")
    engine = SqliteEngine.open(tmp_path)
    with pytest.raises(StorageUnavailable):
        async with engine.blobs.stage(of(b"x"), limit=1):
            pass
    await engine.close()
