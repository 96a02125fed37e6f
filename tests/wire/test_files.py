"""Uploads in both forms, and all that can be wrong with them."""

import base64
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from memosd.domain.files import FileKind
from memosd.http.app import PREFIX, create_app
from memosd.http.links import SkillLinks
from memosd.wire.limits import Limits
from tests.wire.conftest import Post
from tests.wire.fakes import NOW, OUR_KEY, OURS, SKILL, World
from tests.wire.test_errors import refused

PATH = "/add/knowledgebase-file"
KEY = {"Authorization": f"Token {OUR_KEY}"}
HELLO = base64.b64encode("你好".encode()).decode()


def upload(*files: Mapping[str, Any], base: str = "kb_1") -> dict[str, Any]:
    return {"knowledgebase_id": base, "file": list(files)}


def one(**more: Any) -> dict[str, Any]:
    return upload({"name": "a.txt", "content": HELLO, **more})


REFUSED: dict[str, tuple[dict[str, Any], int, int, str]] = {
    "no base": ({"file": [{"content": HELLO}]}, 40002, 400, "knowledgebase_id: is required"),
    "another's base": (upload({"content": HELLO}, base="kb_2"), 50123, 403, "knowledgebase_id[0]:"),
    "unknown base": (upload({"content": HELLO}, base="kb_9"), 50120, 404, "knowledgebase_id[0]:"),
    "no files": (upload(), 40003, 400, "file: is an empty list"),
    "21 files": (upload(*[{"content": HELLO}] * 21), 50103, 400, "file: 21 files, at most 20"),
    "no content": (upload({"name": "a.txt"}), 40002, 400, "file[0].content: is required"),
    "no content at all": (one(content=""), 40002, 400, "file[0].content: is empty"),
    "blank content": (one(content=" \n"), 40002, 400, "file[0].content: is empty"),
    "empty content": (one(content="data:text/plain;base64,"), 40002, 400, "file[0].content: is empty"),
    "a data URL of parameters": (one(content="data:" + ";" * 1000), 40008, 400, "file[0].content: ':' is no character"),
    "illegal character": (one(content="5L2g*"), 40008, 400, "file[0].content: '*' is no character of Base64"),
    "equals inside": (one(content="5L=g5aW9"), 40009, 400, "file[0].content: '=' may stand only at the end"),
    "illegal length": (one(content="5L2g5"), 40009, 400, "file[0].content: its length"),
    "another type": (one(name="a.xlsx"), 40007, 400, "file[0].name: files of the type 'xlsx' are not read, only pdf"),
    "skill of another type": (one(name="a.pdf", type="skill"), 40007, 400, "file[0].name: files of the type 'pdf'"),
    "unknown kind": (one(type="image"), 40006, 400, "file[0].type: 'image'"),
    "a long name": (one(name="n" * 201), 40000, 400, "file[0].name: is 201 characters long"),
}


@pytest.mark.parametrize(("body", "code", "status", "says"), REFUSED.values(), ids=REFUSED)
async def test_refused(post: Post, world: World, body: Any, code: int, status: int, says: str) -> None:
    assert refused(await post(PATH, body), code, status).startswith(says)
    assert not world.desk.taken


@pytest.mark.parametrize(
    "content",
    [
        HELLO,
        HELLO.rstrip("="),
        HELLO.replace("+", "-").replace("/", "_"),
        HELLO[:4] + "\n" + HELLO[4:],
        f"data:text/plain;charset=utf-8;base64,{HELLO}",
        "data:text/plain,%E4%BD%A0%E5%A5%BD",
    ],
)
async def test_content_in_every_form(post: Post, world: World, content: str) -> None:
    await post(PATH, one(content=content))
    assert world.desk.taken == [("a.txt", FileKind.DOCUMENT, "", "你好".encode())]


async def test_names_come_from_wherever_there_is_one(post: Post, world: World) -> None:
    files = [
        {"content": f"data:application/pdf;base64,{HELLO}"},
        {"name": "rules", "content": f"data:text/markdown;base64,{HELLO}"},
        {"content": "https://example.com/docs/handbook.docx?version=3#top"},
        {"content": "https://example.com/"},
        {"name": "mine.txt", "content": "HTTP://example.com/other.txt"},
    ]
    answer = (await post(PATH, upload(*files))).json()["data"]
    assert [file["name"] for file in answer] == ["file-1.pdf", "rules.md", "handbook.docx", "file", "mine.txt"]
    assert [url[:8].lower() for _, _, url, _ in world.desk.taken] == ["", "", "https://", "https://", "http://e"]


SMALL = Limits(file_bytes=100, files_bytes=250)


@pytest.mark.parametrize(
    ("sizes", "code", "says"),
    [([100, 100, 50], 0, "ok"), ([100, 101], 50104, "file[1]: 101 bytes"), ([100, 100, 51], 50105, "file: 251 bytes")],
)
async def test_sizes(world: World, sizes: list[int], code: int, says: str) -> None:
    world.limits = SMALL
    contents = [b"x" * size for size in sizes]
    transport = httpx.ASGITransport(create_app(world.services()))
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=KEY) as client:
        as_json = upload(*({"name": "a.txt", "content": base64.b64encode(content).decode()} for content in contents))
        parts = [("file", ("a.txt", content)) for content in contents]
        for response in (
            await client.post(PREFIX + PATH, json=as_json),
            await client.post(PREFIX + PATH, data={"knowledgebase_id": "kb_1"}, files=parts),
        ):
            body = response.json()
            assert (response.status_code, body["code"]) == (413 if code else 200, code)
            assert body["message"].startswith(says)


@pytest.mark.parametrize("where", ["fields", "query"])
async def test_a_form(client: httpx.AsyncClient, world: World, where: str) -> None:
    fields = {"knowledgebase_id": "kb_1", "type": "skill"}
    parts = [("file", ("SKILL.md", b"---")), ("file", ("c:\\x\\b.zip", b"PK"))]
    in_query = where == "query"
    response = await client.post(
        PREFIX + PATH, params=fields if in_query else None, data=None if in_query else fields, files=parts, headers=KEY
    )
    assert [file["status"] for file in response.json()["data"]] == ["running", "running"]
    assert world.desk.taken == [("SKILL.md", FileKind.SKILL, "", b"---"), ("b.zip", FileKind.SKILL, "", b"PK")]


FORMS: dict[str, tuple[dict[str, str], list[tuple[str, tuple[str, bytes]]], int, int, str]] = {
    "no base": ({}, [("file", ("a.txt", b"x"))], 40002, 400, "knowledgebase_id: is required"),
    "another's base": ({"knowledgebase_id": "kb_2"}, [("file", ("a.txt", b"x"))], 50123, 403, "knowledgebase_id[0]:"),
    "no file": ({"knowledgebase_id": "kb_1"}, [("other", ("a.txt", b"x"))], 40002, 400, "file: is required"),
    "empty file": ({"knowledgebase_id": "kb_1"}, [("file", ("a.txt", b""))], 40002, 400, "file[0]: 'a.txt' is empty"),
    "another type": ({"knowledgebase_id": "kb_1"}, [("file", ("a.exe", b"x"))], 40007, 400, "file[0].name:"),
    "unknown kind": (
        {"knowledgebase_id": "kb_1", "type": "x"},
        [("file", ("a.txt", b"x"))],
        40006,
        400,
        "type: 'x' is not supported",
    ),
    "a long base": (
        {"knowledgebase_id": "k" * 101},
        [("file", ("a.txt", b"x"))],
        40000,
        400,
        "knowledgebase_id: is 101 characters",
    ),
    "a base of control characters": (
        {"knowledgebase_id": "kb\t1"},
        [("file", ("a.txt", b"x"))],
        40000,
        400,
        "knowledgebase_id: must not contain control",
    ),
    "a long name": (
        {"knowledgebase_id": "kb_1"},
        [("file", ("名" * 197 + ".txt", b"x"))],
        40000,
        400,
        "file[0].name: is 201 characters",
    ),
    "a name of blanks": ({"knowledgebase_id": "kb_1"}, [("file", ("　", b"x"))], 40002, 400, "file[0].name: is empty"),
    "21 files": ({"knowledgebase_id": "kb_1"}, [("file", ("a.txt", b"x"))] * 21, 50103, 400, "file: more than 20"),
}


@pytest.mark.parametrize(("fields", "parts", "code", "status", "says"), FORMS.values(), ids=FORMS)
async def test_refused_forms(
    client: httpx.AsyncClient, world: World, fields: Any, parts: Any, code: int, status: int, says: str
) -> None:
    response = await client.post(PREFIX + PATH, data=fields, files=parts, headers=KEY)
    assert refused(response, code, status).startswith(says)
    assert not world.desk.taken


@pytest.mark.parametrize("body", [b"", b"--x", b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n'])
async def test_malformed_forms(client: httpx.AsyncClient, world: World, body: bytes) -> None:
    headers = {**KEY, "Content-Type": "multipart/form-data; boundary=x"}
    response = await client.post(PREFIX + PATH, content=body, headers=headers)
    assert response.status_code == 400
    assert response.json()["code"] in (40000, 40002)
    assert not world.desk.taken


def form(fields: bytes, *, charset: str = "utf-8") -> tuple[bytes, dict[str, str]]:
    """A form as it goes over the wire, with these parts before a file."""
    file = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nx\r\n--B--\r\n'
    return fields + file, {**KEY, "Content-Type": f"multipart/form-data; boundary=B; charset={charset}"}


def part(name: bytes, value: bytes, more: bytes = b"") -> bytes:
    return b'--B\r\nContent-Disposition: form-data; name="' + name + b'"' + more + b"\r\n\r\n" + value + b"\r\n"


@pytest.mark.parametrize("character", [b"\0", b"\x1b", b"\x7f", "\x85".encode()])
async def test_control_characters_in_a_forms_names(client: httpx.AsyncClient, world: World, character: bytes) -> None:
    named = part(b"file", b"x", b'; filename="b' + character + b'.txt"')
    body, headers = form(part(b"knowledgebase_id", b"kb_1") + named)
    says = refused(await client.post(PREFIX + PATH, content=body, headers=headers), 40000, 400)
    assert says == "file[0].name: must not contain control characters"
    assert not world.desk.taken


@pytest.mark.parametrize(
    ("charset", "field"),
    [
        ("undefined", b"kb_1"),
        ("punycode", b"kb_1"),
        ("utf-7", b"+2AA-"),
        ("unicode_escape", b"\\udc12"),
        ("raw_unicode_escape", b"\\ud8ff"),
    ],
)
@pytest.mark.parametrize("place", ["value", "name", "file"])
async def test_a_form_in_no_encoding_of_text(
    client: httpx.AsyncClient, world: World, charset: str, field: bytes, place: str
) -> None:
    other = {
        "value": part(b"other", field),
        "name": part(field, b"x"),
        "file": part(b"file", b"x", b'; filename="' + field.replace(b"\\", b"\\\\") + b'"'),
    }[place]
    body, headers = form(part(b"knowledgebase_id", b"kb_1") + other, charset=charset)
    says = refused(await client.post(PREFIX + PATH, content=body, headers=headers), 40000, 400)
    assert says.startswith("the form cannot be read")
    assert not world.desk.taken


async def test_a_form_may_be_in_another_encoding(client: httpx.AsyncClient, world: World) -> None:
    named = part(b"file", b"x", '; filename="規章.txt"'.encode("big5"))
    body, headers = form(part(b"knowledgebase_id", b"kb_1") + named, charset="big5")
    assert (await client.post(PREFIX + PATH, content=body, headers=headers)).status_code == 200
    assert [name for name, *_ in world.desk.taken] == ["規章.txt", "a.txt"]


async def test_a_form_without_a_key_is_not_read(client: httpx.AsyncClient) -> None:
    refused(await client.post(PREFIX + PATH, files=[("file", ("a.txt", b"x"))]), 40100, 401)


GET = "/get/knowledgebase-file"


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        ({"knowledgebase_id": "kb_1"}, ["file_1", "file_2"]),
        ({"knowledgebase_id": "kb_1", "type": "skill"}, ["file_2"]),
        ({"knowledgebase_id": "kb_1", "page": 2, "page_size": 1}, ["file_2"]),
        ({"file_ids": ["file_2", "file_1", "file_2"]}, ["file_2", "file_1"]),
    ],
)
async def test_both_ways_to_get_files(post: Post, body: Any, ids: list[str]) -> None:
    data = (await post(GET, body)).json()["data"]
    assert [file["id"] for file in data["file_detail_list"]] == ids


@pytest.mark.parametrize(
    ("body", "code", "status"),
    [
        ({}, 40002, 400),
        ({"knowledgebase_id": "kb_1", "file_ids": ["file_1"]}, 40000, 400),
        ({"file_ids": ["file_1"], "page": 1}, 40000, 400),
        ({"file_ids": []}, 40003, 400),
        ({"file_ids": ["file_1", "file_3"]}, 40001, 404),
        ({"knowledgebase_id": "kb_2"}, 50123, 403),
        ({"knowledgebase_id": "kb_1", "page": 0}, 40000, 400),
        ({"knowledgebase_id": "kb_1", "page_size": 101}, 40000, 400),
    ],
)
async def test_refused_ways_to_get_files(post: Post, body: Any, code: int, status: int) -> None:
    refused(await post(GET, body), code, status)


async def test_another_projects_file_is_neither_shown_nor_deleted(post: Post, world: World) -> None:
    response = await post("/delete/knowledgebase-file", {"file_ids": ["file_1", "file_3"]})
    assert "'file_3'" in refused(response, 40001, 404)
    assert len(world.desk.records) == 3


async def test_a_deleted_user_is_tidied_up_after(post: Post, world: World) -> None:
    await post("/delete/memory", {"user_id": "ada"})
    assert world.desk.tidied == 1


LINKS = SkillLinks("https://memory.example/", b"s" * 32, lambda: NOW)


def link(project: str, id: str) -> str:
    return LINKS.to(project, id).removeprefix("https://memory.example")


async def test_a_skill_is_had_by_its_link_and_by_nothing_else(client: httpx.AsyncClient, world: World) -> None:
    world.shelf.kept.append(SKILL)
    response = await client.get(link(OURS, SKILL.id))
    assert response.status_code == 200
    assert response.text.startswith('---\nname: "plan-a-trip"\ndescription: "Steps to plan a trip."\n')
    assert "Ask first." in response.text
    assert "attachment" in response.headers["content-disposition"]
    good = link(OURS, SKILL.id)
    for bad in (
        good.replace("proj_ours", "proj_theirs"),
        good + "0",
        good.split("?")[0],
        good.replace("mem_7", "mem_1"),
    ):
        refused(await client.get(bad), 40306, 403)
    refused(await client.get(link("proj_theirs", SKILL.id)), 40307, 404)
    refused(await client.get(link(OURS, "mem_1")), 40307, 404)


async def test_a_link_expires(client: httpx.AsyncClient, world: World) -> None:
    world.shelf.kept.append(SKILL)
    early = SkillLinks("", b"s" * 32, lambda: NOW - LINKS.lasts)
    assert "expired" in refused(await client.get(early.to(OURS, SKILL.id)), 40306, 403)
