"""Contents on the disk."""

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from memosd.domain.errors import FileTooLarge, NotFound, StorageUnavailable
from memosd.domain.ids import ProjectId
from memosd.engines.blobs import BlobDirectory

P, Q = ProjectId("proj_1"), ProjectId("proj_2")


async def of(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def lying(directory: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in directory.rglob("*") if path.is_file())


async def test_a_content_is_kept_once_a_project(tmp_path: Path) -> None:
    blobs = BlobDirectory(tmp_path)
    for project in (P, P, Q):
        async with blobs.stage(of(b"he", b"llo"), limit=5) as staged:
            assert (staged.digest, staged.size) == (sha256(b"hello").hexdigest(), 5)
            blobs.keep(project, staged)
    assert lying(tmp_path) == [b"hello", b"hello"]
    assert blobs.path(P, staged.digest).read_bytes() == b"hello"
    blobs.drop(P, staged.digest)
    blobs.drop(P, staged.digest)
    with pytest.raises(NotFound):
        blobs.path(P, staged.digest)
    assert blobs.path(Q, staged.digest).read_bytes() == b"hello"


async def test_what_is_not_kept_leaves_nothing(tmp_path: Path) -> None:
    blobs = BlobDirectory(tmp_path)
    async with blobs.stage(of(b"hello"), limit=5):
        pass
    with pytest.raises(FileTooLarge, match="more than 4 bytes"):
        async with blobs.stage(of(b"he", b"llo"), limit=4):
            pass
    assert lying(tmp_path) == []


async def test_what_had_half_arrived_is_gone_at_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "arriving").mkdir()
    (tmp_path / "arriving" / "x").write_bytes(b"half")
    BlobDirectory(tmp_path)
    assert lying(tmp_path) == []


@pytest.mark.parametrize(
    ("project", "digest"), [("..", "a" * 64), ("proj_1", "../" + "a" * 61), ("proj_1", ""), ("", "a" * 64)]
)
def test_names_lead_nowhere_else(tmp_path: Path, project: str, digest: str) -> None:
    with pytest.raises(NotFound):
        BlobDirectory(tmp_path).path(ProjectId(project), digest)


async def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_bytes(b"a file")
    with pytest.raises(StorageUnavailable):
        async with BlobDirectory(tmp_path / "blobs").stage(of(b"x"), limit=1):
            pass
