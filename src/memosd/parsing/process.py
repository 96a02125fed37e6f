"""Runs the parser of one file as a process of its own, with bounds, and reads what it says."""

import asyncio
import contextlib
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from memosd import children
from memosd.domain.documents import Block, BlockKind, Document
from memosd.domain.errors import Unreadable
from memosd.domain.files import FileKind
from memosd.parsing.limits import Bounds

COMMAND = (sys.executable, "-P", "-m", "memosd.parsing")
"""`-P`: modules that happen to lie in the working directory are not imported."""
BYTES_A_CHARACTER = 6
"""Of a character as JSON, at the most."""
CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class ProcessReader:
    """A `ports.documents.Reader`. at_once: files read at the same time; the others wait.

    A process lives for one file: whatever it leaks or breaks ends with it.
    """

    bounds: Bounds = field(default_factory=Bounds)
    command: tuple[str, ...] = COMMAND
    at_once: int = 2
    _free: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_free", asyncio.Semaphore(self.at_once))

    async def read(self, path: Path, *, name: str, kind: FileKind) -> Document:
        async with self._free:
            said, status = await self._ask(path, name, kind)
        return await asyncio.to_thread(_document, said, status)

    async def _ask(self, path: Path, name: str, kind: FileKind) -> tuple[bytes, int | None]:
        b = self.bounds
        told = json.dumps([str(path), name, kind.value, b.pages, b.seconds, b.memory, b.characters, b.unpacked])
        process = await asyncio.create_subprocess_exec(
            *self.command,
            told,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=children.environment(),
            start_new_session=True,  # a signal to the server's group is not for it
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(b.seconds):
                said = await _all(process.stdout, limit=BYTES_A_CHARACTER * b.characters)
                await process.wait()
        except TimeoutError:
            raise Unreadable(f"reading it took longer than {b.seconds:.0f} seconds") from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        return said, process.returncode


def _document(said: bytes, status: int | None) -> Document:
    try:
        answer: dict[str, Any] = json.loads(said)
    except ValueError:
        raise Unreadable(_ended(status)) from None
    if "problem" in answer:
        raise Unreadable(answer["problem"])
    if "blocks" not in answer:
        raise Unreadable(_ended(status))
    blocks = tuple(Block(BlockKind(kind), text, level, page) for kind, text, level, page in answer["blocks"])
    return Document(answer["title"], blocks, answer["pages"], tuple(answer["members"]))


async def _all(stream: asyncio.StreamReader, *, limit: int) -> bytes:
    chunks, size = [], 0
    while chunk := await stream.read(CHUNK):
        size += len(chunk)
        if size > limit:
            raise Unreadable("it says more than is read of one file")
        chunks.append(chunk)
    return b"".join(chunks)


def _ended(status: int | None) -> str:
    return (
        f"the parser was ended by it (status {status}): the file is damaged, or needs more memory or time than allowed"
    )
