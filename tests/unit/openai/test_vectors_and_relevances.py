"""Embeddings and rerank by URL."""

import numpy as np
import pytest

from memosd.domain.errors import ModelUnavailable
from memosd.language.tokens import count_tokens
from memosd.providers.openai import Connection, OpenAIEmbedder, OpenAIReranker
from tests.support.model_server import ModelServer

DOCUMENTS = ["The boiler is old.", "Ana cycles to work.", "Ana cycles nine kilometres to work."]


async def test_vectors_are_in_order_and_of_length_one(server: ModelServer, connection: Connection) -> None:
    embedder = await OpenAIEmbedder.open(connection, "small")
    assert (embedder.dimensions, embedder.model) == (32, "small/32")
    vectors = await embedder.embed([f"word{i}" for i in range(130)] + [""], purpose="passage")
    assert vectors.shape == (131, 32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    expected = np.array(server.vector("word129"), np.float32)
    assert np.allclose(vectors[129], expected / np.linalg.norm(expected))


async def test_prefixes_shape_vectors_and_the_name(connection: Connection) -> None:
    embedder = await OpenAIEmbedder.open(connection, "small", prefixes=("query: ", "passage: "))
    plain = await OpenAIEmbedder.open(connection, "small")
    [query] = await embedder.embed(["bees"], purpose="query")
    [same] = await plain.embed(["query: bees"], purpose="query")
    assert np.allclose(query, same)
    assert embedder.model != plain.model


async def test_another_model_behind_the_same_name_is_noticed(server: ModelServer, connection: Connection) -> None:
    embedder = await OpenAIEmbedder.open(connection, "small")
    server.dimensions = 16
    with pytest.raises(ModelUnavailable, match="16 dimensions, not 32"):
        await embedder.embed(["bees"], purpose="query")


async def test_embeddings_that_fail_are_unavailable(server: ModelServer, connection: Connection) -> None:
    server.embeddings_down = True
    with pytest.raises(ModelUnavailable, match="HTTP 503"):
        await OpenAIEmbedder.open(connection, "small")


@pytest.mark.parametrize("tei", [False, True], ids=["cohere", "tei"])
async def test_relevances_in_both_forms(server: ModelServer, connection: Connection, tei: bool) -> None:
    server.tei = tei
    reranker = OpenAIReranker(connection, "ranker", count_tokens=count_tokens)
    for _ in range(2):
        found = await reranker.relevances("How does Ana cycle to work, nine kilometres?", DOCUMENTS)
        assert found.scores[2] > found.scores[1] > found.scores[0] == 0
    assert found.tokens.input > 0
    assert len(server.reranked) == (3 if tei else 2), "the form is found out once"
