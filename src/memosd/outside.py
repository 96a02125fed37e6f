"""The database and the indexes beside it that the settings ask for. What an index needs is imported only if it is
wanted."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from memosd.engines.postgres import PostgresEngine
from memosd.engines.sqlite import SqliteEngine
from memosd.flows.beside import Beside
from memosd.flows.large_scopes import LargeScopes
from memosd.ports.engine import Engine
from memosd.ports.models import Embedder
from memosd.ports.projection import Whole
from memosd.settings import Settings

log = logging.getLogger(__name__)

VECTORS, GRAPH = "vectors", "graph"
"""Directories in the data directory."""


@asynccontextmanager
async def open_engine(settings: Settings, *, exclusive: bool = True) -> AsyncIterator[Engine]:
    """The database that the settings name. exclusive: as the one server of a data directory; PostgreSQL has many."""
    engine: Engine
    if settings.database_url is not None:
        url, connections = settings.database_url.get_secret_value(), settings.database_connections
        engine = await PostgresEngine.open(url, connections=connections)
    else:
        vector_bytes = settings.vector_cache_mb << 20
        engine = SqliteEngine.open(settings.data_dir, exclusive=exclusive, vector_bytes=vector_bytes)
    try:
        yield engine
    finally:
        await engine.close()


def beside(settings: Settings, engine: Engine, embedder: Embedder) -> list[LargeScopes | Beside]:
    """Each is to stand before the engine's own index of the same name. They follow the changes that a data directory
    numbers; PostgreSQL has its own, and the settings refuse others."""
    if not isinstance(engine, SqliteEngine):
        return []
    found: list[LargeScopes | Beside] = []
    for build in (_vectors, _graph):
        try:
            index = build(settings, engine, embedder)
        except ModuleNotFoundError as error:
            log.warning("an index that the settings ask for needs a package, the records answer instead: %s", error)
        else:
            found += [index] if index is not None else []
    return found


def _vectors(settings: Settings, engine: SqliteEngine, embedder: Embedder) -> LargeScopes | Beside | None:
    if settings.vectors == "exact":
        return None
    [own] = [index for index in engine.indexes if index.name == "vector"]
    model, dimensions = embedder.model, embedder.dimensions
    if settings.vectors == "qdrant-edge":
        from memosd.engines.qdrant.shards import EdgeShards

        shards = EdgeShards(settings.data_dir / VECTORS, model, dimensions)
        return LargeScopes(own, engine.changes, shards, model, settings.large_scope)
    from memosd.engines.qdrant.server import QdrantServer

    key = settings.vectors_key.get_secret_value() if settings.vectors_key else None
    server = QdrantServer(settings.vectors, key, model, dimensions)
    return Beside(own, engine.changes, server, model, "the vector database")


def _graph(settings: Settings, engine: SqliteEngine, _: Embedder) -> Beside | None:
    graph = settings.graph.get_secret_value()
    if graph == "records":
        return None
    [own] = [index for index in engine.indexes if index.name == "graph"]
    return Beside(own, engine.changes, _graph_database(settings, graph), None, "the graph database")


def _graph_database(settings: Settings, graph: str) -> Whole:
    if graph == "kglite":
        from memosd.engines.cypher.kglite import KgliteDirectory

        return KgliteDirectory(settings.data_dir / GRAPH)
    from memosd.engines.cypher.bolt import BoltDatabase

    return BoltDatabase(graph)
