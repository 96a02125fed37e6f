"""Vectors of several embedders side by side, and which of them is the active one."""

from collections.abc import Mapping, Sequence

from memosd.domain.scope import Owner, OwnerKind
from memosd.engines.common import embeddings as common
from memosd.engines.common.codec import Row, micros
from memosd.engines.common.embeddings import decode_unembedded, encode_vectors
from memosd.engines.postgres.database import Database
from memosd.engines.postgres.halfvec import HalfVector
from memosd.engines.postgres.locks import lock_embedder, lock_names, owner_lock
from memosd.engines.postgres.session import Session, Transaction
from memosd.ports.embeddings import ActiveEmbedder, Coverage, Embedded, Unembedded
from memosd.ports.index import Clock

DROPPED = 2_000
"""Memories whose old vectors are dropped in one transaction."""


async def check_model(tx: Transaction, model: str) -> None:
    """Raises `Unavailable` if vectors of this model are no longer wanted; else they are, until the write ends."""
    await lock_embedder(tx)
    common.check_model(await tx.fetch_one("embeddings.embedder"), model)


class PostgresEmbeddings:
    """`memosd.ports.embeddings.EmbeddingStore` over the tables `embeddings` and `embedder`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def active(self) -> ActiveEmbedder | None:
        return await self._database.read(_active)

    async def activate(self, embedder: ActiveEmbedder, *, complete: bool = True) -> bool:
        model = {"model": embedder.model}
        recorded = {**model, "origin": embedder.origin, "now": micros(self._clock())}
        if complete and await self._database.read(lambda session: _any_lacking(session, embedder.model)):
            return False

        async def activate(tx: Transaction) -> bool:
            await lock_embedder(tx, alone=True)
            if complete and await _any_lacking(tx, embedder.model):
                return False
            await tx.run("embeddings.set_embedder", recorded)
            return True

        return await self._database.write(activate)

    async def lacking(self, model: str, *, after: int, limit: int) -> list[Unembedded]:
        asked = {"model": model, "after": after, "limit": limit}
        rows = await self._database.read(lambda session: session.fetch_all("embeddings.lacking", asked))
        return [decode_unembedded(row) for row in rows]

    async def put(self, model: str, rows: Sequence[Embedded]) -> int:
        vectors = {(each.id, each.version): encode_vectors(each.vectors) for each in rows}
        asked = {"model": model, "ids": [each.id for each in rows]}

        async def put(tx: Transaction) -> int:
            # A memory never changes its owner: with the owners' locks held, what is still there stays as it is.
            owners = await tx.fetch_all("embeddings.owners", asked)
            await lock_names(tx, {owner_lock(project, Owner(OwnerKind(kind), name)) for project, kind, name in owners})
            done = 0
            for own_id, version, project, owner, number, kind in await tx.fetch_all("embeddings.wanting", asked):
                made = vectors.get((own_id, version), ())
                scope = {"project": project, "owner": owner, "number": number, "model": model, "kind": kind}
                of_keys = [{**scope, "key": key, "vector": HalfVector.of_stored(v)} for key, v in enumerate(made)]
                await tx.run_many("vectors.add", of_keys)
                done += bool(made)
            return done

        return await self._database.write(put)

    async def drop_others(self, model: str) -> None:
        stretch: dict[str, object] = {"project": "", "number": -1, "length": DROPPED - 1, "model": model}
        while end := await self._end_of(stretch):
            project, number = end
            await self._drop("embeddings.drop_others", {**stretch, "to_project": project, "to_number": number})
            stretch |= {"project": project, "number": number}
        await self._drop("embeddings.drop_other_rest", stretch)

    async def _end_of(self, stretch: Mapping[str, object]) -> Row | None:
        return await self._database.read(lambda session: session.fetch_one("embeddings.stretch", stretch))

    async def _drop(self, name: str, stretch: Mapping[str, object]) -> None:
        await self._database.write(lambda tx: tx.run(name, stretch))

    async def coverage(self, model: str) -> Coverage:
        async def read(session: Session) -> Coverage:
            [row] = await session.fetch_all("embeddings.coverage", {"model": model})
            return Coverage(*row)

        return await self._database.read(read)


async def _active(session: Session) -> ActiveEmbedder | None:
    row = await session.fetch_one("embeddings.embedder")
    if row is not None:
        return ActiveEmbedder(*row)
    model = await session.fetch_value("embeddings.any_model")
    return None if model is None else ActiveEmbedder(model)


async def _any_lacking(session: Session, model: str) -> bool:
    return bool(await session.fetch_value("embeddings.any_lacking", {"model": model}))
