"""The same memories and questions give the same answers on every engine; `bench.congruence` asks more."""

import zlib
from collections.abc import Sequence

import numpy as np
import pytest

from harness.congruence import compare, fill, queries, works
from memosd.ports.models import Purpose, Vectors
from tests.support.engines import Places, opened
from tests.support.fakes import HashEmbedder

USERS = 3


class UnevenEmbedder(HashEmbedder):
    """No two texts are equally far from a third, as it is with true embeddings."""

    model = "uneven words"

    async def embed(self, texts: Sequence[str], *, purpose: Purpose) -> Vectors:
        rows = await super().embed(texts, purpose=purpose)
        seeds = [zlib.crc32(text.encode()) for text in texts]
        own = np.stack([np.random.default_rng(seed).standard_normal(self.dimensions) for seed in seeds])
        uneven = rows + 0.02 * own
        vectors: Vectors = (uneven / np.linalg.norm(uneven, axis=1, keepdims=True)).astype(np.float32)
        return vectors


@pytest.mark.parametrize("kind", ["postgres"])
async def test_engines_give_the_same_answers(places: Places, kind: str) -> None:
    embedder = UnevenEmbedder()
    with places.new("sqlite") as here, places.new(kind) as there:
        async with opened(here) as one, opened(there) as other:
            await fill((one, other), works(1_000, users=USERS), embedder)
            await other.tend()
            found = await compare(one, other, queries(60, users=USERS), embedder)
    assert found.alike >= 59, found.unlike
    assert found.difference < 1e-3
