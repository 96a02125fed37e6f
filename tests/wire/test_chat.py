"""chat: plain, streamed, broken off, left, and what is stored of it."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from starlette.types import Message as Event

from memosd.domain.errors import ModelUnavailable, StorageUnavailable
from memosd.domain.messages import Role
from memosd.domain.scope import Owner
from memosd.domain.search import Recollection
from memosd.domain.usage import Purpose, Tokens
from memosd.http.app import PREFIX, create_app
from memosd.language.tokens import count_tokens
from memosd.ports.models import Piece
from tests.wire.bodies import GOOD
from tests.wire.conftest import Post
from tests.wire.fakes import OUR_KEY, Parrot, World
from tests.wire.test_openapi import CONTRACT, validator

ASKED = {**GOOD["/chat"], "query": "我住哪里？"}
DOWN = ModelUnavailable("the model server at x does not answer: HTTP 500")


def events(response: httpx.Response) -> list[tuple[str, dict[str, Any]]]:
    """Name and data of each event."""
    found = []
    for block in response.text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines())
        found.append((lines.get("event", "message"), json.loads(lines["data"])))
    return found


def parrot(world: World) -> Parrot:
    assert world.model is not None
    return world.model


def taken(world: World) -> Tokens:
    """By the one chat that was accounted for."""
    [usage] = world.ledger.entries
    assert (usage.purpose, usage.model) == (Purpose.CHAT, "tiny")
    return usage.tokens


def counted(world: World, said: str) -> Tokens:
    """As we count what was asked first, and this answer."""
    return Tokens(1, sum(count_tokens(turn.text) for turn in parrot(world).asked[0].turns), count_tokens(said))


async def test_plain(post: Post, world: World) -> None:
    response = await post("/chat", ASKED)
    assert response.json() == {"code": 0, "message": "ok", "data": {"response": "七天酒店。"}}
    assert taken(world) == Tokens(1, 120, 9)


async def test_streamed(post: Post) -> None:
    response = await post("/chat", {**ASKED, "stream": True})
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["x-request-id"]
    assert events(response) == [
        ("message", {"type": "reasoning", "data": "七天"}),
        ("message", {"type": "text", "data": "七天"}),
        ("message", {"type": "text", "data": "酒店。"}),
        ("message", {"type": "end", "data": ""}),
    ]


async def test_events_fit_the_contract(post: Post, world: World) -> None:
    if not CONTRACT.exists():
        pytest.skip("the contract's specification is not beside this checkout")
    contract = json.loads(CONTRACT.read_text("utf-8"))
    content = contract["paths"]["/chat"]["post"]["responses"]["200"]["content"]
    check = validator(contract, content["text/event-stream"]["schema"])
    parrot(world).fails = (2, DOWN)
    for name, data in events(await post("/chat", {**ASKED, "stream": True})):
        check.validate({"event": name, "data": data})


async def test_the_model_is_told_the_memories_in_a_fixed_order(post: Post, world: World) -> None:
    await post("/chat", {**ASKED, "system_prompt": "简短回答。", "temperature": 0.2, "max_tokens": 99})
    [asked] = parrot(world).asked
    assert [turn.role for turn in asked.turns] == ["system", "user", "assistant", "user"]
    system = asked.turns[0].text
    assert system.startswith("简短回答。\n\n")
    memories = system[system.rindex("\n<memories>") :]
    assert memories == (
        "\n<memories>\n偏好：\n- （由行为看出）[2025-09-12] 用户喜欢清爽的辣味。\n"
        "事实：\n- [2025-09-12] 用户去广州住七天酒店。\n- [2025-09-12] The user ran 5 km on 2025-09-12.\n"
        "- （助手所说）[2025-09-12] The assistant advised rest.\n</memories>"
    )
    assert (asked.temperature, asked.max_tokens, asked.top_p) == (0.2, 99, 0.95)
    world.found = Recollection(world.found.facts[::-1], world.found.preferences)
    await post("/chat", {**ASKED, "system_prompt": "简短回答。"})
    assert parrot(world).asked[1].turns[0] == asked.turns[0]


@pytest.mark.parametrize("given", [{}, {"max_tokens": None}], ids=["nothing", "null"])
async def test_what_is_not_given_is_as_the_contract_says(post: Post, world: World, given: dict[str, Any]) -> None:
    await post("/chat", {**ASKED, **given})
    [asked] = parrot(world).asked
    assert (asked.temperature, asked.max_tokens, asked.top_p) == (0.7, 8_192, 0.95)


async def test_the_scope_is_that_of_a_search(post: Post, world: World) -> None:
    narrowed = {"memory_limit_number": 3, "include_preference": False, "relativity": 0.7}
    await post("/chat", {**ASKED, **narrowed, "filter": {"and": [{"agent_id": "coach"}]}})
    [query] = world.asked
    assert (query.facts, query.preferences, query.threshold, query.conversation) == (3, 0, 0.7, "0610")
    assert all("coach" in repr(reach.where) for reach in query.reaches)


async def test_the_turn_is_stored_with_its_labels(post: Post, world: World) -> None:
    labels = {"agent_id": "coach", "app_id": "app", "tags": ["travel"], "info": {"scene": "chat"}, "allow_public": True}
    await post("/chat", {**ASKED, **labels})
    [batch] = world.accepted
    assert [(m.role, m.text) for m in batch.messages] == [(Role.USER, "我住哪里？"), (Role.ASSISTANT, "七天酒店。")]
    assert (batch.agent, batch.app, batch.tags, batch.info) == ("coach", "app", ("travel",), {"scene": "chat"})
    assert batch.owner == Owner.public()


@pytest.mark.parametrize("stream", [False, True])
async def test_it_is_not_stored_if_it_shall_not(post: Post, world: World, stream: bool) -> None:
    await post("/chat", {**ASKED, "add_message_on_answer": False, "stream": stream})
    assert world.accepted == []


async def test_an_answer_stays_given_though_it_cannot_be_stored(post: Post, world: World) -> None:
    async def full(_: object) -> None:
        raise StorageUnavailable("the disk is full")

    world.accept = full  # type: ignore[method-assign,assignment]
    async with client_of(world) as client:
        plain = await client.post("/chat", json=ASKED)
        streamed = await client.post("/chat", json={**ASKED, "stream": True})
    assert plain.json()["data"] == {"response": "七天酒店。"}
    assert plain.json()["message"] == "answered, but not remembered: the disk is full"
    assert events(streamed)[-1][1] == {"type": "end", "data": "answered, but not remembered: the disk is full"}


def client_of(world: World) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(world.services()))
    headers = {"Authorization": f"Token {OUR_KEY}"}
    return httpx.AsyncClient(transport=transport, base_url="http://test" + PREFIX, headers=headers)


@pytest.mark.parametrize("stream", [False, True])
async def test_without_a_model_it_says_what_to_set(world: World, stream: bool) -> None:
    world.model = None
    async with client_of(world) as client:
        response = await client.post("/chat", json={**ASKED, "stream": stream})
    assert (response.status_code, response.json()["code"]) == (503, 50002)
    assert "MEMOSD_CHAT_MODEL" in response.json()["message"]


async def test_an_unknown_model_is_refused_with_a_list(post: Post) -> None:
    response = await post("/chat", {**ASKED, "model_name": "huge"})
    assert (response.status_code, response.json()["code"]) == (400, 40000)
    assert response.json()["message"] == "model_name: there is no model 'huge', only deepseek-r1, tiny"


async def test_too_many_tokens(post: Post) -> None:
    response = await post("/chat", {**ASKED, "system_prompt": "word " * 9_000})
    assert (response.status_code, response.json()["code"]) == (413, 40305)


async def test_a_budget_that_is_used_up(world: World) -> None:
    world.budget = 129
    async with client_of(world) as client:
        assert (await client.post("/chat", json=ASKED)).status_code == 200
        response = await client.post("/chat", json=ASKED)
    assert (response.status_code, response.json()["code"]) == (429, 40304)
    assert response.headers["retry-after"]


@pytest.mark.parametrize("stream", [False, True])
async def test_what_fails_before_the_first_piece_has_a_status(post: Post, world: World, stream: bool) -> None:
    parrot(world).fails = (0, DOWN)
    response = await post("/chat", {**ASKED, "stream": stream})
    assert (response.status_code, response.json()["code"]) == (503, 50002)
    assert world.accepted == []
    assert world.ledger.entries == [], "nothing was answered"


async def test_what_fails_in_the_middle_ends_the_stream_by_an_error(post: Post, world: World) -> None:
    parrot(world).fails = (2, DOWN)
    response = await post("/chat", {**ASKED, "stream": True})
    assert events(response)[-1] == ("error", {"type": "end", "data": str(DOWN), "code": 50002})
    assert world.accepted == [], "half an answer is not remembered"
    assert taken(world) == counted(world, "七天七天"), "but it is paid for"
    parrot(world).fails = (2, DOWN)
    assert (await post("/chat", ASKED)).status_code == 503


@pytest.mark.parametrize("stream", [False, True])
async def test_a_client_that_leaves_ends_the_call(world: World, stream: bool) -> None:
    parrot(world).waits = asyncio.Event()
    if not stream:
        parrot(world).pieces = [Piece("七天", reasoning=True), Piece("酒店")]
    left, sent = asyncio.Event(), []
    body = json.dumps({**ASKED, "stream": stream}).encode()
    asked = iter([{"type": "http.request", "body": body}])

    async def receive() -> Event:
        first = next(asked, None)
        if first is None:
            await left.wait()
            return {"type": "http.disconnect"}
        return first

    async def send(event: Event) -> None:
        sent.append(event)
        if event["type"] == "http.response.body":
            left.set()

    scope = {
        "type": "http", "method": "POST", "path": PREFIX + "/chat", "raw_path": b"", "query_string": b"",
        "headers": [(b"authorization", f"Token {OUR_KEY}".encode())], "root_path": "",
    }  # fmt: skip
    answering = asyncio.create_task(create_app(world.services())(scope, receive, send))
    if not stream:
        await parrot(world).begun.wait()
        left.set()
    await asyncio.wait_for(answering, 10)
    assert parrot(world).closed == 1
    assert world.accepted == []
    assert taken(world) == counted(world, "七天")
