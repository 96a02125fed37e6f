"""get/memory/{memory_id} and update/memory."""

import httpx
import pytest

from memosd.http.app import PREFIX
from tests.wire.conftest import Post
from tests.wire.fakes import OUR_KEY, SKILL, THEIR_KEY, World


async def look(client: httpx.AsyncClient, memory: str, key: str = OUR_KEY) -> httpx.Response:
    return await client.get(f"{PREFIX}/get/memory/{memory}", headers={"Authorization": f"Token {key}"})


@pytest.mark.parametrize(
    ("memory", "view", "field"),
    [
        ("mem_1", "fact", "memory_value"),
        ("mem_4", "preference", "preference"),
        ("mem_5", "tool", "tool_used_status"),
        ("mem_6", "tool", "tool_value"),
        ("mem_7", "skill", "skill_value"),
    ],
)
async def test_one_memory_of_each_kind(
    client: httpx.AsyncClient, world: World, memory: str, view: str, field: str
) -> None:
    world.shelf.kept.append(SKILL)
    response = await look(client, memory)
    data = response.json()["data"]
    assert (response.status_code, data["memory_view"], data["status"]) == (200, view, "activated")
    assert data["memory_detail"]["id"] == memory
    assert field in data["memory_detail"]


async def test_no_key_another_projects_key_and_no_such_memory(client: httpx.AsyncClient) -> None:
    bare = await client.get(f"{PREFIX}/get/memory/mem_1")
    assert (bare.status_code, bare.json()["code"]) == (401, 40100)
    for response in (await look(client, "mem_1", THEIR_KEY), await look(client, "mem_none")):
        assert (response.status_code, response.json()["code"]) == (404, 40307)


async def test_an_update_must_say_what_to_change(post: Post) -> None:
    response = await post("/update/memory", {"memory_id": "mem_1"})
    assert (response.status_code, response.json()["code"]) == (400, 40002)
    response = await post("/update/memory", {"memory_id": "mem_1", "status": "deleted"})
    assert (response.status_code, response.json()["code"]) == (400, 40000)


async def test_an_archived_memory_says_so(post: Post) -> None:
    data = (await post("/update/memory", {"memory_id": "mem_1", "status": "archived"})).json()["data"]
    assert (data["status"], data["memory_detail"]["status"]) == ("archived", "archived")


async def test_other_fields_of_newer_clients_are_accepted(post: Post) -> None:
    body = {"user_id": "ada", "query": "hotel", "include_memory_view": ["fact"], "allow_memory_view": True}
    assert (await post("/search/memory", body)).status_code == 200


@pytest.mark.parametrize(("form", "value"), [("memory", "用户去广州住七天酒店。"), ("sources", "我选七天")])
async def test_a_search_gives_the_words_that_memories_rest_on(post: Post, form: str, value: str) -> None:
    body = {"user_id": "ada", "query": "hotel", "context_format": form}
    [first, *_] = (await post("/search/memory", body)).json()["data"]["memory_detail_list"]
    assert first["memory_value"] == value
    assert ("sources" in first) == (form != "memory")
