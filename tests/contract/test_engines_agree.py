"""The same memories and questions give the same answers on every engine; `bench.congruence` asks more."""

import pytest

from harness.congruence import compare, fill, queries, works
from tests.support.engines import Places, opened
from tests.support.fakes import HashEmbedder

USERS = 3


@pytest.mark.parametrize("kind", ["postgres"])
async def test_engines_give_the_same_answers(places: Places, kind: str) -> None:
    embedder = HashEmbedder()
    with places.new("sqlite") as here, places.new(kind) as there:
        async with opened(here) as one, opened(there) as other:
            await fill((one, other), works(1_500, users=USERS), embedder)
            found = await compare(one, other, queries(60, users=USERS), embedder)
    assert found.unlike == ()
    assert found.difference < 1e-6
