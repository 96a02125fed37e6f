"""From settings to models: names of chat models, keys that stay where they belong, embedders old and new."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from memosd.domain.errors import Invalid, NoModel, Unavailable
from memosd.models import open_embedders, open_models
from memosd.ports.embeddings import ActiveEmbedder
from memosd.settings import Settings
from tests.support.embedder import graphs as graphs
from tests.support.model_server import ModelServer, serving

URL = "http://127.0.0.1:1/v1"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving(ModelServer()) as server:
        yield server


@pytest.fixture
async def opened() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


def settings(**more: Any) -> Settings:
    given: dict[str, Any] = {"model_url": URL, "model_attempts": 1, **more}
    return Settings(**given)


def model(name: str | None, **more: Any) -> str:
    return open_models(settings(**more)).chat.named(name).model


@pytest.mark.parametrize(
    ("asked", "more", "answers"),
    [
        (None, {"chat_model": "own"}, "own"),
        ("own", {"chat_model": "own"}, "own"),
        ("deepseek-r1", {"chat_model": "own"}, "own"),
        (
            "deepseek-r1",
            {"chat_model": "own", "chat_models": {"deepseek-r1": "deepseek-reasoner"}},
            "deepseek-reasoner",
        ),
        ("fast", {"chat_model": "own", "chat_models": {"fast": {"model": "tiny"}}}, "tiny"),
        (None, {"chat_models": {"fast": "tiny", "qwen2.5-72b-instruct": "qwen-max"}}, "qwen-max"),
        ("qwen3-32b", {"chat_models": {"fast": "tiny"}}, "tiny"),
    ],
)
def test_names_of_chat_models(asked: str | None, more: dict[str, Any], answers: str) -> None:
    assert model(asked, **more) == answers


def test_an_unknown_name_lists_those_that_exist_and_none_says_what_to_set() -> None:
    with pytest.raises(Invalid, match="there is no model 'huge', only deepseek-r1, own, qwen"):
        model("huge", chat_model="own")
    with pytest.raises(NoModel, match="MEMOSD_CHAT_MODEL"):
        model(None)


@pytest.mark.parametrize("purpose", ["chat", "extraction", "embedding", "rerank"])
def test_a_model_needs_a_server(purpose: str) -> None:
    with pytest.raises(ValidationError, match=f"MEMOSD_{purpose.upper()}_URL"):
        settings(model_url=None, **{f"{purpose}_model": "own"})
    assert settings(model_url=None, **{f"{purpose}_model": "own", f"{purpose}_url": URL})


def test_a_key_is_not_sent_to_another_server() -> None:
    models = open_models(
        settings(model_key=SecretStr("sk-shared"), chat_model="a", rerank_model="b", rerank_url="http://127.0.0.1:2")
    )
    chat, reranker = models.chat.named(None), models.reranker
    assert chat._connection.key == "sk-shared"  # type: ignore[attr-defined]
    assert reranker._connection.key is None  # type: ignore[union-attr]


@pytest.fixture
def by_url(server: ModelServer, graphs: Path) -> Settings:
    return settings(model_url=server.url, embedding_model="small", cache_dir=graphs)


async def test_without_settings_the_bundled_embedder_serves(graphs: Path, opened: AsyncExitStack) -> None:
    embedders, bundled = await open_embedders(Settings(cache_dir=graphs), None, opened)
    assert embedders.next is None
    assert embedders.serving.queries.model == bundled.model


async def test_a_new_embedder_waits_for_its_vectors(by_url: Settings, opened: AsyncExitStack) -> None:
    fresh, bundled = await open_embedders(by_url, None, opened)
    assert (fresh.serving.queries.model, fresh.next) == ("small/32", None)
    changed, _ = await open_embedders(by_url, ActiveEmbedder(bundled.model), opened)
    assert changed.next is not None
    assert (changed.serving.queries.model, changed.next.queries.model) == (bundled.model, "small/32")


async def test_one_url_gives_way_to_another(server: ModelServer, by_url: Settings, opened: AsyncExitStack) -> None:
    known = (await open_embedders(by_url, None, opened))[0].serving.active
    changed = by_url.model_copy(update={"embedding_query_prefix": "query: "})
    embedders, _ = await open_embedders(changed, known, opened)
    assert embedders.serving.queries.model == "small/32"
    assert embedders.next is not None
    assert "sk-" not in known.origin
    server.dimensions = 16  # what was on record cannot be had any more: words find until the new vectors are there
    embedders, _ = await open_embedders(changed, known, opened)
    assert (embedders.next, embedders.serving.queries.dimensions) == (None, 16)


async def test_embedders_of_one_server_share_its_limits_and_wait_for_no_chat(
    by_url: Settings, opened: AsyncExitStack
) -> None:
    known = (await open_embedders(by_url, None, opened))[0].serving.active
    changed = by_url.model_copy(update={"embedding_query_prefix": "query: ", "chat_model": "own"})
    embedders, _ = await open_embedders(changed, known, opened)
    assert embedders.next is not None
    old, new = (each.queries._connection for each in (embedders.serving, embedders.next))  # type: ignore[attr-defined]
    assert old is new
    assert open_models(changed).chat.named(None)._connection.gate is not new.gate  # type: ignore[attr-defined]


async def test_a_server_that_is_down_at_start(server: ModelServer, by_url: Settings, opened: AsyncExitStack) -> None:
    known = (await open_embedders(by_url, None, opened))[0].serving.active
    server.embeddings_down = True
    embedders, _ = await open_embedders(by_url, known, opened)
    assert embedders.serving.queries.model == "small/32"
    with pytest.raises(Unavailable):
        await open_embedders(by_url, None, opened)
