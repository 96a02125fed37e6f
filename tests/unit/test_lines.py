"""Talk is embedded by its lines, each once, without the labels of its speakers."""

import numpy as np
import pytest

from memosd.ports.models import Embedder
from memosd.providers.lines import LineEmbedder
from memosd.providers.recent import RecentEmbedder
from tests.support.fakes import HashEmbedder

ROUNDS = [
    ("User: I drink oolong\nAssistant: A fine choice for the evening", "I drink oolong"),
    ("用户：我每天跑步五公里\n助手：坚持得很好，记得拉伸", "我每天跑步五公里"),
    ("用戶：我每天跑步五公里\n助手：堅持得很好", "我每天跑步五公里"),
]


def fits(embedder: LineEmbedder) -> Embedder:
    return embedder


@pytest.mark.parametrize(("round", "said"), ROUNDS)
async def test_what_was_embedded_as_a_statement_is_not_embedded_again_in_its_round(round: str, said: str) -> None:
    inner = HashEmbedder()
    by_line = LineEmbedder(RecentEmbedder(inner))
    await by_line.embed([said], purpose="passage")
    await by_line.embed([round], purpose="passage")
    assert inner.texts[0] == said
    assert len(inner.texts) == 2


async def test_a_vector_is_the_mean_of_the_lines_by_length_and_of_length_one() -> None:
    by_line = LineEmbedder(HashEmbedder())
    short, long = "tea", "a long walk in the old town"
    one, other, both = await by_line.embed([short, long, f"User: {short}\n\nAssistant: {long}"], purpose="passage")
    expected = len(short) * one + len(long) * other
    assert both == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)


async def test_queries_and_lines_alone_are_passed_on() -> None:
    inner = HashEmbedder()
    by_line = LineEmbedder(inner)
    question = "User: what?\nAssistant: that"
    assert np.array_equal(
        await by_line.embed([question], purpose="query"), await inner.embed([question], purpose="query")
    )
    assert np.array_equal(
        await by_line.embed(["茶", " "], purpose="passage"), await inner.embed(["茶", " "], purpose="passage")
    )
    assert (await by_line.embed([], purpose="passage")).shape == (0, inner.dimensions)


async def test_lines_that_cancel_each_other_out_leave_the_first() -> None:
    class Opposed(HashEmbedder):
        async def embed(self, texts: object, *, purpose: object) -> np.ndarray:
            return np.array([[1, 0], [-1, 0]], np.float32)

        dimensions = 2

    [vector] = await LineEmbedder(Opposed()).embed(["yes\nnah"], purpose="passage")
    assert vector.tolist() == [1, 0]


async def test_vectors_made_by_line_are_told_from_others() -> None:
    assert LineEmbedder(HashEmbedder()).model == "words/lines-1"
