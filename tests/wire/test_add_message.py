"""add/message: what is accepted, what is refused and why."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from memosd.domain.messages import Role
from memosd.domain.scope import Owner
from memosd.domain.tasks import State
from tests.wire.bodies import add
from tests.wire.conftest import Post
from tests.wire.fakes import NOW, World
from tests.wire.test_errors import refused

HELLO = {"role": "user", "content": "我住在杭州。"}
CALL = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Rome"}'}}


async def test_all_that_was_given_is_accepted(post: Post, world: World) -> None:
    request = add(
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "What is the"}, {"type": "text", "text": "weather?"}]},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "content": "Sunny", "tool_call_id": "call_1", "chat_time": "2025-09-01 10:00:00"},
        {"role": "assistant", "content": "", "tool_calls": [CALL]},
        agent_id="agent",
        app_id="app",
        tags=["weather", "旅行"],
        info={"scene": "chat", "stars": 4.5, "count": 7, "places": ["广州", "Rome"], "none": None},
        allow_public=True,
        unknown={"is": "ignored"},
    )
    assert (await post("/add/message", request)).json()["data"] == {
        "success": True,
        "task_id": "task_1",
        "status": "running",
    }
    [batch] = world.accepted
    assert (batch.user, batch.conversation, batch.agent, batch.app) == ("ada", "0610", "agent", "app")
    assert (batch.tags, batch.owner, batch.received_at) == (("weather", "旅行"), Owner.public(), NOW)
    assert batch.info == {"scene": "chat", "stars": 4.5, "count": 7, "places": ("广州", "Rome")}
    assert isinstance(batch.info["count"], int)
    assert [(message.role, message.text) for message in batch.messages] == [
        (Role.SYSTEM, "Be brief."),
        (Role.USER, "What is the\nweather?"),
        (Role.ASSISTANT, ""),
        (Role.TOOL, "Sunny"),
        (Role.ASSISTANT, ""),
    ]
    assert batch.messages[2].tool_calls == (CALL,)
    assert batch.messages[3].tool_call_id == "call_1"
    assert batch.messages[3].said_at == datetime(2025, 9, 1, 10, tzinfo=UTC)
    assert batch.messages[0].said_at == NOW
    assert len({message.id for message in batch.messages}) == 5


@pytest.mark.parametrize("content", ["", " \n", [{"type": "text", "text": ""}]])
async def test_a_tool_may_have_nothing_to_say(post: Post, world: World, content: Any) -> None:
    result = {"role": "tool", "content": content, "tool_call_id": "call_1"}
    await post("/add/message", add(HELLO, {"role": "assistant", "content": "", "tool_calls": [CALL]}, result))
    [batch] = world.accepted
    assert [(m.role, m.text.strip()) for m in batch.messages][1:] == [(Role.ASSISTANT, ""), (Role.TOOL, "")]


async def test_null_for_an_optional_field_is_not_given(post: Post, world: World) -> None:
    nulls = dict.fromkeys(
        ["agent_id", "app_id", "tags", "info", "allow_public", "allow_knowledgebase_ids", "async_mode"]
    )
    message = {**HELLO, "chat_time": None, "tool_calls": None, "tool_call_id": None}
    assert (await post("/add/message", add(message, **nulls))).status_code == 200
    assert world.accepted[0].owner == Owner.user("ada")
    assert world.accepted[0].tags == ()


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("2025-09-12T20:30:00+08:00", datetime(2025, 9, 12, 12, 30, tzinfo=UTC)),
        ("2025-09-12T20:30:00", datetime(2025, 9, 12, 20, 30, tzinfo=UTC)),
        ("2025年9月12日上午8点", datetime(2025, 9, 12, 8, tzinfo=UTC)),
        (1757664000, datetime(2025, 9, 12, 8, tzinfo=UTC)),
        (1757664000000, datetime(2025, 9, 12, 8, tzinfo=UTC)),
        ("1757664000", datetime(2025, 9, 12, 8, tzinfo=UTC)),
    ],
)
async def test_chat_times(post: Post, world: World, given: object, read: datetime) -> None:
    assert (await post("/add/message", add({**HELLO, "chat_time": given}))).status_code == 200
    assert world.accepted[0].messages[0].said_at == read


def message(**more: Any) -> dict[str, Any]:
    return add({**HELLO, **more})


FILE = {"type": "file", "file": {"file_data": "5L2g5aW9", "filename": "a.txt"}}


def with_file(data: str, **more: str) -> dict[str, Any]:
    return message(content=[{"type": "file", "file": {"file_data": data, **more}}])


REFUSED: dict[str, tuple[Any, int, str]] = {
    "nothing at all": ({}, 40002, "user_id: is required"),
    "user_id null": (add(HELLO, user_id=None), 40002, "user_id: is required"),
    "user_id blank": (add(HELLO, user_id=" \t"), 40002, "user_id: is empty"),
    "user_id a number": (add(HELLO, user_id=7), 40000, "user_id: must be a valid string, not the number 7"),
    "user_id long": (add(HELLO, user_id="字" * 101), 40010, "user_id: is 101 characters long, at most 100 are allowed"),
    "user_id with a control": (add(HELLO, user_id="a\nb"), 40000, "user_id: must not contain control characters"),
    "conversation_id long": (add(HELLO, conversation_id="c" * 101), 40011, "conversation_id: is 101 characters long"),
    "agent_id long": (add(HELLO, agent_id="a" * 101), 40000, "agent_id: is 101 characters long"),
    "several: the first": (add(HELLO, user_id="", conversation_id=3, messages=[]), 40002, "user_id: is empty"),
    "no messages": (add(), 40003, "messages: is an empty list"),
    "messages a string": (add(HELLO, messages="hi"), 40000, "messages: must be a valid list, not 'hi'"),
    "messages many": (add(*[HELLO] * 2_001), 40000, "messages: has 2001 elements, at most 2000 are allowed"),
    "a message a string": (add("hi"), 40000, "messages[0]: must be"),  # type: ignore[arg-type]
    "no role": (add({"content": "hi"}), 40002, "messages[0].role: is required"),
    "unknown role": (message(role="robot"), 40000, "messages[0].role: must be 'user', 'assistant', 'system' or 'tool'"),
    "no content": (add(HELLO, {"role": "user"}), 40002, "messages[1].content: is empty"),
    "content null": (message(content=None), 40002, "messages[0].content: is empty"),
    "content blank": (message(content=" 　\n"), 40002, "messages[0].content: is empty"),
    "tool content null": (message(role="tool", content=None), 40002, "messages[0].content: is empty"),
    "user content empty": (message(content=""), 40002, "messages[0].content: is empty"),
    "assistant says and calls nothing": (
        message(role="assistant", content="", tool_calls=[]),
        40002,
        "messages[0].content",
    ),
    "content a number": (message(content=5), 40000, "messages[0].content: must be a string or a list of parts"),
    "content an empty list": (message(content=[]), 40003, "messages[0].content: is an empty list"),
    "content blank parts": (message(content=[{"type": "text", "text": " "}]), 40002, "messages[0].content: is empty"),
    "part without a type": (message(content=[{"text": "hi"}]), 40002, "messages[0].content[0].type: is required"),
    "part without a text": (message(content=[{"type": "text"}]), 40002, "messages[0].content[0].text: is required"),
    "part a string": (message(content=["hi"]), 40000, "messages[0].content[0]: must be"),
    "image": (
        message(content=[{"type": "image_url", "image_url": {"url": " "}}]),
        40002,
        "messages[0].content[0].image_url.url: is empty",
    ),
    "file": (
        message(content=[{"type": "text", "text": "hi"}, {"type": "file", "file": {}}]),
        40002,
        "messages[0].content[1].file.file_data: is required",
    ),
    "file of an illegal character": (with_file("5L2*"), 40008, "messages[0].content[0]: '*' is no character of Base64"),
    "file of an illegal length": (
        with_file("5L2g5"),
        40009,
        "messages[0].content[0]: its length is not that of Base64",
    ),
    "file of another type": (with_file("5L2g", filename="a.exe"), 40007, "messages[0].content[0]: files of the type"),
    "21 files": (message(content=[FILE] * 21), 50103, "file: 21 files, at most 20"),
    "another part": (message(content=[{"type": "audio"}]), 40006, "messages[0].content[0]: a part's type must be"),
    "a part without a type": (message(content=[{"text": "hi"}]), 40002, "messages[0].content[0].type: is required"),
    "tool call type": (message(tool_calls=[{**CALL, "type": "web"}]), 40006, "messages[0].tool_calls[0].type: 'web'"),
    "tool call without id": (
        message(role="assistant", tool_calls=[{"type": "function"}]),
        40002,
        "messages[0].tool_calls[0].id: is required",
    ),
    "arguments an object": (
        message(tool_calls=[{**CALL, "function": {"name": "f", "arguments": {}}}]),
        40000,
        "messages[0].tool_calls[0].function.arguments: must be a valid string, not an object",
    ),
    "unreadable time": (message(chat_time="when the cows come home"), 40000, "messages[0].chat_time: must be a time"),
    "absurd year": (message(chat_time="9999-01-01"), 40000, "messages[0].chat_time: must be a time of the years 1900"),
    "absurd epoch": (message(chat_time=1e300), 40000, "messages[0].chat_time: must be a time"),
    "long time": (message(chat_time="1" * 101), 40000, "messages[0].chat_time: must be a time"),
    "time true": (message(chat_time=True), 40000, "messages[0].chat_time: must be a string or a number"),
    "tags a string": (add(HELLO, tags="a"), 40000, "tags: must be a valid list"),
    "a tag a number": (add(HELLO, tags=["a", 1]), 40000, "tags[1]: must be a valid string"),
    "a blank tag": (add(HELLO, tags=[""]), 40002, "tags[0]: is empty"),
    "a long tag": (add(HELLO, tags=["t" * 201]), 40000, "tags[0]: is 201 characters long, at most 200"),
    "many tags": (add(HELLO, tags=["t"] * 101), 40000, "tags: has 101 elements, at most 100 are allowed"),
    "info a list": (add(HELLO, info=[]), 40000, "info: must be a valid dictionary"),
    "info nested": (add(HELLO, info={"a": {"b": 1}}), 40000, "info.a: must be a string, a number or a list of strings"),
    "info bool": (add(HELLO, info={"a": True}), 40000, "info.a: must be a string, a number or a list of strings"),
    "info mixed list": (add(HELLO, info={"a": ["x", 1]}), 40000, "info.a[1]: must be a valid string"),
    "info long value": (add(HELLO, info={"a": "x" * 4_001}), 40000, "info.a:"),
    "info many keys": (add(HELLO, info={str(i): 1 for i in range(101)}), 40000, "info: has 101 keys, at most 100"),
    "info long key": (add(HELLO, info={"k" * 101: 1}), 40000, "info: a key must have 1 to 100 characters"),
    "bool as text": (add(HELLO, async_mode="true"), 40000, "async_mode: must be a valid boolean, not 'true'"),
    "bool as number": (add(HELLO, allow_public=1), 40000, "allow_public: must be a valid boolean, not the number 1"),
}


@pytest.mark.parametrize(("body", "code", "says"), REFUSED.values(), ids=REFUSED)
async def test_refused(post: Post, world: World, body: Any, code: int, says: str) -> None:
    assert refused(await post("/add/message", body), code, 400).startswith(says)
    assert not world.accepted


@pytest.mark.parametrize(("base", "code", "status"), [("kb_9", 50120, 404), ("kb_2", 50123, 403)])
async def test_knowledge_bases_that_are_not_ours(post: Post, world: World, base: str, code: int, status: int) -> None:
    response = await post("/add/message", add(HELLO, allow_knowledgebase_ids=["kb_1", base]))
    assert refused(response, code, status).startswith("allow_knowledgebase_ids[1]:")
    assert not world.accepted


async def test_memories_go_into_the_bases_named(post: Post, world: World) -> None:
    await post("/add/message", add(HELLO, allow_knowledgebase_ids=["kb_1"]))
    [batch] = world.accepted
    assert (str(batch.owner), batch.user, batch.conversation) == ("knowledgebase:kb_1", "ada", "0610")


async def test_several_owners_get_a_copy_each_and_the_conversation_one(post: Post, world: World) -> None:
    await post("/add/message", add(HELLO, allow_public=True, allow_knowledgebase_ids=["kb_1", "kb_1"]))
    public, base = world.accepted
    assert [str(batch.owner) for batch in (public, base)] == ["public:", "knowledgebase:kb_1"]
    assert (public.conversation, base.conversation) == ("0610", "")
    assert public.messages[0].id != base.messages[0].id
    assert {public.user, base.user} == {"ada"}


async def test_files_and_pictures_come_with_their_message(post: Post, world: World) -> None:
    parts = [
        {"type": "text", "text": "看附件"},
        {"type": "file", "file": {"file_data": "data:text/markdown;base64,5L2g5aW9"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a/cat.png?x=1"}},
    ]
    answer = (await post("/add/message", message(content=parts, async_mode=False))).json()["data"]
    assert answer["status"] == "running", "never waited for"
    [said] = world.accepted[0].messages
    assert said.text == "看附件\n[file: file-2.md]\n[image: cat.png]"
    (document, content), (picture, nothing) = world.attached
    assert (document.name, document.kind, content, document.message) == (
        "file-2.md",
        "document",
        "你好".encode(),
        said.id,
    )
    assert (picture.name, picture.kind, nothing, picture.url[:8]) == ("cat.png", "image", None, "https://")


@pytest.mark.parametrize(
    ("given", "kept"), [("规章", "规章.pdf"), ("rules.v2.md", "rules.v2.md"), (None, "file-1.pdf")]
)
async def test_a_media_type_says_what_a_name_does_not(post: Post, world: World, given: str | None, kept: str) -> None:
    file = {"file_data": "data:application/pdf;base64,5L2g5aW9", "filename": given}
    await post("/add/message", message(content=[{"type": "file", "file": file}]))
    assert [document.name for document, _ in world.attached] == [kept]


@pytest.mark.parametrize("word", [" apple", "好"], ids=["en", "zh"])
async def test_20000_tokens_and_one_more(post: Post, world: World, word: str) -> None:
    assert (await post("/add/message", message(content=word * 20_000))).status_code == 200
    response = await post("/add/message", message(content=word * 20_001))
    assert refused(response, 40305, 413) == "messages: 20001 tokens, at most 20000 are allowed in one request"
    assert len(world.accepted) == 1


async def test_the_token_limit_counts_all_messages_and_tool_calls(post: Post, world: World) -> None:
    half = {"role": "user", "content": " apple" * 9_990}
    call = {**CALL, "function": {"name": "f", "arguments": " apple" * 30}}
    assert (await post("/add/message", add(half, half))).status_code == 200
    refused(await post("/add/message", add(half, half, {"role": "assistant", "tool_calls": [call]})), 40305, 413)


@pytest.mark.parametrize(
    ("state", "reason", "status", "says"),
    [
        (State.DONE, "nothing worth keeping", "completed", "ok"),
        (State.FAILED, "the model is gone", "failed", "the model is gone"),
        (State.RUNNING, "", "running", "ok"),
    ],
)
async def test_synchronous(post: Post, world: World, state: State, reason: str, status: str, says: str) -> None:
    world.tasks.state, world.tasks.reason = state, reason
    body = (await post("/add/message", add(HELLO, async_mode=False))).json()
    assert body == {"code": 0, "message": says, "data": {"success": True, "task_id": "task_1", "status": status}}
    assert world.tasks.waited == [timedelta(seconds=60)]
