"""Skills, from tasks that recur."""

import json

import pytest

from memosd.domain.memories import Kind
from memosd.extraction.requests import is_request
from memosd.extraction.skills.render import render
from memosd.flows.amend import AmendMemory
from memosd.ports.storage import BY_REQUEST
from tests.flows.conftest import PROJECT, Memosd
from tests.flows.test_tools import known, run, tell


async def test_a_task_done_three_times_makes_one_skill_that_grows_slowly(memosd: Memosd) -> None:
    versions = []
    for people in (4, 5, 6, 7, 8, 9):
        await tell(memosd, *run(memosd, f"Find a free room for {people} people", '{"room": "Oak"}'))
        skills = await known(memosd, Kind.SKILL)
        versions.append([skill.version for skill in skills])
    assert versions == [[], [], [1], [1], [2], [2]], "one skill, and no version for each time"
    [skill] = await known(memosd, Kind.SKILL)
    detail = skill.content.detail
    assert "free room for" in skill.content.title
    assert "find_room" in detail["procedure"]
    assert detail["script"]["calls"][0]["tool"] == "find_room"
    assert detail["others"]["success_rate"] == 1.0


async def test_a_skill_that_a_person_worded_stays_so(memosd: Memosd) -> None:
    for people in range(4, 12):
        await tell(memosd, *run(memosd, f"Find a free room for {people} people", '{"room": "Oak"}'))
        if people == 6:
            [skill] = await known(memosd, Kind.SKILL)
            amend = AmendMemory(memosd.engine.storage, lambda: memosd.by_line, memosd.clock)
            await amend(PROJECT, skill.id, by=BY_REQUEST, value="Ask Ada for the key first.")
    [skill] = await known(memosd, Kind.SKILL)
    assert (skill.content.value, skill.version) == ("Ask Ada for the key first.", 2)


async def test_tasks_that_differ_make_none(memosd: Memosd) -> None:
    tasks = {"Find a free room": "find_room", "Dim the lamp": "set_lamp", "Text grandma": "send", "查快递": "track"}
    for task, tool in tasks.items():
        await tell(memosd, *run(memosd, task, '{"ok": true}', tool=tool))
    assert await known(memosd, Kind.SKILL) == []


async def test_what_was_answered_each_time_is_the_procedure(memosd: Memosd) -> None:
    for event in ("chess", "choir", "photo"):
        answer = f"1. Name the {event} evening\n2. Give the place\n3. Say how to sign up"
        await memosd.say(("user", f"Write an invitation to the {event} evening of our club"), ("assistant", answer))
        await memosd.drain()
    [skill] = await known(memosd, Kind.SKILL)
    assert "2. Give the place" in skill.content.detail["procedure"]


async def test_a_skill_as_a_file(memosd: Memosd) -> None:
    for people in (4, 5, 6):
        await tell(memosd, *run(memosd, f'Find a "free" room: for {people} people', '{"room": "Oak"}'))
    [skill] = await known(memosd, Kind.SKILL)
    text = render(skill)
    _, front, body = text.split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in front.splitlines())
    assert json.loads(fields["name"]).replace("-", "").isalnum()
    assert json.loads(fields["description"]) == skill.content.value
    assert "## Procedure\n\n1. Call find_room" in body
    assert "```json" in body


@pytest.mark.parametrize(
    "said", ["Please draft a letter to Tom", "帮我写一份通知", "User: Book a table\nAssistant: Done."]
)
def test_requests(said: str) -> None:
    assert is_request(said)


@pytest.mark.parametrize(
    "said",
    ["I wrote a letter", "Please remember that I moved", "请记住我搬家了", "请把我的地址改成苏州", "我写了一封信"],
)
def test_what_is_told_is_no_request(said: str) -> None:
    assert not is_request(said)
