"""Vectors of several embedders side by side, and which of them is the active one."""

from collections.abc import Sequence

import apsw

from memosd.engines.common import embeddings as common
from memosd.engines.common.codec import micros
from memosd.engines.common.embeddings import decode_unembedded, encode_vectors
from memosd.engines.sqlite.database import Database, Transaction
from memosd.engines.sqlite.statements import fetch_all, fetch_one, fetch_value
from memosd.engines.sqlite.vectors import VectorCache
from memosd.ports.embeddings import ActiveEmbedder, Coverage, Embedded, Unembedded
from memosd.ports.index import Clock

DROPPED = 2_000
"""Memories whose old vectors are dropped in one transaction."""


def check_model(tx: Transaction, model: str) -> None:
    """Raises `Unavailable` if vectors of this model are no longer wanted."""
    common.check_model(fetch_one(tx.connection, "embeddings.embedder"), model)


class SqliteEmbeddings:
    """`memosd.ports.embeddings.EmbeddingStore` over the tables `embeddings` and `embedder`."""

    def __init__(self, database: Database, cache: VectorCache, clock: Clock) -> None:
        self._database = database
        self._cache = cache
        self._clock = clock

    async def active(self) -> ActiveEmbedder | None:
        return await self._database.read(_active)

    async def activate(self, embedder: ActiveEmbedder, *, complete: bool = True) -> bool:
        now = micros(self._clock())

        def activate(tx: Transaction) -> bool:
            if complete and fetch_value(tx.connection, "embeddings.any_lacking", (embedder.model,)):
                return False
            tx.run("embeddings.set_embedder", (embedder.model, embedder.origin, now))
            return True

        return await self._database.write(activate)

    async def lacking(self, model: str, *, after: int, limit: int) -> list[Unembedded]:
        rows = await self._database.read(
            lambda connection: fetch_all(connection, "embeddings.lacking", (after, model, limit))
        )
        return [decode_unembedded(row) for row in rows]

    async def put(self, model: str, rows: Sequence[Embedded]) -> int:
        encoded = [(each, encode_vectors(each.vectors)) for each in rows]
        return await self._database.write(
            lambda tx: sum(self._put_one(tx, model, each, vectors) for each, vectors in encoded)
        )

    def _put_one(self, tx: Transaction, model: str, each: Embedded, vectors: tuple[bytes, ...]) -> bool:
        live = fetch_one(tx.connection, "embeddings.live_version", (each.id, each.version))
        if live is None or fetch_one(tx.connection, "embeddings.has", (live[0], model)) is not None:
            return False
        number, owner, kind = live
        tx.run_many(
            "memories.add_embedding",
            [(number, model, key, len(vector) // 2, vector) for key, vector in enumerate(vectors)],
        )
        tx.after_commit(lambda: self._cache.put(owner, model, number, each.id, kind, vectors))
        return True

    async def drop_others(self, model: str) -> None:
        last = int(await self._database.read(lambda connection: fetch_value(connection, "embeddings.last_memory")))
        for start in range(0, last, DROPPED):
            stretch = (start, start + DROPPED, model)
            await self._database.write(lambda tx, stretch=stretch: tx.run("embeddings.drop_others", stretch))  # type: ignore[misc]
        self._cache.clear()

    async def coverage(self, model: str) -> Coverage:
        rows = await self._database.read(lambda connection: fetch_all(connection, "embeddings.progress", (model,)))
        return Coverage(*rows[0])


def _active(connection: apsw.Connection) -> ActiveEmbedder | None:
    row = fetch_one(connection, "embeddings.embedder")
    if row is not None:
        return ActiveEmbedder(*row)
    model = fetch_value(connection, "embeddings.any_model")
    return None if model is None else ActiveEmbedder(model)
