"""Every way in which a request can be refused before its endpoint is asked, on every endpoint."""

import asyncio
import gzip
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Literal

import httpx
import pytest

from memosd.domain import errors
from memosd.domain.search import Recollection
from memosd.http.app import ENDPOINTS, PREFIX, create_app
from memosd.http.completions import COMPLETIONS
from memosd.http.errors import VERDICTS
from memosd.wire.limits import Limits
from tests.wire.bodies import GOOD, add
from tests.wire.conftest import Post
from tests.wire.fakes import OUR_KEY, THEIR_KEY, World

KEY = {"Authorization": f"Token {OUR_KEY}"}
SMALL = Limits(file_bytes=100_000, files_bytes=300_000)
BRING_FILES = [endpoint.path for endpoint in ENDPOINTS if endpoint.brings_files]
PATHS = [endpoint.path for endpoint in ENDPOINTS]


@pytest.fixture
async def small(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server that takes small files only."""
    world.limits = SMALL
    transport = httpx.ASGITransport(create_app(world.services()))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def refused(response: httpx.Response, code: int, status: int) -> str:
    """Check the whole form of an error; its message."""
    body = response.json()
    assert (response.status_code, body["code"]) == (status, code), body
    assert set(body) == {"code", "message", "data"}
    assert body["data"] is None
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-request-id"]
    return str(body["message"])


def test_every_endpoint_has_a_good_request() -> None:
    assert set(PATHS) == set(GOOD)


@pytest.mark.parametrize("path", PATHS)
async def test_good_requests_are_answered(post: Post, path: str) -> None:
    response = await post(path, GOOD[path])
    assert response.status_code == 200
    assert response.json().get("code", 0) == 0
    assert response.json().get("message", "ok") == "ok"


@pytest.mark.parametrize("path", PATHS)
async def test_no_key(client: httpx.AsyncClient, path: str) -> None:
    response = await client.post(PREFIX + path, json=GOOD[path])
    assert "Authorization: Token" in refused(response, 40100, 401)
    assert response.headers["www-authenticate"] == "Token"


@pytest.mark.parametrize("path", PATHS)
async def test_wrong_key_is_told_before_the_body_is_looked_at(client: httpx.AsyncClient, path: str) -> None:
    response = await client.post(PREFIX + path, content=b"{", headers={"Authorization": "Token mk_nobody"})
    refused(response, 40132, 401)


async def test_another_projects_key_sees_and_changes_nothing(client: httpx.AsyncClient, world: World) -> None:
    theirs = {"Authorization": f"Token {THEIR_KEY}"}

    async def ask(path: str) -> httpx.Response:
        return await client.post(PREFIX + path, json=GOOD[path], headers=theirs)

    refused(await ask("/get/status"), 50131, 404)
    assert "mem_1" in refused(await ask("/delete/memory"), 40306, 403)
    assert (await ask("/get/message")).json()["data"]["message_detail_list"] == []
    assert (await ask("/get/memory")).json()["data"]["total"] == 0
    await ask("/search/memory")
    await ask("/add/message")
    assert world.asked[0].project == "proj_theirs"
    assert world.accepted[0].project == "proj_theirs"
    assert len(world.shelf.kept) == 6


@pytest.mark.parametrize("encoding", ["gzip", "BR", "gzip, deflate"])
@pytest.mark.parametrize("form", [False, True], ids=["json", "form"])
async def test_an_encoded_body_is_not_taken_for_a_malformed_one(
    client: httpx.AsyncClient, encoding: str, form: bool
) -> None:
    path = "/add/knowledgebase-file"
    kind = "multipart/form-data; boundary=B" if form else "application/json"
    headers = {**KEY, "Content-Type": kind, "Content-Encoding": encoding}
    response = await client.post(PREFIX + path, content=gzip.compress(b"{}"), headers=headers)
    assert refused(response, 40000, 415).startswith(f"Content-Encoding '{encoding.lower()}' is not supported")


@pytest.mark.parametrize("encoding", ["identity", ""])
async def test_a_body_that_says_it_is_not_encoded(client: httpx.AsyncClient, encoding: str) -> None:
    headers = {**KEY, "Content-Encoding": encoding}
    assert (await client.post(PREFIX + "/get/message", json=GOOD["/get/message"], headers=headers)).status_code == 200


MALFORMED = {
    "nothing": b"",
    "cut off": b'{"user_id": "a',
    "NaN": b'{"user_id": "a", "relativity": NaN}',
    "infinity": b'{"user_id": "a", "relativity": 1e999}',
    "lone surrogate": b'{"user_id": "\\ud800"}',
    "not UTF-8": b'{"user_id": "\xff"}',
    "deep list": b"[" * 5_000,
    "deep object": b'{"filter":' * 5_000 + b"1" + b"}" * 5_000,
    "a list": b"[]",
    "a string": b'"user_id"',
    "null": b"null",
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
async def test_malformed_json(client: httpx.AsyncClient, path: str, body: bytes) -> None:
    response = await client.post(PREFIX + path, content=body, headers={**KEY, "Content-Type": "application/json"})
    assert "the body" in refused(response, 40000, 400)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (add({"role": "user", "content": "a\0b"}), "messages[0].content:"),
        (add({"role": "user", "content": "好"}, info={"k\0": "v"}), "info (a field's name):"),
        (add({"role": "user", "content": "好"}, unknown=[{"x": ["\0"]}]), "unknown[0].x[0]:"),
    ],
)
async def test_null_characters(post: Post, world: World, body: object, named: str) -> None:
    assert refused(await post("/add/message", body), 40000, 400).startswith(named)
    assert not world.accepted


async def test_an_escaped_backslash_is_no_null_character(post: Post, world: World) -> None:
    assert (await post("/add/message", add({"role": "user", "content": "a\\u0000b"}))).status_code == 200
    assert world.accepted[0].messages[0].text == "a\\u0000b"


@pytest.mark.parametrize("path", PATHS)
async def test_announced_as_too_large(small: httpx.AsyncClient, path: str) -> None:
    most = SMALL.files_body if path in BRING_FILES else SMALL.body
    response = await small.post(PREFIX + path, content=b" " * (most + 1), headers=KEY)
    message = refused(response, 40305, 413)
    assert str(most + 1) in message
    assert str(most) in message
    assert response.headers["connection"] == "close"


@pytest.mark.parametrize("path", PATHS)
async def test_200_megabytes_are_refused_without_reading_them(small: httpx.AsyncClient, path: str) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(200):
            sent += 1_000_000
            yield b" " * 1_000_000

    refused(await small.post(PREFIX + path, content=endless(), headers=KEY), 40305, 413)
    assert sent <= 4_000_000


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
async def test_other_media_types(client: httpx.AsyncClient, media_type: str) -> None:
    response = await client.post(PREFIX + "/get/memory", content=b"{}", headers={**KEY, "Content-Type": media_type})
    assert "application/json" in refused(response, 40000, 415)


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON"])
async def test_json_by_other_spellings(client: httpx.AsyncClient, media_type: str) -> None:
    body = json.dumps(GOOD["/get/memory"])
    response = await client.post(PREFIX + "/get/memory", content=body, headers={**KEY, "Content-Type": media_type})
    assert response.status_code == 200


async def test_a_body_without_a_media_type_is_json(client: httpx.AsyncClient) -> None:
    response = await client.post(PREFIX + "/get/memory", content=json.dumps(GOOD["/get/memory"]), headers=KEY)
    assert response.status_code == 200


@pytest.mark.parametrize("path", ["/", "/nowhere", PREFIX + "/nowhere", PREFIX + "/get/memory/", PREFIX + "/chats"])
async def test_no_such_path(client: httpx.AsyncClient, path: str) -> None:
    assert path in refused(await client.post(path), 40001, 404)


@pytest.mark.parametrize("path", PATHS)
async def test_no_such_method(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(PREFIX + path)
    assert "POST" in refused(response, 40000, 405)
    assert response.headers["allow"] == "POST"


async def test_a_fault_is_logged_and_not_shown(post: Post, world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.fault = RuntimeError("the secret of the house")
    response = await post("/search/memory", GOOD["/search/memory"], headers={"X-Request-ID": "req-7"})
    message = refused(response, 50000, 500)
    assert "req-7" in message
    assert "secret" not in response.text
    [fault] = [record for record in caplog.records if record.name == "memosd.faults"]
    assert fault.__dict__["request_id"] == "req-7"
    assert fault.exc_info is not None
    world.fault = None
    assert (await post("/search/memory", GOOD["/search/memory"])).status_code == 200


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        (errors.StorageUnavailable("the disk is full"), 50004, 503),
        (errors.SearchUnavailable("no embedder"), 50005, 503),
        (errors.Unavailable("later"), 50002, 503),
        (errors.MemosdError("no"), 50002, 500),
        (errors.NotFound("no"), 40001, 404),
    ],
)
async def test_errors_of_the_inside(post: Post, world: World, fault: Exception, code: int, status: int) -> None:
    world.fault = fault
    response = await post("/search/memory", GOOD["/search/memory"])
    assert refused(response, code, status) == str(fault)
    assert ("retry-after" in response.headers) == (status == 503)


def test_every_domain_error_has_a_verdict() -> None:
    def below(kind: type[errors.MemosdError]) -> set[type[errors.MemosdError]]:
        return {kind}.union(*map(below, kind.__subclasses__()))

    assert set(VERDICTS) == below(errors.MemosdError)


async def test_request_ids(client: httpx.AsyncClient) -> None:
    ids = [
        (await client.get("/health", headers={"X-Request-ID": given})).headers["x-request-id"]
        for given in ("abc-1", "a b", "x" * 101)
    ]
    assert ids[0] == "abc-1"
    assert len(ids[1]) == len(ids[2]) == 32
    assert ids[1] != ids[2]


async def test_the_log_has_one_line_a_request_and_no_secrets(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="memosd"):
        await post("/add/message", GOOD["/add/message"])
        await post("/add/message", {})
    lines = [record.__dict__ for record in caplog.records if record.name == "memosd.access"]
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("POST", PREFIX + "/add/message", 200),
        ("POST", PREFIX + "/add/message", 400),
    ]
    assert all(line["request_id"] and line["ms"] >= 0 for line in lines)
    assert OUR_KEY not in str(lines)
    assert "广州" not in str(lines)


async def test_more_requests_at_once_than_allowed(world: World) -> None:
    world.limits = Limits(at_once=1)
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow(_: object) -> Recollection:
        entered.set()
        await leave.wait()
        return Recollection()

    app = create_app(replace(world.services(), recall=slow))
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", headers=KEY) as client,
        asyncio.TaskGroup() as group,
    ):
        first = group.create_task(client.post(PREFIX + "/search/memory", json=GOOD["/search/memory"]))
        await entered.wait()
        refused(await client.post(PREFIX + "/get/memory", json=GOOD["/get/memory"]), 50002, 503)
        assert (await client.get("/health")).status_code == 200
        leave.set()
        assert (await first).status_code == 200
        assert (await client.post(PREFIX + "/get/memory", json=GOOD["/get/memory"])).status_code == 200


class Held(asyncio.Event):
    """Tells when it is waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.waited = asyncio.Event()

    async def wait(self) -> Literal[True]:
        self.waited.set()
        return await super().wait()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (PREFIX + "/chat", GOOD["/chat"]),
        (COMPLETIONS, {"model": "tiny", "user": "ada", "messages": [{"role": "user", "content": "我住哪里？"}]}),
    ],
)
async def test_a_stream_is_being_served_until_its_end(world: World, path: str, body: dict[str, Any]) -> None:
    world.limits = Limits(at_once=1)
    assert world.model is not None
    world.model.waits = held = Held()
    async with (
        httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(world.services())), base_url="http://test", headers=KEY
        ) as client,
        asyncio.TaskGroup() as group,
    ):
        first = group.create_task(client.post(path, json={**body, "stream": True}))
        await held.waited.wait()
        refused(await client.post(PREFIX + "/get/memory", json=GOOD["/get/memory"]), 50002, 503)
        busy = await client.post(COMPLETIONS, json={})
        assert (busy.status_code, busy.json()["error"]["code"]) == (503, "50002")
        held.set()
        assert (await first).status_code == 200
        assert (await client.post(PREFIX + "/get/memory", json=GOOD["/get/memory"])).status_code == 200


async def test_a_client_that_leaves_is_no_fault(world: World, caplog: pytest.LogCaptureFixture) -> None:
    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        raise AssertionError(f"sent {message} to nobody")

    headers = [(b"authorization", KEY["Authorization"].encode())]
    path = PREFIX + "/get/memory"
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers, "query_string": b"", "root_path": ""}
    with caplog.at_level(logging.INFO, logger="memosd"):
        await create_app(world.services())(scope, receive, send)
    assert [record.__dict__["status"] for record in caplog.records] == [499]
