"""Mutated files: read, or refused with a reason. `python -m bench.fuzz` does the same to a server with 2,000."""

from pathlib import Path

import pytest

from harness.mutated import good, mutated
from memosd.domain.errors import Unreadable
from memosd.domain.files import FileKind
from memosd.parsing.process import ProcessReader

COUNT = 14


@pytest.mark.parametrize(("name", "content"), good().items(), ids=good())
async def test_what_is_mutated_was_good(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert (await ProcessReader().read(tmp_path / name, name=name, kind=FileKind.DOCUMENT)).blocks


async def test_mutated_files_are_read_or_refused(tmp_path: Path) -> None:
    unforeseen = []
    for i, (name, content) in enumerate(mutated(COUNT, seed=7)):
        place = tmp_path / str(i)
        place.write_bytes(content)
        try:
            document = await ProcessReader().read(place, name=name, kind=FileKind.DOCUMENT)
        except Unreadable as refused:
            if "status 1" in str(refused):  # an error that its parser did not foresee
                unforeseen.append(name)
        else:
            assert document.blocks
    assert unforeseen == []
