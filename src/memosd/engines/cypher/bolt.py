"""The graph in a database of its own that speaks Bolt: Neo4j, Memgraph, ArcadeDB."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from neo4j import AsyncDriver, AsyncGraphDatabase, NotificationMinimumSeverity
from neo4j.exceptions import DriverError, Neo4jError

from memosd.domain.errors import Invalid, SearchUnavailable
from memosd.domain.filters import Filter
from memosd.domain.search import Scored
from memosd.engines.cypher import graph
from memosd.ports.index import Probe
from memosd.ports.projection import Changed

log = logging.getLogger(__name__)

SECONDS = 5.0
"""To connect, and for all retries of a statement."""
CONNECTIONS = 20
_ERRORS = (Neo4jError, DriverError, OSError)


class BoltGraph:
    """`memosd.ports.projection.Projection` of all scopes."""

    orders_texts = False  # the databases written in Java order texts by UTF-16 units
    identity = 0

    def __init__(self, driver: AsyncDriver, database: str | None) -> None:
        self._driver = driver
        self._database = database
        self.position = 0

    async def open(self) -> None:
        for label, name in graph.INDEXES:
            try:
                await self.run(f"CREATE INDEX IF NOT EXISTS FOR (n:{label}) ON (n.{name})")
            except SearchUnavailable as error:
                log.warning("make an index on :%s(%s) in the graph database by hand: %s", label, name, error)
        self.position, _ = await graph.position(self)

    async def run(self, statement: str, **parameters: Any) -> list[graph.Row]:
        try:
            answer = await self._driver.execute_query(statement, parameters, database_=self._database)
        except _ERRORS as error:
            raise SearchUnavailable(f"the graph database: {error}") from error
        return [record.data() for record in answer.records]

    def can(self, where: Filter) -> bool:
        return graph.can(where, orders_texts=self.orders_texts)

    async def apply(self, changed: Sequence[Changed]) -> None:
        await graph.apply(self, changed)
        self.position = changed[-1].position

    async def flush(self) -> None:
        """The database makes each statement durable itself."""

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        return await graph.search(self, probe, limit=limit)

    async def count(self) -> int:
        return int((await self.run(graph.COUNT))[0]["found"])

    async def worn(self) -> bool:
        return False

    async def close(self) -> None:
        try:
            await self._driver.close()
        except _ERRORS as error:
            raise SearchUnavailable(f"the graph database: {error}") from error


@dataclass(frozen=True, slots=True)
class BoltDatabase:
    """`memosd.ports.projection.Whole`. url: `bolt://user:password@host:7687/database`, or with another scheme that the
    driver knows. The database is memosd's alone: `clear` empties it."""

    url: str = field(repr=False)

    async def open(self) -> BoltGraph:
        opened = self._graph()
        try:
            await opened.open()
        except SearchUnavailable:
            await opened.close()
            raise
        return opened

    async def clear(self) -> None:
        opened = self._graph()
        try:
            for label, _ in graph.INDEXES:
                await opened.run(f"MATCH (n:{label}) DETACH DELETE n")
        finally:
            await opened.close()

    def _graph(self) -> BoltGraph:
        try:
            parts = urlsplit(self.url)
            auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
            driver = AsyncGraphDatabase.driver(
                f"{parts.scheme}://{parts.hostname}:{parts.port or 7687}",
                auth=auth,
                connection_timeout=SECONDS,
                connection_acquisition_timeout=SECONDS,
                max_transaction_retry_time=SECONDS,
                max_connection_pool_size=CONNECTIONS,
                notifications_min_severity=NotificationMinimumSeverity.OFF,
            )
        except (ValueError, DriverError):  # their words quote the URL, and that may be the password
            raise Invalid(
                "MEMOSD_GRAPH is no address of a graph database: write bolt://user:password@host:port/database, with "
                "`%` of a password as %25 and `/` as %2F"
            ) from None
        return BoltGraph(driver, parts.path.strip("/") or None)
