"""The vectors of all scopes in a collection of a Qdrant server."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import ApiException

from memosd.domain.errors import SearchUnavailable
from memosd.domain.filters import Filter
from memosd.domain.ids import MemoryId
from memosd.domain.search import Scored
from memosd.engines.common.filters import Inexpressible
from memosd.engines.qdrant import points
from memosd.engines.qdrant.filters import Condition, condition
from memosd.ports.index import Probe
from memosd.ports.projection import Changed

SECONDS = 10
STATE = 0
"""The id of the point whose payload says up to which change the collection has followed; no memory has the number 0."""
SEARCH_WIDTH = 128
_MEMORIES: Condition = {"must": [{"key": "memory", "range": {"gte": 1}}]}


@asynccontextmanager
async def _faults(doing: str) -> AsyncIterator[None]:
    try:
        yield
    except (TimeoutError, ApiException, OSError, ValueError) as error:
        raise SearchUnavailable(f"the vector database, {doing}: {error}") from error


class QdrantVectors:
    """`memosd.ports.projection.Projection` of all scopes."""

    identity = 0

    def __init__(self, client: AsyncQdrantClient, collection: str, dimensions: int) -> None:
        self._client = client
        self._collection = collection
        self._dimensions = dimensions
        self.position = 0

    async def open(self) -> None:
        async with _faults("opening the collection"):
            if not await self._client.collection_exists(self._collection):
                await self._create()
            [*states] = await self._client.retrieve(self._collection, [STATE], with_payload=True)
            self.position = int(states[0].payload["position"]) if states and states[0].payload else 0

    async def _create(self) -> None:
        await self._client.create_collection(
            self._collection,
            vectors_config=models.VectorParams(
                size=self._dimensions, distance=models.Distance.DOT, datatype=models.Datatype.FLOAT16
            ),
            # No graph over all, one for each scope: every search is within one.
            hnsw_config=models.HnswConfigDiff(m=0, payload_m=16),
        )
        for name, kind in points.INDEXED.items():
            schema: Any = models.PayloadSchemaType(kind)
            if name == "scope":
                schema = models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=True)
            await self._client.create_payload_index(self._collection, name, field_schema=schema)

    def can(self, where: Filter) -> bool:
        try:
            condition(where)
        except Inexpressible:
            return False
        return True

    async def apply(self, changed: Sequence[Changed]) -> None:
        new = [
            models.PointStruct(id=id_, vector=vector, payload=shown)
            for each in changed
            for id_, vector, shown in points.points(each)
        ]
        state = {"position": changed[-1].position}
        moved = models.PointStruct(id=STATE, vector=[0.0] * self._dimensions, payload=state)
        async with _faults("writing"):
            gone = models.FilterSelector(filter=server_filter(points.of_memories(changed)))
            await self._client.delete(self._collection, gone, wait=True)
            if new:
                await self._client.upsert(self._collection, new, wait=True)
            await self._client.upsert(self._collection, [moved], wait=True)
        self.position = changed[-1].position

    async def flush(self) -> None:
        """The server makes what it acknowledged durable itself."""

    async def search(self, probe: Probe, *, limit: int) -> list[Scored]:
        return await points.search(probe, self._ask, limit=limit, all_scopes=True)

    async def _ask(self, vector: list[float], where: Condition, limit: int) -> list[points.Found]:
        async with _faults("searching"):
            answer = await self._client.query_points(
                self._collection,
                query=vector,
                query_filter=server_filter(where),
                search_params=models.SearchParams(hnsw_ef=max(SEARCH_WIDTH, 2 * limit)),
                limit=limit,
                with_payload=["id"],
            )
        return [(MemoryId(point.payload["id"]), point.score) for point in answer.points if point.payload]

    async def count(self) -> int:
        async with _faults("counting"):
            counted = await self._client.count(self._collection, count_filter=server_filter(_MEMORIES), exact=True)
        return counted.count

    async def worn(self) -> bool:
        return False

    async def close(self) -> None:
        async with _faults("closing"):
            await self._client.close()


def server_filter(where: Condition) -> models.Filter:
    return models.Filter.model_validate(where)


@dataclass(frozen=True, slots=True)
class QdrantServer:
    """`memosd.ports.projection.Whole`. url: of the server, or `:memory:` for the client's own imitation of one."""

    url: str
    api_key: str | None
    model: str
    dimensions: int

    @property
    def collection(self) -> str:
        return f"memosd-{hashlib.sha256(self.model.encode()).hexdigest()[:12]}"

    async def open(self) -> QdrantVectors:
        opened = QdrantVectors(self._client(), self.collection, self.dimensions)
        try:
            await opened.open()
        except SearchUnavailable:
            await opened.close()
            raise
        return opened

    async def clear(self) -> None:
        client = self._client()
        try:
            async with _faults("clearing"):
                await client.delete_collection(self.collection)
        finally:
            await client.close()

    def _client(self) -> AsyncQdrantClient:
        if self.url == ":memory:":
            return AsyncQdrantClient(location=self.url)
        return AsyncQdrantClient(url=self.url, api_key=self.api_key, timeout=SECONDS, check_compatibility=False)
