"""rerank by the built-in scorer, and by a model that is set up."""

from collections.abc import Sequence

import pytest

from memosd.domain.errors import Unavailable
from memosd.domain.ids import ProjectId
from memosd.domain.usage import Purpose, Tokens
from memosd.flows.rerank import Rerank
from memosd.language.tokens import count_tokens
from memosd.ports.models import Relevances
from tests.flows.conftest import PROJECT, Memosd
from tests.support.fakes import FrozenClock, HashEmbedder

OURS = ProjectId("p")


class Model:
    """down: cannot be reached."""

    model = "ranker"
    down = False

    async def relevances(self, query: str, documents: Sequence[str]) -> Relevances:
        if self.down:
            raise Unavailable("the reranker is down")
        return Relevances((0.5,) * len(documents), Tokens(1, 40, 0))


def rerank(memosd: Memosd, model: Model | None = None) -> Rerank:
    embedder = HashEmbedder()
    return Rerank(lambda: embedder, model, memosd.engine.ledger, count_tokens, FrozenClock())


@pytest.mark.parametrize(
    ("query", "documents", "best"),
    [
        ("Where are the bees kept?", ["The boiler is old.", "The bees are kept on the roof.", ""], 1),
        ("蜜蜂养在哪里？", ["锅炉很旧。", "周五下雨。", "蜜蜂养在楼顶。"], 2),
    ],
)
async def test_the_built_in_scorer(memosd: Memosd, query: str, documents: list[str], best: int) -> None:
    found = await rerank(memosd)(OURS, query, documents)
    assert len(found.scores) == len(documents)
    assert all(0 <= score <= 1 for score in found.scores)
    assert max(range(len(documents)), key=lambda i: found.scores[i]) == best
    assert found.tokens.input == sum(map(count_tokens, (query, *documents)))
    assert await memosd.engine.ledger.by_day(since=FrozenClock()().date()) == [], "no model was paid for"


async def test_a_model_is_accounted_for_and_never_replaced(memosd: Memosd) -> None:
    model = Model()
    found = await rerank(memosd, model)(PROJECT, "bees?", ["bees", "wasps"])
    assert found.scores == (0.5, 0.5)
    [usage] = await memosd.engine.ledger.by_day(since=FrozenClock()().date())
    assert (usage.purpose, usage.model, usage.tokens) == (Purpose.RERANK, "ranker", Tokens(1, 40, 0))
    model.down = True
    with pytest.raises(Unavailable):
        await rerank(memosd, model)(PROJECT, "bees?", ["bees"])
