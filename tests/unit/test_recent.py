"""The vectors of recent texts are made once."""

import numpy as np

from memosd.ports.models import Embedder
from memosd.providers.recent import LENGTH, RecentEmbedder
from tests.support.fakes import HashEmbedder


def fits(embedder: RecentEmbedder) -> Embedder:
    return embedder


async def test_a_text_is_embedded_once_and_rows_keep_their_order() -> None:
    inner = HashEmbedder()
    recent = RecentEmbedder(inner)
    first = await recent.embed(["tea", "jazz", "tea"], purpose="passage")
    again = await recent.embed(["jazz", "trains", "tea"], purpose="passage")
    assert inner.texts == ["tea", "jazz", "trains"]
    assert np.array_equal(first[0], first[2])
    assert np.array_equal(again[0], first[1])
    assert np.array_equal(again[2], first[0])


async def test_a_question_is_not_a_passage() -> None:
    inner = HashEmbedder()
    recent = RecentEmbedder(inner)
    await recent.embed(["tea"], purpose="passage")
    await recent.embed(["tea"], purpose="query")
    assert inner.texts == ["tea", "tea"]


async def test_old_and_long_texts_are_let_go() -> None:
    inner = HashEmbedder()
    recent = RecentEmbedder(inner, limit=1)
    long = "tea " * LENGTH
    await recent.embed(["tea", "jazz", long], purpose="passage")
    await recent.embed(["jazz"], purpose="passage")
    assert inner.texts == ["tea", "jazz", long]
    await recent.embed(["tea", long], purpose="passage")
    assert inner.texts == ["tea", "jazz", long, "tea", long]


async def test_it_is_known_by_the_model_beneath() -> None:
    recent = RecentEmbedder(HashEmbedder())
    assert (recent.model, recent.dimensions) == ("words", 256)
    assert (await recent.embed([], purpose="query")).shape == (0, 256)
