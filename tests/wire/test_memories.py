"""search/memory, get/memory, delete/memory, get/message and get/status."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from memosd.domain.filters import EVERYTHING, Field, FieldIs, InfoIs, Op
from memosd.domain.memories import Kind
from memosd.domain.scope import Owner, Reach
from memosd.domain.search import Hit, Query, Recollection
from memosd.domain.tasks import State
from tests.wire.bodies import GOOD, search
from tests.wire.conftest import Post
from tests.wire.fakes import FACT, OURS, THEIRS, World, memory
from tests.wire.test_errors import refused


async def asked(post: Post, world: World, **more: Any) -> Query:
    assert (await post("/search/memory", search(**more))).status_code == 200
    return world.asked[-1]


async def test_defaults_of_a_search(post: Post, world: World) -> None:
    assert await asked(post, world) == Query(
        project=OURS,
        user="ada",
        text="Where does the user stay?",
        reaches=(Reach(Owner.user("ada")), Reach(Owner.public())),
        facts=9,
        preferences=9,
        tools=0,
        skills=0,
        threshold=0.45,
    )


async def test_all_of_a_search(post: Post, world: World) -> None:
    query = await asked(
        post,
        world,
        conversation_id="0610",
        memory_limit_number=0,
        include_preference=False,
        include_tool_memory=True,
        tool_memory_limit_number=25,
        include_skill=True,
        relativity=1,
        knowledgebase_ids=["all"],
    )
    assert (query.conversation, query.threshold) == ("0610", 1.0)
    assert (query.facts, query.preferences, query.tools, query.skills) == (0, 0, 25, 6)


AGENT = FieldIs(Field.AGENT, "a")
SCENE = InfoIs("scene", Op.EQ, "chat", None)


@pytest.mark.parametrize(
    ("given", "user", "public"),
    [
        ({}, EVERYTHING, EVERYTHING),
        (None, EVERYTHING, EVERYTHING),
        ({"agent_id": "a"}, AGENT, AGENT),
        ({"user": {"agent_id": "a"}}, AGENT, EVERYTHING),
        ({"user": {"agent_id": "a"}, "public": {"scene": "chat"}, "knowledgebase": {"scene": "x"}}, AGENT, SCENE),
        ({"user": {}, "public": {"info": {"scene": "chat"}}}, EVERYTHING, SCENE),
        ({"user": None, "public": {"scene": "chat"}}, EVERYTHING, SCENE),
        ({"user": "x"}, InfoIs("user", Op.EQ, "x", None), InfoIs("user", Op.EQ, "x", None)),
    ],
)
async def test_filters_reach_their_sources(post: Post, world: World, given: Any, user: Any, public: Any) -> None:
    query = await asked(post, world, filter=given)
    assert query.reaches == (Reach(Owner.user("ada"), user), Reach(Owner.public(), public))


SEARCH_REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "no query": ({"query": None}, 40002, "query: is required"),
    "blank query": ({"query": " "}, 40002, "query: is empty"),
    "facts": ({"memory_limit_number": 26}, 40000, "memory_limit_number: must be between 0 and 25, not the number 26"),
    "preferences": ({"preference_limit_number": -1}, 40000, "preference_limit_number: must be between 0 and 25"),
    "tools": ({"tool_memory_limit_number": 26}, 40000, "tool_memory_limit_number: must be between 0 and 25"),
    "skills": ({"skill_limit_number": 100}, 40000, "skill_limit_number: must be between 0 and 25"),
    "limit true": ({"memory_limit_number": True}, 40000, "memory_limit_number: must be a valid integer, not true"),
    "limit 9.5": ({"memory_limit_number": 9.5}, 40000, "memory_limit_number: must be a valid integer"),
    "limit text": ({"memory_limit_number": "9"}, 40000, "memory_limit_number: must be a valid integer, not '9'"),
    "relativity high": ({"relativity": 1.1}, 40000, "relativity: must be less than or equal to 1, not the number 1.1"),
    "relativity low": ({"relativity": -0.1}, 40000, "relativity: must be greater than or equal to 0"),
    "relativity text": ({"relativity": "0.4"}, 40000, "relativity: must be a valid number, not '0.4'"),
    "filter a list": ({"filter": []}, 40000, "filter: must be"),
    "filter operator": ({"filter": {"and": [{"stars": {"near": 1}}]}}, 40000, "filter.and[0].stars: unknown operator"),
    "filter of another connective": (
        {"filter": {"nor": [{"agent_id": "coach"}]}},
        40000,
        "filter.nor: must be compared with a string or a number; conditions are joined by 'and' and 'or' only",
    ),
    "filter of a connective over one": (
        {"filter": {"unless": {"agent_id": "coach"}}},
        40000,
        "filter.unless: unknown operator 'agent_id', use contains, gt, gte, lt or lte; conditions are joined by 'and'",
    ),
    "filter of a list in a key of info": (
        {"filter": {"scene": {"contains": ["chat"]}}},
        40000,
        "filter.scene: must be",
    ),
    "filter of a number as a tag": ({"filter": {"tags": {"contains": 7}}}, 40000, "filter.tags: tags support only"),
    "filter and": ({"filter": {"and": {}}}, 40000, "filter.and: must be a list"),
    "filter of many tags": (
        {"filter": {"tags": {"contains": ["t"] * 101}}},
        40000,
        "filter: 101 conditions, at most 100 are allowed",
    ),
    "filter of many bounds": (
        {"filter": {"and": [{"stars": {"gt": 1, "lt": 5}}] * 51}},
        40000,
        "filter: 102 conditions, at most 100",
    ),
    "filter empty and": ({"filter": {"and": []}}, 40003, "filter.and: is an empty list"),
    "filter of a source": ({"filter": {"user": {"tags": "x"}}}, 40000, "filter.user.tags:"),
    "filter of no use": ({"filter": {"knowledgebase": {"tags": "x"}}}, 40000, "filter.knowledgebase.tags:"),
    "filter mixed": ({"filter": {"user": {"scene": "x"}, "scene": "x"}}, 40000, "filter.scene: either one filter"),
    "filter date": ({"filter": {"create_time": {"gt": "soon"}}}, 40000, "filter.create_time: must be a date"),
}


@pytest.mark.parametrize(("more", "code", "says"), SEARCH_REFUSED.values(), ids=SEARCH_REFUSED)
async def test_refused_searches(post: Post, world: World, more: dict[str, Any], code: int, says: str) -> None:
    assert refused(await post("/search/memory", search(**more)), code, 400).startswith(says)
    assert not world.asked


async def test_a_search_in_an_unknown_knowledge_base(post: Post, world: World) -> None:
    response = await post("/search/memory", search(knowledgebase_ids=["kb_1", "kb_9"]))
    assert "'kb_9'" in refused(response, 50120, 404)
    response = await post("/search/memory", search(knowledgebase_ids=["kb_2"]))
    assert "'kb_2'" in refused(response, 50123, 403)
    assert not world.asked


@pytest.mark.parametrize(("named", "seen"), [([], 0), (["kb_1"], 1), (["all"], 1), (["all", "kb_9"], 1)])
async def test_only_named_knowledge_bases_are_searched(post: Post, world: World, named: list[str], seen: int) -> None:
    await post("/search/memory", search(knowledgebase_ids=named, filter={"knowledgebase": {"scene": "chat"}}))
    [query] = world.asked
    assert [str(r.owner) for r in query.reaches] == ["user:ada", "public:", "knowledgebase:kb_1"][: 2 + seen]
    assert [r.where for r in query.reaches][2:] == [SCENE] * seen


async def test_a_query_of_too_many_tokens(post: Post, world: World) -> None:
    response = await post("/search/memory", search(query=" apple" * 20_001))
    assert refused(response, 40305, 413) == "query: 20001 tokens, at most 20000 are allowed"


async def test_nothing_found_is_empty_lists(post: Post, world: World) -> None:
    world.found = Recollection()
    assert (await post("/search/memory", search())).json()["data"] == {
        "memory_detail_list": [],
        "preference_detail_list": [],
        "tool_memory_detail_list": [],
        "skill_detail_list": [],
        "preference_note": "",
    }


async def test_the_note_on_preferences_is_in_the_querys_language(post: Post, world: World) -> None:
    zh = (await post("/search/memory", search())).json()["data"]["preference_note"]
    world.found = replace(world.found, language="en")
    en = (await post("/search/memory", search())).json()["data"]["preference_note"]
    assert "偏好" in zh
    assert "preferences" in en


def ids(response: httpx.Response, kind: str = "memory") -> list[str]:
    return [detail["id"] for detail in response.json()["data"][f"{kind}_detail_list"]]


async def test_pages(post: Post) -> None:
    first = await post("/get/memory", {"user_id": "ada", "size": 2})
    second = await post("/get/memory", {"user_id": "ada", "size": 2, "page": 2})
    data = second.json()["data"]
    assert ids(first) == ["mem_1", "mem_2"]
    assert ids(second) == ["mem_3"]
    assert ids(second, "preference") == ids(second, "tool_memory") == []
    assert (data["total"], data["pages"], data["size"], data["current"]) == (3, 2, 2, 2)


async def test_only_the_kinds_that_are_wanted(post: Post) -> None:
    response = await post("/get/memory", {"user_id": "ada", "include_preference": False, "include_tool_memory": False})
    assert ids(response, "preference") == ids(response, "tool_memory") == []
    assert len(ids(response)) == 3


async def test_get_memory_filters(post: Post) -> None:
    tagged = await post("/get/memory", {"user_id": "ada", "filter": {"tags": {"contains": "旅行"}}})
    assert ids(tagged) == ["mem_1"]
    assert ids(await post("/get/memory", {"user_id": "ada", "filter": {"scene": "none"}})) == []


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"page": 0}, "page: must be greater than or equal to 1, not the number 0"),
        ({"page": 1_000_001}, "page: must be less than or equal to 1000000"),
        ({"size": 51}, "size: must be between 1 and 50, not the number 51"),
        ({"size": 0}, "size: must be between 1 and 50"),
        ({"filter": {"tags": "x"}}, "filter.tags:"),
    ],
)
async def test_refused_pages(post: Post, more: dict[str, Any], says: str) -> None:
    assert refused(await post("/get/memory", {"user_id": "ada", **more}), 40000, 400).startswith(says)


async def test_delete_memories(post: Post, world: World) -> None:
    response = await post("/delete/memory", {"memory_ids": ["mem_1", "mem_2", "mem_1"]})
    assert response.json() == {"code": 0, "message": "ok", "data": {"success": True}}
    assert "mem_1" not in [memory.id for memory in world.shelf.kept]


async def test_delete_a_user_twice(post: Post, world: World) -> None:
    assert (await post("/delete/memory", {"user_id": "ada"})).status_code == 200
    assert world.shelf.kept == []
    assert "'ada'" in refused(await post("/delete/memory", {"user_id": "ada"}), 40308, 404)


async def test_foreign_and_unknown_memories(post: Post, world: World) -> None:
    world.shelf.kept.append(replace(FACT, id="mem_theirs", project=THEIRS))  # type: ignore[arg-type]
    message = refused(await post("/delete/memory", {"memory_ids": ["mem_1", "mem_theirs"]}), 40306, 403)
    assert "mem_theirs" in message
    many = ["mem_1", *(f"no_{i}" for i in range(9))]
    assert "no_4 and 4 more" in refused(await post("/delete/memory", {"memory_ids": many}), 40307, 404)
    assert len(world.shelf.kept) == 7


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        ({}, 40002, "memory_ids, user_id: one of them is required"),
        ({"memory_ids": None, "user_id": None}, 40002, "memory_ids, user_id: one of them is required"),
        ({"memory_ids": ["mem_1"], "user_id": "ada"}, 40000, "memory_ids, user_id: give one of them, not both"),
        ({"memory_ids": []}, 40003, "memory_ids: is an empty list"),
        ({"memory_ids": [""]}, 40002, "memory_ids[0]: is empty"),
        ({"memory_ids": "mem_1"}, 40000, "memory_ids: must be a valid list"),
        ({"memory_ids": ["m"] * 1_001}, 40000, "memory_ids: has 1001 elements, at most 1000 are allowed"),
        ({"user_id": " "}, 40002, "user_id: is empty"),
        ({"user_id": "u" * 101}, 40010, "user_id: is 101 characters long"),
    ],
)
async def test_refused_deletions(post: Post, world: World, body: Any, code: int, says: str) -> None:
    assert refused(await post("/delete/memory", body), code, 400).startswith(says)
    assert len(world.shelf.kept) == 6


async def test_the_last_messages(post: Post) -> None:
    request = {"user_id": "ada", "conversation_id": "0610", "message_limit_number": 1}
    [message] = (await post("/get/message", request)).json()["data"]["message_detail_list"]
    assert message == {
        "role": "assistant",
        "content": "好的，有其他问题再问我。",
        "create_time": "2025-09-12T08:01:00Z",
        "update_time": "2025-09-12T08:01:00Z",
    }


async def test_an_unknown_conversation_is_empty(post: Post) -> None:
    response = await post("/get/message", {"user_id": "ada", "conversation_id": "nowhere"})
    assert response.json()["data"] == {"message_detail_list": []}


@pytest.mark.parametrize("limit", [0, 51, -1])
async def test_refused_message_limits(post: Post, limit: int) -> None:
    request = {"user_id": "ada", "conversation_id": "0610", "message_limit_number": limit}
    assert "must be between 1 and 50" in refused(await post("/get/message", request), 40000, 400)


@pytest.mark.parametrize(
    ("state", "reason", "status", "says"),
    [
        (State.WAITING, "", "running", "ok"),
        (State.RUNNING, "the first attempt failed", "running", "ok"),
        (State.DONE, "", "completed", "ok"),
        (State.FAILED, "the model is gone", "failed", "the model is gone"),
    ],
)
async def test_status(post: Post, world: World, state: State, reason: str, status: str, says: str) -> None:
    world.tasks.state, world.tasks.reason = state, reason
    response = await post("/get/status", {"task_id": "task_1"})
    views = {"fact": {"added": 1, "updated": 0, "deleted": 0, "ids": ["mem_1"]}}
    done = {"memory_views": views} if state is State.DONE else {}
    assert response.json() == {"code": 0, "message": says, "data": {"status": status, **done}}


async def test_an_unknown_task(post: Post) -> None:
    assert "'task_2'" in refused(await post("/get/status", {"task_id": "task_2"}), 50131, 404)


async def test_a_search_explains_itself_only_when_asked(post: Post, world: World) -> None:
    plain = (await post("/search/memory", search())).json()["data"]
    assert "explanations" not in plain
    told = (await post("/search/memory", search(explain=True))).json()["data"]
    shown = [m["id"] for m in (*told["memory_detail_list"], *told["preference_detail_list"])]
    assert shown
    assert [each["id"] for each in told["explanations"]][: len(shown)] == shown
    for each in told["explanations"]:
        assert set(each) == {"id", "found_by", "features", "relativity", "sources"}


@pytest.mark.parametrize(("base", "code", "status"), [("kb_9", 50120, 404), ("kb_2", 50123, 403)])
async def test_feedback_on_a_base_that_is_not_ours(post: Post, base: str, code: int, status: int) -> None:
    body = {**GOOD["/add/feedback"], "allow_knowledgebase_ids": ["kb_1", base]}
    assert refused(await post("/add/feedback", body), code, status).startswith("allow_knowledgebase_ids[1]:")


async def test_a_tool_of_which_no_result_is_known_has_no_rate(post: Post, world: World) -> None:
    detail = {"tool_used_status": [{"used_tool": "lock_door", "tool_experience": "no result is known yet"}]}
    told = memory("mem_9", Kind.TOOL_TRAJECTORY, "Doors", "lock_door was called.", detail=detail)
    world.found = Recollection(tools=(Hit(told, 0.6),))
    data = (await post("/search/memory", search(include_tool_memory=True))).json()["data"]
    [status] = data["tool_memory_detail_list"][0]["tool_used_status"]
    assert status == {"used_tool": "lock_door", "error_type": "", "tool_experience": "no result is known yet"}
