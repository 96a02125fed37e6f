"""Tool memory, from what an agent did to what it finds again."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from memosd.domain.ids import BatchId, MessageId, new_id
from memosd.domain.memories import Kind, Memory
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner, Reach
from memosd.domain.search import Query
from tests.flows.conftest import PROJECT, Memosd

SCHEMA = '{"name": "find_room", "description": "Find a free meeting room", "parameters": {"type": "object"}}'


async def tell(memosd: Memosd, *messages: Message, app: str | None = None, conversation: str = "c") -> None:
    batch = Batch(
        BatchId(new_id("bat")), PROJECT, "ana", conversation, Owner.user("ana"), messages, memosd.clock(), app=app
    )
    await memosd.accept(batch)
    await memosd.drain()


def said(memosd: Memosd, role: str, text: str, **more: Any) -> Message:
    return Message(MessageId(new_id("msg")), Role(role), text, memosd.clock(), **more)


def run(memosd: Memosd, task: str, result: str, *, tool: str = "find_room") -> Sequence[Message]:
    call = {"id": "1", "type": "function", "function": {"name": tool, "arguments": '{"people": 4}'}}
    return (
        said(memosd, "user", task),
        said(memosd, "assistant", "", tool_calls=(call,)),
        said(memosd, "tool", result, tool_call_id="1"),
    )


async def known(memosd: Memosd, kind: Kind) -> list[Memory]:
    page = await memosd.engine.storage.browse(
        PROJECT, "ana", reach=(Reach(Owner.user("ana")),), kinds=frozenset({kind}), offset=0, limit=50
    )
    return list(page.memories)


async def test_a_schema_is_kept_once_and_a_new_one_is_a_new_version(memosd: Memosd) -> None:
    for _ in range(3):
        await tell(memosd, said(memosd, "system", f"<tool_schema>[{SCHEMA}]</tool_schema>"))
    [schema] = await known(memosd, Kind.TOOL_SCHEMA)
    assert (schema.content.value, schema.version) == (SCHEMA, 1)

    changed = json.dumps({**json.loads(SCHEMA), "parameters": {"type": "object", "required": ["people"]}})
    await tell(memosd, said(memosd, "system", f"<tool_schema>{changed}</tool_schema>"))
    [schema] = await known(memosd, Kind.TOOL_SCHEMA)
    assert (schema.content.value, schema.version) == (changed, 2)


async def test_tasks_alike_are_one_memory_with_their_rate(memosd: Memosd) -> None:
    await tell(memosd, *run(memosd, "Find a room for four people on Monday", '{"room": "Oak"}'))
    await tell(memosd, *run(memosd, "Find a room for six people on Tuesday", '{"ok": false, "error": "none free"}'))
    await tell(memosd, *run(memosd, "把窗帘的价格换成欧元", "12"))
    memories = await known(memosd, Kind.TOOL_TRAJECTORY)
    assert len(memories) == 2
    [rooms] = [m for m in memories if "room" in m.content.detail["runs"][0]["task"]]
    [status] = rooms.content.detail["tool_used_status"]
    assert (status["success_rate"], status["error_type"]) == (0.5, "none free")
    assert len(rooms.content.sources) == 6


async def test_a_result_in_a_later_request_completes_the_run(memosd: Memosd) -> None:
    user, call, result = run(memosd, "Find a room for four", '{"room": "Oak"}')
    await tell(memosd, user, call)
    [before] = await known(memosd, Kind.TOOL_TRAJECTORY)
    assert before.content.detail["tool_used_status"][0]["error_type"] == "no result"
    await tell(memosd, result)
    [after] = await known(memosd, Kind.TOOL_TRAJECTORY)
    assert after.id == before.id
    assert after.content.detail["tool_used_status"][0]["success_rate"] == 1.0


async def test_a_run_that_goes_on_with_another_tool_leaves_the_others_alone(memosd: Memosd) -> None:
    await tell(memosd, *run(memosd, "Find a room for four people", '{"room": "Oak"}'))
    await tell(memosd, *run(memosd, "Find a room for nine people", '{"room": "Elm"}'))
    call = {"id": "2", "type": "function", "function": {"name": "book_room", "arguments": "{}"}}
    await tell(
        memosd,
        said(memosd, "assistant", "", tool_calls=(call,)),
        said(memosd, "tool", '{"ok": false, "error": "already taken"}', tool_call_id="2"),
    )
    tools = sorted(tuple(m.content.detail["tools"]) for m in await known(memosd, Kind.TOOL_TRAJECTORY))
    assert tools == [("find_room",), ("find_room", "book_room")]


async def test_what_one_app_did_is_not_merged_with_another_s(memosd: Memosd) -> None:
    for app in ("desk", "phone"):
        await tell(memosd, *run(memosd, "Find a room for four people", '{"room": "Oak"}'), app=app)
    assert len(await known(memosd, Kind.TOOL_TRAJECTORY)) == 2


async def test_a_task_is_found_by_what_it_was_about(memosd: Memosd) -> None:
    await tell(memosd, *run(memosd, "Find a room for four people", '{"room": "Oak"}'))

    query = Query(PROJECT, "ana", "a room for people", (Reach(Owner.user("ana")),), threshold=0.0)
    assert (await memosd.recall(query)).tools == ()
    [hit] = (await memosd.recall(replace(query, tools=6))).tools
    assert "Oak" in hit.memory.content.value
