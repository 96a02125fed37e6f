"""The process of one shard (`memosd.engines.qdrant.shard`), as the server sees it."""

import asyncio
import contextlib
import sys
from collections import deque
from pathlib import Path
from typing import Any, Self

import orjson

from memosd import children
from memosd.domain.errors import SearchUnavailable

COMMAND = (sys.executable, "-P", "-m", "memosd.engines.qdrant.shard")
ANSWER_SECONDS = 60.0
CLOSE_SECONDS = 10.0
MAX_ANSWER = 64 << 20
"""Bytes."""


class ShardProcess:
    """Answers come in the order of the questions. Who no longer waits for one does not disturb the others."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._questions = process.stdin
        self._waiting: deque[asyncio.Future[dict[str, Any]]] = deque()
        self._listening = asyncio.create_task(self._listen(process.stdout))

    @classmethod
    async def start(cls, directory: Path) -> Self:
        """Raises `SearchUnavailable`."""
        try:
            process = await asyncio.create_subprocess_exec(
                *COMMAND,
                str(directory),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=MAX_ANSWER,
                env=children.environment(),
                start_new_session=True,  # a signal to the server's group is not for it
            )
        except OSError as error:
            raise SearchUnavailable(f"no process for the vector index: {error}") from error
        return cls(process)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ask(self, question: bytes, *, seconds: float | None = None) -> Any:
        """question: of `asked`. seconds: `ANSWER_SECONDS` if not given.

        Raises `SearchUnavailable` if it fails, takes longer, or the process has ended.
        """
        seconds = ANSWER_SECONDS if seconds is None else seconds
        if self._listening.done():
            raise SearchUnavailable(self._ended())
        waiting: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        self._questions.write(question + b"\n")
        try:
            async with asyncio.timeout(seconds):
                with contextlib.suppress(ConnectionError):  # it has ended, which `_listen` says to all who wait
                    await self._questions.drain()
                said = await waiting
        except TimeoutError:
            raise SearchUnavailable(f"the vector index did not answer within {seconds:.0f} s") from None
        if "failed" in said:
            raise SearchUnavailable(f"the vector index failed: {said['failed']}")
        return said["answer"]

    async def _listen(self, answers: asyncio.StreamReader) -> None:
        try:
            while line := await answers.readline():
                said = orjson.loads(line)
                waiting = self._waiting.popleft()
                if not waiting.done():
                    waiting.set_result(said)
        except (ValueError, IndexError):  # an answer that is none, or far too long, or to no question
            self._kill()
        await self._process.wait()
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(SearchUnavailable(self._ended()))
        self._waiting.clear()

    def _ended(self) -> str:
        return f"the process of the vector index has ended (status {self._process.returncode})"

    async def close(self) -> None:
        """End it; at once if it is still at work for somebody who has gone."""
        if self._waiting:
            self._kill()
        self._questions.close()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await asyncio.shield(self._listening)
        except TimeoutError:
            self._kill()
            await self._listening

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()


def asked(do: str, **arguments: object) -> bytes:
    """A question to the process."""
    return orjson.dumps({"do": do, **arguments})
