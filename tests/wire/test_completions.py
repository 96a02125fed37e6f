"""The OpenAI-compatible door, spoken to by the official SDK."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import httpx2
import openai
import pytest

from memosd.domain.errors import ModelUnavailable
from memosd.http.app import create_app
from memosd.ports.models import Turn
from tests.wire.fakes import OUR_KEY, World

MESSAGES: Any = [
    {"role": "system", "content": "简短回答。"},
    {"role": "user", "content": "你好"},
    {"role": "assistant", "content": "你好！"},
    {"role": "user", "content": [{"type": "text", "text": "我住哪里？"}]},
]
ASKED: Any = {"model": "tiny", "messages": MESSAGES, "user": "ada"}


def sdk(world: World, *, key: str = OUR_KEY, **more: Any) -> openai.AsyncOpenAI:
    transport = httpx2.ASGITransport(create_app(world.services()))
    client = httpx2.AsyncClient(transport=transport)
    return openai.AsyncOpenAI(api_key=key, base_url="http://test/v1", http_client=client, max_retries=0, **more)


@pytest.fixture
async def client(world: World) -> AsyncIterator[openai.AsyncOpenAI]:
    async with sdk(world) as client:
        yield client


async def test_plain(client: openai.AsyncOpenAI, world: World) -> None:
    completion = await client.chat.completions.create(**ASKED)
    assert completion.choices[0].message.content == "七天酒店。"
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage is not None
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (120, 9)
    assert world.model is not None
    [asked] = world.model.asked
    assert asked.turns[0].text.startswith("简短回答。")
    assert "用户去广州住七天酒店。" in asked.turns[0].text
    assert asked.turns[1:] == (Turn("user", "你好"), Turn("assistant", "你好！"), Turn("user", "我住哪里？"))
    assert (asked.temperature, asked.max_tokens) == (None, None)
    [batch] = world.accepted
    assert [message.text for message in batch.messages] == ["我住哪里？", "七天酒店。"], "what was new"
    assert batch.user == "ada"


async def test_streamed(client: openai.AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(**ASKED, stream=True, stream_options={"include_usage": True})
    chunks = [chunk async for chunk in stream]
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert "".join(delta.content or "" for delta in deltas) == "七天酒店。"
    assert (deltas[0].model_extra or {})["reasoning_content"] == "七天"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 129


async def test_headers_name_the_user_and_the_conversation(world: World) -> None:
    headers = {"X-User-Id": "bob", "X-Conversation-Id": "monday"}
    async with sdk(world, default_headers=headers) as client:
        await client.chat.completions.create(model="tiny", messages=MESSAGES)
    [query] = world.asked
    assert (query.user, query.conversation) == ("bob", "monday")


async def post(world: World, headers: dict[bytes, bytes]) -> httpx.Response:
    """As the SDK cannot: with headers of any bytes."""
    transport = httpx.ASGITransport(create_app(world.services()))
    async with httpx.AsyncClient(transport=transport, base_url="http://test/v1") as client:
        return await client.post(
            "/chat/completions",
            json={"model": "tiny", "messages": MESSAGES},
            headers={b"authorization": f"Bearer {OUR_KEY}".encode(), **headers},
        )


@pytest.mark.parametrize("name", ["José", "Josè", "王磊", "a" * 100])
async def test_headers_are_utf_8(world: World, name: str) -> None:
    named = name.encode()
    assert (await post(world, {b"x-user-id": b" " + named, b"x-conversation-id": named})).status_code == 200
    [query] = world.asked
    assert (query.user, query.conversation) == (name, name)


@pytest.mark.parametrize("header", ["X-User-Id", "X-Conversation-Id"])
@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("José".encode("latin-1"), "must be UTF-8"),
        ("王磊".encode("gbk"), "must be UTF-8"),
        (b"a" * 101, "is 101 characters long, at most 100 are allowed"),
        ("王".encode() * 101, "is 101 characters long, at most 100 are allowed"),
        (b"a\x01b", "must not contain control characters"),
        ("\u3000".encode(), "is empty"),
    ],
)
async def test_headers_are_held_to_the_rules_of_the_fields(world: World, header: str, value: bytes, says: str) -> None:
    response = await post(world, {b"x-user-id": b"ada", header.lower().encode(): value})
    assert response.status_code == 400
    assert response.json()["error"]["message"] == f"{header}: {says}"
    assert world.asked == []


async def test_a_conversation_keeps_its_name_as_it_grows(client: openai.AsyncOpenAI, world: World) -> None:
    await client.chat.completions.create(model="tiny", messages=MESSAGES[:2], user="ada")
    await client.chat.completions.create(**ASKED)
    first, second = world.asked
    assert first.conversation == second.conversation
    assert first.conversation is not None


async def test_models(client: openai.AsyncOpenAI) -> None:
    assert [model.id async for model in client.models.list()] == ["deepseek-r1", "tiny"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"user": None}, "user: is required, or the header X-User-Id"),
        ({"model": "huge"}, "there is no model 'huge', only deepseek-r1, tiny"),
        ({"messages": []}, "messages: is an empty list"),
        ({"messages": MESSAGES[:3]}, "the last one must be the user's"),
        ({"messages": [{"role": "user", "content": " "}]}, "the last one is empty"),
        ({"temperature": 3}, "temperature: must be less than or equal to 2"),
        ({"n": 2}, "n: must be 1"),
    ],
)
async def test_refusals_have_the_form_of_the_sdk(client: openai.AsyncOpenAI, more: dict[str, Any], says: str) -> None:
    with pytest.raises(openai.BadRequestError, match=says) as refused:
        await client.chat.completions.create(**{**ASKED, **more})
    assert refused.value.type == "invalid_request_error"


async def test_a_wrong_key(world: World) -> None:
    async with sdk(world, key="mk_wrong") as client:
        with pytest.raises(openai.AuthenticationError):
            await client.chat.completions.create(**ASKED)
        with pytest.raises(openai.AuthenticationError):
            await client.models.list()


@pytest.mark.parametrize("stream", [False, True])
async def test_a_model_that_fails(client: openai.AsyncOpenAI, world: World, stream: bool) -> None:
    assert world.model is not None
    world.model.fails = (0, ModelUnavailable("the model server at x does not answer"))
    with pytest.raises(openai.InternalServerError, match="does not answer"):
        await client.chat.completions.create(**ASKED, stream=stream)
    assert world.accepted == []


async def test_a_model_that_fails_in_the_middle(client: openai.AsyncOpenAI, world: World) -> None:
    assert world.model is not None
    world.model.fails = (2, ModelUnavailable("the model server at x broke the answer off"))
    stream = await client.chat.completions.create(**ASKED, stream=True)
    said: list[str] = []

    async def read() -> None:
        async for chunk in stream:
            said.append(chunk.choices[0].delta.content or "")  # noqa: PERF401

    with pytest.raises(openai.APIError, match="broke the answer off"):
        await read()
    assert "".join(said) == "七天"
    assert world.accepted == []
