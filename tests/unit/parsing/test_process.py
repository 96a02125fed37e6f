"""The process that reads a file: what it may do, and what becomes of one that does more."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from harness.documents import MAKE, Section, Written
from memosd.domain.errors import Unreadable
from memosd.domain.files import FileKind
from memosd.parsing.limits import Bounds
from memosd.parsing.process import ProcessReader

DOCUMENT = Written("Rules", "en", (Section("Scope", "For everybody."),))
CONFINED = (
    "import json, sys; from memosd.parsing.limits import Bounds, confine; "
    "path, name, kind, *bounds = json.loads(sys.argv[1]); confine(Bounds(*bounds)); "
)


def reader(program: str, **bounds: float) -> ProcessReader:
    """One whose process runs this instead of a parser."""
    return ProcessReader(Bounds(**bounds), command=(sys.executable, "-c", CONFINED + program))  # type: ignore[arg-type]


async def ask(reading: ProcessReader, path: Path) -> str:
    """Why the file cannot be read."""
    with pytest.raises(Unreadable) as refused:
        await reading.read(path, name="a.md", kind=FileKind.DOCUMENT)
    return str(refused.value)


async def test_a_document(tmp_path: Path) -> None:
    place = tmp_path / "content"
    place.write_bytes(MAKE["docx"](DOCUMENT))
    found = await ProcessReader().read(place, name="a.docx", kind=FileKind.DOCUMENT)
    assert [block.text for block in found.blocks] == ["Rules", "Scope", "For everybody."]
    place.write_bytes(b"")
    assert await ask(ProcessReader(), place) == "the file is empty"


@pytest.mark.parametrize(
    ("program", "bounds", "says"),
    [
        ("import time; time.sleep(60)", {"seconds": 0.4}, "took longer than 0 seconds"),
        ("import os; os.kill(os.getpid(), 9)", {}, "the parser was ended by it (status -9)"),
        ("import os; os.abort()", {}, "(status -6)"),
        ("sys.exit(3)", {}, "(status 3)"),
        ("x = bytearray(1 << 30); print('{}')", {"memory": 1 << 29}, "(status 1)"),
        ("open(path + '.new', 'wb').write(b'x' * 9)", {}, "the parser was ended"),
        ("sys.stdout.write('x' * 1000)", {"characters": 100}, "says more than is read"),
        ("print('nonsense')", {}, "(status 0)"),
    ],
)
async def test_a_process_that_goes_wrong_fails_its_file_only(
    tmp_path: Path, program: str, bounds: dict[str, float], says: str
) -> None:
    place = tmp_path / "content"
    place.write_bytes(b"x")
    assert says in await ask(reader(program, **bounds), place)
    assert not (tmp_path / "content.new").exists() or not (tmp_path / "content.new").read_bytes()


async def test_it_knows_no_secret_and_imports_nothing_from_where_the_server_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MEMOSD_MODEL_KEY", "MEMOSD_DATABASE_URL", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, "a secret")
    place = tmp_path / "content"
    place.write_bytes(b"x")
    known = await ask(reader("import os; print(json.dumps({'problem': ' '.join(os.environ)}))"), place)
    assert "PATH" in known.split()
    assert not {"MEMOSD_MODEL_KEY", "MEMOSD_DATABASE_URL", "OPENAI_API_KEY"} & set(known.split())
    (tmp_path / "charset_normalizer.py").write_text("raise SystemExit('not the one that is meant')")
    monkeypatch.chdir(tmp_path)
    place.write_bytes(b"# R\xe8gles")  # its encoding is guessed by that package
    found = await ProcessReader().read(place, name="a.md", kind=FileKind.DOCUMENT)
    assert found.title.endswith("gles")


async def test_a_reading_that_is_given_up_takes_its_process_along(tmp_path: Path) -> None:
    pipe, place = tmp_path / "pipe", tmp_path / "content"
    os.mkfifo(pipe)
    place.write_bytes(b"x")
    program = f"import os, time; open({str(pipe)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    reading = asyncio.create_task(reader(program).read(place, name="a", kind=FileKind.DOCUMENT))
    process = int(await asyncio.to_thread(pipe.read_text))
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


async def test_so_many_are_read_at_once(tmp_path: Path) -> None:
    place = tmp_path / "content"
    place.write_bytes(b"# Rules")
    reading = ProcessReader(at_once=1)
    found = await asyncio.gather(*(reading.read(place, name="a.md", kind=FileKind.DOCUMENT) for _ in range(3)))
    assert [document.title for document in found] == ["Rules"] * 3
