"""Large bodies: what is in memory of them while they come, and how many are answered at the same time."""

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

import httpx
import pytest
from starlette.types import Message as Event

from memosd.domain.errors import TooLarge
from memosd.domain.files import File, KnowledgeBase
from memosd.flows.shelf import Incoming
from memosd.http.app import PREFIX, create_app
from memosd.http.bodies import spooled_body
from memosd.http.endpoint import HEAVY_AT_ONCE
from memosd.http.services import Shelving
from memosd.wire.limits import Limits
from tests.wire.bodies import GOOD
from tests.wire.fakes import OUR_KEY, Desk, World

PATH = "/add/knowledgebase-file"
KEY = {"Authorization": f"Token {OUR_KEY}"}
MIB = 1 << 20


async def test_a_large_body_lies_on_the_disk_while_it_comes() -> None:
    sent = 0

    async def receive() -> Event:
        nonlocal sent
        sent += 1
        return {"type": "http.request", "body": b"%7d" % sent * (MIB // 7), "more_body": sent < 32}

    tracemalloc.start()
    try:
        async with spooled_body(receive, {}, limit=40 * MIB, memory=MIB) as body:
            _, most = tracemalloc.get_traced_memory()
            assert most < 8 * MIB
            assert body.tell() == 32 * (MIB // 7 * 7)
            body.seek(-7, 2)
            assert body.read() == b"     32"
    finally:
        tracemalloc.stop()


async def test_a_body_over_the_limit_is_not_read_to_its_end() -> None:
    sent = 0

    async def receive() -> Event:
        nonlocal sent
        sent += 1
        return {"type": "http.request", "body": bytes(MIB), "more_body": True}

    with pytest.raises(TooLarge):
        async with spooled_body(receive, {}, limit=3 * MIB, memory=MIB):
            pass
    assert sent == 4


class SlowDesk(Desk):
    """Takes files in when it is told to; how many uploads are in memory meanwhile."""

    def __init__(self, full: int) -> None:
        super().__init__()
        self.full, self.enough, self.go_on = full, asyncio.Event(), asyncio.Event()
        self.inside = self.most = 0

    async def upload(self, base: KnowledgeBase, incoming: Sequence[Incoming], *, at: datetime) -> list[File]:
        self.inside += 1
        self.most = max(self.most, self.inside)
        if self.inside == self.full:
            self.enough.set()
        await self.go_on.wait()
        self.inside -= 1
        return await super().upload(base, incoming, at=at)


@pytest.mark.parametrize("announced", [True, False])
async def test_few_are_in_memory_at_once_and_none_that_still_comes(world: World, announced: bool) -> None:
    world.limits = Limits(body=1_000)
    desk = SlowDesk(HEAVY_AT_ONCE)
    app = create_app(replace(world.services(), shelf=cast(Shelving, desk)))
    large = json.dumps({**GOOD[PATH], "padding": "x" * 2_000}).encode()
    begun, rest = asyncio.Semaphore(0), asyncio.Event()

    async def stalled() -> AsyncIterator[bytes]:
        yield large[:1_500]
        begun.release()
        await rest.wait()
        yield large[1_500:]

    async def whole() -> AsyncIterator[bytes]:
        yield large

    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", headers=KEY) as client,
        asyncio.TaskGroup() as group,
    ):

        async def send(content: AsyncIterator[bytes]) -> int:
            headers = {"Content-Length": str(len(large))} if announced else {}
            return (await client.post(PREFIX + PATH, content=content, headers=headers)).status_code

        slow = [group.create_task(send(stalled())) for _ in range(HEAVY_AT_ONCE + 1)]
        for _ in slow:
            await begun.acquire()
        quick = [group.create_task(send(whole())) for _ in range(3 * HEAVY_AT_ONCE)]
        await asyncio.wait_for(desk.enough.wait(), 10)
        assert (await client.post(PREFIX + "/get/memory", json=GOOD["/get/memory"])).status_code == 200
        desk.go_on.set()
        assert await asyncio.wait_for(asyncio.gather(*quick), 10) == [200] * len(quick)
        rest.set()
        assert await asyncio.wait_for(asyncio.gather(*slow), 10) == [200] * len(slow)
    assert desk.most == HEAVY_AT_ONCE
