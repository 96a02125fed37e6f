"""The application over a small world, and a client that speaks to it without a socket."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from memosd.http.app import PREFIX, create_app
from tests.wire.fakes import OUR_KEY, World

Post = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("memosd.http.routes.files.new_id", lambda prefix: f"{prefix}_new")
    return World()


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(world.services()))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.fixture
def post(client: httpx.AsyncClient) -> Post:
    """Post a body to an endpoint with our key."""

    async def post(path: str, body: Any, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Token {OUR_KEY}", **more.pop("headers", {})}
        return await client.post(PREFIX + path, json=body, headers=headers, **more)

    return post
