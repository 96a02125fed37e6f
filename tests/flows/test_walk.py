"""The walk of a memory, from what was said to what is found."""

from datetime import timedelta

import pytest

from memosd.domain.errors import Unavailable
from memosd.domain.memories import Stage
from memosd.domain.scope import Owner, Reach
from memosd.domain.tasks import State
from tests.flows.conftest import PROJECT, Memosd, values


@pytest.mark.parametrize(
    ("said", "asked", "found"),
    [
        ("I keep bees on the roof.", "Where are my bees on the roof?", "bees"),
        ("我在楼顶养蜜蜂。", "我的蜜蜂养在哪里？", "蜜蜂"),
    ],
)
async def test_what_was_said_is_found_at_once_and_under_the_same_id_when_refined(
    memosd: Memosd, said: str, asked: str, found: str
) -> None:
    await memosd.say(("user", said))
    [draft] = (await memosd.ask(asked)).facts
    assert draft.memory.content.stage is Stage.DRAFT
    assert draft.found_by == {"text"}, "not embedded yet"

    assert await memosd.drain() == 1
    [hit] = (await memosd.ask(asked)).facts
    assert hit.memory.content.stage is Stage.REFINED
    assert hit.memory.id == draft.memory.id
    assert {"text", "vector"} <= hit.found_by
    assert found in hit.memory.content.value


async def test_every_version_stays_in_the_history(memosd: Memosd) -> None:
    await memosd.say(("user", "I keep bees."))
    await memosd.accept.settled()
    await memosd.drain()
    [hit] = (await memosd.ask("bees")).facts
    stages = [m.content.stage for m in await memosd.engine.storage.versions(PROJECT, hit.memory.id)]
    assert stages == [Stage.DRAFT, Stage.REFINED]


async def test_small_talk_ends_well_with_nothing_kept(memosd: Memosd) -> None:
    task = await memosd.say(("user", "hello"), ("assistant", "Hi! How can I help you today?"))
    await memosd.drain()
    record = await memosd.engine.queue.record(PROJECT, task)
    assert record is not None
    assert (record.state, record.reason) == (State.DONE, "nothing worth keeping")
    assert (await memosd.ask("hello")).facts == ()


async def test_an_answer_in_a_second_request_joins_its_round(memosd: Memosd) -> None:
    await memosd.say(("user", "I ran five kilometres and my knee hurts."))
    await memosd.drain()
    await memosd.say(("assistant", "Try three kilometres tomorrow and warm up."))
    await memosd.drain()
    [hit] = (await memosd.ask("knee")).facts
    assert "Try three kilometres" in hit.memory.content.value
    assert hit.memory.version >= 2


async def test_a_repetition_is_one_memory_with_both_sources(memosd: Memosd) -> None:
    for conversation in ("monday", "friday"):
        await memosd.say(("user", "I keep bees on the roof."), conversation=conversation)
        await memosd.drain()
    [hit] = (await memosd.ask("bees")).facts
    assert len(hit.memory.content.sources) == 2


async def test_rounds_of_one_conversation_are_neighbours(memosd: Memosd) -> None:
    await memosd.say(("user", "I bought a canoe in Ghent."), ("user", "It is green and leaks a little."))
    await memosd.drain()
    hits = {h.memory.content.title: h for h in (await memosd.ask("canoe Ghent")).facts}
    assert hits["It is green and leaks a little."].features["neighbours"] > 0


async def test_scopes_hold(memosd: Memosd) -> None:
    await memosd.say(("user", "My safe code is 8841."), user="ana")
    await memosd.say(("user", "The office party is on Friday."), user="ana", owner=Owner.public())
    await memosd.drain()
    assert values((await memosd.ask("safe code", user="bob")).facts) != []
    assert all("8841" not in v for v in values((await memosd.ask("safe code", user="bob")).facts))
    assert any("party" in v for v in values((await memosd.ask("office party", user="bob")).facts))
    only_hers = await memosd.ask("office party", reaches=(Reach(Owner.user("ana")),))
    assert all("party" not in v for v in values(only_hers.facts))


@pytest.mark.parametrize(
    ("told", "asked", "own", "others"),
    [
        ("I prefer window seats.", "window seats", ("User: ", "The user "), "nother user"),
        ("我喜欢靠窗的座位。", "靠窗的座位", ("] 用户", "用户"), "另一位用户"),
    ],
)
async def test_what_another_user_made_public_is_told_as_theirs(
    memosd: Memosd, told: str, asked: str, own: tuple[str, str], others: str
) -> None:
    await memosd.say(("user", told), user="ana", owner=Owner.public())
    await memosd.drain()
    hers, his = await memosd.ask(asked, user="ana"), await memosd.ask(asked, user="bob")
    assert hers.preferences
    assert his.preferences
    assert all(others in value for value in values((*his.facts, *his.preferences)))
    assert all(
        value.find(own[0]) >= 0 or value.startswith(own[1]) for value in values((*hers.facts, *hers.preferences))
    )
    assert all(others not in value for value in values((*hers.facts, *hers.preferences)))


async def test_preferences_have_their_own_list_and_limit(memosd: Memosd) -> None:
    await memosd.say(("user", "I prefer window seats."))
    await memosd.drain()
    found = await memosd.ask("window seats")
    assert [h.memory.content.detail["preference_type"] for h in found.preferences] == ["explicit_preference"]
    assert all("preference_type" not in h.memory.content.detail for h in found.facts)


async def test_near_duplicates_are_folded(memosd: Memosd) -> None:
    await memosd.say(("user", "I keep bees on the roof"), conversation="a")
    await memosd.say(("user", "I keep the bees on a roof!"), conversation="b")
    await memosd.drain()
    assert len((await memosd.ask("bees roof")).facts) == 1


async def test_a_threshold_leaves_out_what_is_not_about_the_question(memosd: Memosd) -> None:
    await memosd.say(("user", "I keep bees on the roof."))
    await memosd.drain()
    assert (await memosd.ask("tax return deadline", threshold=0.45)).facts == ()
    assert len((await memosd.ask("bees on the roof", threshold=0.45)).facts) == 1


@pytest.mark.parametrize(("told", "smalltalk"), [("My parrot says hello.", "Hello!"), ("我的八哥会说谢谢。", "谢谢！")])
async def test_small_talk_asks_for_nothing(memosd: Memosd, told: str, smalltalk: str) -> None:
    await memosd.say(("user", told))
    await memosd.drain()
    assert (await memosd.ask(smalltalk, threshold=0.45)).facts == ()
    assert len((await memosd.ask(smalltalk, threshold=0)).facts) == 1


async def test_what_fails_for_now_is_tried_again_and_loses_nothing(memosd: Memosd) -> None:
    task = await memosd.say(("user", "I keep bees."))
    memosd.embedder.down = True
    await memosd.accept.settled()
    [claimed] = await memosd.engine.queue.claim(limit=1, lease=timedelta(minutes=1))
    outcome = await memosd.worker.outcome(claimed)
    assert outcome is not None
    await memosd.engine.queue.settle(claimed, outcome)
    record = await memosd.engine.queue.record(PROJECT, task)
    assert record is not None
    assert record.state is State.WAITING
    assert record.reason == "the embedder is down"
    with pytest.raises(Unavailable):
        await memosd.ask("bees")
    memosd.embedder.down = False
    assert [h.memory.content.stage for h in (await memosd.ask("bees")).facts] == [Stage.DRAFT]


async def test_a_task_whose_user_was_deleted_writes_nothing(memosd: Memosd) -> None:
    await memosd.say(("user", "I keep bees."))
    await memosd.accept.settled()
    [claimed] = await memosd.engine.queue.claim(limit=1, lease=timedelta(minutes=1))
    await memosd.engine.storage.erase_user(PROJECT, "ana")
    await memosd.worker.outcome(claimed)
    assert (await memosd.ask("bees")).facts == ()


async def test_a_memory_deleted_before_it_was_refined_does_not_come_back(memosd: Memosd) -> None:
    await memosd.say(("user", "I keep bees."))
    [draft] = (await memosd.ask("bees")).facts
    await memosd.engine.storage.erase_memories(PROJECT, [draft.memory.id])
    await memosd.drain()
    assert (await memosd.ask("bees")).facts == ()
    await memosd.say(("assistant", "How many hives?"))
    await memosd.drain()
    assert all("bees" not in v for v in values((await memosd.ask("bees hives")).facts))


@pytest.mark.parametrize(
    ("introduction", "later", "asked", "label"),
    [
        ("My name is Rosa Diaz.", "I keep bees on the roof.", "bees", "User (Rosa Diaz): I keep"),
        ("我叫陈思远。", "我在楼顶养蜜蜂。", "蜜蜂", "用户（陈思远）：我在"),
    ],
)
async def test_once_told_the_name_stands_in_what_is_said_later(
    memosd: Memosd, introduction: str, later: str, asked: str, label: str
) -> None:
    await memosd.say(("user", introduction), conversation="a")
    await memosd.say(("user", later), conversation="b")
    await memosd.say(("user", later), conversation="b", app="other")
    await memosd.say(("user", later), user="ben")
    await memosd.drain()
    mine = [hit.memory for hit in (await memosd.ask(asked)).facts if asked in hit.memory.content.value]
    assert {memory.app: label in memory.content.value for memory in mine} == {None: True, "other": False}
    [others] = (await memosd.ask(asked, user="ben")).facts
    assert others.memory.content.value.split("] ")[1] in (f"User: {later}", f"用户：{later}")
