"""The bundled embedder alone, in a process with nothing else: what every search and every memory has to pay.

As a program (`python -m bench.embedding DIR`) it reads a line of JSON `{"texts": […], "purpose": …, "calls": n}`,
embeds the texts in `n` calls at once, and answers with a line that holds the seconds this took; `EmbeddingProcess` is
the other end.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

from harness.server import GRAPH
from memosd.ports.models import Purpose
from memosd.providers.e5 import E5Embedder
from memosd.providers.lines import LineEmbedder


class EmbeddingProcess:
    """A context; the process lives as long as it does."""

    def __init__(self) -> None:
        command = (sys.executable, "-m", "bench.embedding", str(GRAPH))
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.model = self._answer()

    def __enter__(self) -> "EmbeddingProcess":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _open(self._process.stdin).close()
        self._process.wait(30)
        _open(self._process.stdout).close()

    def seconds(self, texts: Sequence[str], purpose: Purpose, *, calls: int = 1) -> float:
        """How long it takes to embed the texts, spread over so many calls at once."""
        request = json.dumps({"texts": texts, "purpose": purpose, "calls": calls})
        pipe = _open(self._process.stdin)
        pipe.write(request + "\n")
        pipe.flush()
        return float(self._answer())

    def _answer(self) -> str:
        line = _open(self._process.stdout).readline()
        if not line:
            raise RuntimeError(f"the embedding process ended with status {self._process.wait(30)}")
        return line.strip()


def _open(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


async def _serve(directory: Path) -> None:
    embedder = E5Embedder.open(directory, threads=1)
    try:
        print(LineEmbedder(embedder).model, flush=True)
        for line in sys.stdin:
            print(await _embed(embedder, **json.loads(line)), flush=True)
    finally:
        embedder.close()


async def _embed(embedder: E5Embedder, *, texts: list[str], purpose: Purpose, calls: int) -> float:
    started = time.perf_counter()
    await asyncio.gather(*(embedder.embed(texts[i::calls], purpose=purpose) for i in range(calls)))
    return time.perf_counter() - started


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
