"""The graph in KGLite: in this process's memory, with a log and a checkpoint in a directory.

Each change is written to the log but not forced to the disk: a killed process loses nothing of it, a power failure its
end. What is lost is read again, since the position is in the same log.
"""

import asyncio
import logging
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kglite

from memosd.domain.errors import SearchUnavailable
from memosd.domain.filters import Filter
from memosd.domain.search import Scored
from memosd.engines.cypher import graph
from memosd.ports.index import Probe
from memosd.ports.projection import Changed

log = logging.getLogger(__name__)

FILE = "graph.kgl"
LOG = 20_000
"""Changes from which on the log is folded into the checkpoint."""
TIMEOUT_MS = 10_000


class KgliteGraph:
    """`memosd.ports.projection.Projection` of all scopes."""

    orders_texts = True
    identity = 0

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="memosd-kglite")
        self._graph: Any = None
        self._since_checkpoint = 0
        self.position = 0

    async def open(self) -> None:
        def load() -> None:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._graph = kglite.open(str(self._path), durable="normal")

        await self._guarded(load)
        for label, name in graph.INDEXES:
            await self.run(f"CREATE INDEX IF NOT EXISTS FOR (n:{label}) ON (n.{name})")
        self.position, _ = await graph.position(self)

    async def run(self, statement: str, **parameters: Any) -> list[graph.Row]:
        if self._graph is None:
            raise SearchUnavailable("the graph is closed")
        rows: list[graph.Row] = await self._guarded(
            lambda: self._graph.cypher(statement, params=parameters, timeout_ms=TIMEOUT_MS).to_list()
        )
        return rows

    def can(self, where: Filter) -> bool:
        return graph.can(where, orders_texts=self.orders_texts)

    async def apply(self, changed: Sequence[Changed]) -> None:
        await graph.apply(self, changed)
        self.position = changed[-1].position
        self._since_checkpoint += len(changed)

    async def flush(self) -> None:
        if self._since_checkpoint >= LOG:
            await self._guarded(lambda: self._graph.save())
            self._since_checkpoint = 0

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        return await graph.search(self, probe, limit=limit)

    async def count(self) -> int:
        return int((await self.run(graph.COUNT))[0]["found"])

    async def worn(self) -> bool:
        return False

    async def close(self) -> None:
        loaded, self._graph = self._graph, None
        if loaded is not None:
            await self._guarded(loaded.close)
        self._threads.shutdown()

    async def _guarded(self, work: Any) -> Any:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except (kglite.KgError, OSError, ValueError, RuntimeError) as error:
            raise SearchUnavailable(f"the graph {self._path}: {error}") from error


@dataclass(frozen=True, slots=True)
class KgliteDirectory:
    """`memosd.ports.projection.Whole`."""

    directory: Path

    async def open(self) -> KgliteGraph:
        """A damaged one is thrown away."""
        try:
            return await self._open()
        except SearchUnavailable as error:
            if isinstance(error.__cause__, kglite.WriterLeaseHeldError):
                raise
            log.warning("the graph is made anew: %s", error)
            await self.clear()
            return await self._open()

    async def _open(self) -> KgliteGraph:
        opened = KgliteGraph(self.directory / FILE)
        try:
            await opened.open()
        except SearchUnavailable:
            await opened.close()
            raise
        return opened

    async def clear(self) -> None:
        await asyncio.to_thread(shutil.rmtree, self.directory, ignore_errors=True)
