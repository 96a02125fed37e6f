"""What becomes of a memory when something newer is said."""

from datetime import timedelta

import pytest

from memosd.extraction.resolve import ENDED, SUPERSEDED
from tests.flows.conftest import PROJECT, Memosd, values

WEEKS = timedelta(weeks=5)


async def tell(memosd: Memosd, *texts: str) -> None:
    """One text after another, each in a talk of its own, weeks apart."""
    for text in texts:
        await memosd.say(("user", text), conversation=text)
        await memosd.drain()
        memosd.clock.move(WEEKS)


CHANGES = [
    ("My home is in Leeds.", "My home is in Bristol now.", "Where is my home?", "Leeds", "Bristol"),
    ("The team meeting is in room 3.", "The team meeting is moved to room 12.", "team meeting", "room 3", "room 12"),
    ("我家住在苏州。", "我家现在住在成都了。", "我家住在哪里？", "苏州", "成都"),
    ("讀書會原本訂在二樓教室。", "讀書會改到一樓大廳了。", "讀書會在哪裡？", "二樓", "一樓"),
]


@pytest.mark.parametrize(("before", "now", "asked", "old", "new"), CHANGES)
async def test_a_new_state_takes_the_place_of_the_old_one_and_carries_it(
    memosd: Memosd, before: str, now: str, asked: str, old: str, new: str
) -> None:
    await tell(memosd, before)
    [known] = (await memosd.ask(asked)).facts
    await tell(memosd, now)
    [hit] = (await memosd.ask(asked)).facts
    assert new in hit.memory.content.value
    assert old in hit.memory.content.value.split(now, 1)[1], "what was before stands behind, marked as past"
    retired = (await memosd.engine.storage.versions(PROJECT, known.memory.id))[-1]
    assert (retired.retired_because, retired.replaced_by) == (SUPERSEDED, hit.memory.id)


@pytest.mark.parametrize(
    ("before", "now", "asked"),
    [
        (
            "My home is in Leeds.",
            "My home is in Bristol now.",
            "Was my home in Leeds before?",
        ),
        ("我家住在苏州。", "我家现在住在成都了。", "我家以前住在苏州吗？"),
    ],
)
async def test_a_question_about_before_finds_the_history(memosd: Memosd, before: str, now: str, asked: str) -> None:
    await tell(memosd, before, now)
    [hit] = (await memosd.ask(asked)).facts
    assert before.rstrip(".。") in hit.memory.content.value
    assert hit.found_by >= {"text", "vector"}


@pytest.mark.parametrize(
    ("state", "denial", "asked"),
    [
        ("I smoke ten cigarettes a day.", "I no longer smoke cigarettes.", "cigarettes"),
        ("我每天晚上喝啤酒。", "啤酒我戒了，不再喝啤酒。", "啤酒"),
    ],
)
async def test_a_denial_retires(memosd: Memosd, state: str, denial: str, asked: str) -> None:
    await tell(memosd, state)
    [known] = (await memosd.ask(asked)).facts
    await tell(memosd, denial)
    assert [v for v in values((await memosd.ask(asked)).facts) if denial not in v] == []
    retired = (await memosd.engine.storage.versions(PROJECT, known.memory.id))[-1]
    assert retired.retired_because in (ENDED, SUPERSEDED)


@pytest.mark.parametrize(
    ("one", "other", "asked"),
    [
        ("I ran five kilometres on Tuesday.", "I ran eight kilometres on Thursday.", "kilometres"),
        ("My sister lives in Leeds.", "I live in Bristol.", "Who lives in Leeds or Bristol?"),
        ("My home phone number ends in 12.", "My mobile number ends in 77.", "number"),
        ("中午点了鱼香肉丝盖饭。", "中午同事点了牛腩面。", "中午点了什么？"),
        ("我爸在中鋼上班。", "我在郵局上班。", "上班"),
        ("我买了基金。", "基金是每周二定投五百。", "基金"),
    ],
)
async def test_events_other_people_and_details_leave_what_is_known_alone(
    memosd: Memosd, one: str, other: str, asked: str
) -> None:
    await tell(memosd, one, other)
    found = values((await memosd.ask(asked)).facts)
    assert [any(said in value for value in found) for said in (one.split(" on ")[0], other.split(" on ")[0])] == [
        True,
        True,
    ]
    assert len(found) == 2


@pytest.mark.parametrize(("before", "now", "asked", "old", "new"), CHANGES)
async def test_what_was_said_earlier_but_arrives_late_changes_nothing(
    memosd: Memosd, before: str, now: str, asked: str, old: str, new: str
) -> None:
    await tell(memosd, now)
    memosd.clock.move(-4 * WEEKS)
    await tell(memosd, before)
    [hit] = (await memosd.ask(asked)).facts
    assert hit.memory.content.value.index(new) < hit.memory.content.value.index(old)


@pytest.mark.parametrize("text", ["I keep bees on the roof.", "我在楼顶养蜜蜂。"])
async def test_a_request_sent_twice_makes_one_memory_with_all_its_sources(memosd: Memosd, text: str) -> None:
    for _ in range(2):
        await memosd.say(("user", text), conversation="same")
    await memosd.drain()
    [hit] = (await memosd.ask(text)).facts
    assert len(hit.memory.content.sources) == 2


@pytest.mark.parametrize(("before", "now", "asked", "old", "new"), CHANGES)
async def test_changes_within_one_request_count_too(
    memosd: Memosd, before: str, now: str, asked: str, old: str, new: str
) -> None:
    await memosd.say(("user", before), ("user", now))
    await memosd.drain()
    [hit] = (await memosd.ask(asked)).facts
    assert hit.memory.content.value.index(new) < hit.memory.content.value.index(old)


async def test_a_longer_memory_stays_and_is_told_the_news(memosd: Memosd) -> None:
    await tell(
        memosd, "My home is in Leeds. My home has a red piano. My home smells of basil.", "My home is in Bristol now."
    )
    [hit] = [h for h in (await memosd.ask("Which colour is the piano?")).facts if "piano" in h.memory.content.value]
    assert hit.memory.content.value.startswith("[2026-03-02] User: My home is in Leeds. My home has")
    assert hit.memory.content.value.endswith("(since 2026-04-06: My home is in Bristol now.)")


async def test_a_change_embeds_nothing_twice(memosd: Memosd) -> None:
    await tell(memosd, "My home is in Leeds.", "My home is in Bristol now.")
    assert len(memosd.embedder.texts) == len(set(memosd.embedder.texts))


@pytest.mark.parametrize(
    ("one", "other", "asked"),
    [
        ("The code name is Silver Fox.", "The code name is Iron Eagle.", "What is the code name?"),
        ("项目代号是银狐。", "项目代号是铁鹰。", "项目代号是什么？"),
    ],
)
async def test_what_one_app_was_told_changes_nothing_that_another_was_told(
    memosd: Memosd, one: str, other: str, asked: str
) -> None:
    await memosd.say(("user", one), conversation="a", app="first")
    await memosd.drain()
    memosd.clock.move(WEEKS)
    await memosd.say(("user", other), conversation="b", app="second")
    await memosd.drain()
    found = {hit.memory.app: hit.memory.content.value for hit in (await memosd.ask(asked)).facts}
    assert one in found["first"]
    assert other in found["second"]
    assert one not in found["second"], "nor does its history show in the other app"
