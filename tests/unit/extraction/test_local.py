"""What local extraction makes of talk; each rule in Chinese and in English."""

from datetime import UTC, datetime

import pytest

from memosd.domain.ids import BatchId, MessageId, ProjectId
from memosd.domain.memories import Content, Kind, Stage, View
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner
from memosd.extraction import wording
from memosd.extraction.local import LocalExtractor, talk_of

SAID = datetime(2025, 6, 18, 20, 15, tzinfo=UTC)


def messages(*turns: tuple[str, str], first: int = 0) -> tuple[Message, ...]:
    return tuple(
        Message(MessageId(f"m{n}"), Role(role), text, SAID) for n, (role, text) in enumerate(turns, start=first)
    )


def batch(*turns: tuple[str, str], first: int = 0, tags: tuple[str, ...] = ()) -> Batch:
    said = messages(*turns, first=first)
    return Batch(BatchId("b"), ProjectId("p"), "ana", "c", Owner.user("ana"), said, SAID, tags=tags)


async def extract(*turns: tuple[str, str], earlier: tuple[Message, ...] = ()) -> list[Content]:
    return await LocalExtractor().extract(talk_of(batch(*turns, first=len(earlier)), earlier))


async def values(*turns: tuple[str, str]) -> list[str]:
    return [c.value for c in await extract(*turns) if c.kind is Kind.FACT]


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        (
            [("user", "I sold the sofa yesterday."), ("assistant", "Got it.")],
            "[2025-06-18] User: I sold the sofa yesterday (2025-06-17).",
        ),
        (
            [("user", "昨天我把沙发卖掉了。"), ("assistant", "收到，谢谢告诉我。")],
            "[2025-06-18] 用户：昨天（2025年6月17日）我把沙发卖掉了。",
        ),
        (
            [("user", "昨天我把沙發賣掉了。"), ("assistant", "了解。")],
            "[2025-06-18] 用戶：昨天（2025年6月17日）我把沙發賣掉了。",
        ),
    ],
)
async def test_a_memory_says_who_and_when(turns: list[tuple[str, str]], expected: str) -> None:
    assert await values(*turns) == [expected]


async def test_a_short_reply_is_joined_to_the_question_it_answers() -> None:
    english = await values(
        ("user", "I need a hotel in Lisbon for May."),
        ("assistant", "Sure. Would you rather stay at the Alma or the Borges?"),
        ("user", "The Borges"),
    )
    assert english[-1] == (
        "[2025-06-18] User: The Borges (in reply to: “Would you rather stay at the Alma or the Borges?”)"
    )
    chinese = await values(
        ("user", "我五月去里斯本，要订酒店。"), ("assistant", "好的。您想住阿尔玛还是博尔热斯？"), ("user", "后者")
    )
    assert chinese[-1] == "[2025-06-18] 用户：后者 （回应：“您想住阿尔玛还是博尔热斯？”）"


async def test_yes_and_no_are_kept_when_they_answer_a_question() -> None:
    [_, answer] = await values(("user", "Find me a restaurant."), ("assistant", "Are you vegetarian?"), ("user", "Yes"))
    assert "Are you vegetarian?" in answer
    [_, answer] = await values(("user", "帮我找家餐馆。"), ("assistant", "您吃素吗？"), ("user", "是的"))
    assert "您吃素吗？" in answer


async def test_a_reply_in_a_later_request_still_finds_its_question() -> None:
    earlier = messages(("user", "我暑假去广州旅游，住哪里好？"), ("assistant", "您可以考虑七天或全季。"))
    [content] = await extract(("user", "我选七天"), earlier=earlier)
    assert "您可以考虑七天或全季。" in content.value
    assert content.sources == (MessageId("m2"),)


async def test_an_answer_that_comes_in_a_later_request_completes_its_round() -> None:
    earlier = messages(("user", "Anna: I ran 5 km this morning, my knee hurts."))
    [content] = await extract(("assistant", "Ben: Mine too, I stopped at 3 km."), earlier=earlier)
    assert content.sources == (MessageId("m0"), MessageId("m1"))
    assert "5 km" in content.value
    assert "3 km" in content.value


@pytest.mark.parametrize(
    "turns",
    [
        [("user", "Hello! How are you?"), ("assistant", "I'm fine, thanks. How can I help you today?")],
        [("user", "你好"), ("assistant", "您好！有什么可以帮您的吗？")],
        [("system", "You are a helpful assistant."), ("user", "thanks!")],
        [("assistant", "好的，我记下了。")],
        [("user", "😀")],
    ],
)
async def test_small_talk_makes_no_memory(turns: list[tuple[str, str]]) -> None:
    assert await extract(*turns) == []
    assert LocalExtractor().draft(batch(*turns)) == []


@pytest.mark.parametrize(
    ("question", "claim", "label"),
    [
        ("Why is the sky blue?", "Rayleigh scattering sends short waves in all directions. " * 24, "Assistant: "),
        ("天空为什么是蓝色的？", "瑞利散射使短波向四面八方散开，所以我们看到蓝色。" * 24, "助手："),
    ],
)
async def test_what_an_assistant_explains_is_kept_apart_as_its_view(question: str, claim: str, label: str) -> None:
    first, *explained = await extract(("user", question), ("assistant", claim))
    assert first.view is View.USER
    assert explained
    for content in explained:
        assert content.view is View.ASSISTANT
        assert content.confidence < first.confidence
        assert label in content.value
        assert question in content.value, "it says what it is about"
        assert content.sources == (MessageId("m1"),)


@pytest.mark.parametrize(
    ("turns", "tag", "foreign"),
    [
        (
            [("user", "How do I sharpen chisels?"), ("assistant", "With a whetstone. You surely live in Bergen.")],
            "chisels",
            {"Bergen", "whetstone"},
        ),
        ([("user", "凿子怎么磨？"), ("assistant", "用磨刀石，你显然住在上海。")], "凿子", {"上海", "磨刀石"}),
        ([("assistant", "坐汽车还是坐渡轮？"), ("user", "渡轮")], "渡轮", {"汽车"}),
        ([("assistant", "坐汽車還是坐渡輪？"), ("user", "渡輪")], "", {"汽車"}),
        (
            [("assistant", "The sleeper train or the night coach?"), ("user", "I'd take the train.")],
            "sleeper",
            {"coach"},
        ),
    ],
)
async def test_tags_come_from_the_users_words_and_from_what_they_took(
    turns: list[tuple[str, str]], tag: str, foreign: set[str]
) -> None:
    memory = (await extract(*turns))[-1]
    assert not foreign & set(memory.tags)
    assert tag in {*memory.tags, ""}


@pytest.mark.parametrize(
    ("greeting", "claim", "title"),
    [
        ("Hi!", "You must be a carpenter.", "Assistant: You must be a carpenter."),
        ("你好", "你一定是木匠。", "助手：你一定是木匠。"),
    ],
)
async def test_what_an_assistant_claims_is_marked_from_the_first_form_on(greeting: str, claim: str, title: str) -> None:
    turns = [("user", greeting), ("assistant", claim)]
    for [memory] in (LocalExtractor().draft(batch(*turns)), await extract(*turns)):
        assert (memory.view, memory.title) == (View.ASSISTANT, title)


async def test_number_words_and_words_of_naming_are_no_tags() -> None:
    [memory] = await extract(("user", "We planted seven saplings, for instance a quince called Bertram."))
    assert {"Bertram", "saplings"} <= set(memory.tags)
    assert not {"seven", "called", "instance"} & set(memory.tags)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("我很爱看《哪吒》。", "用户："),
        ("我喜欢乾隆时的瓷器。", "用户："),
        ("我很愛看《哪吒》。", "用戶："),
    ],
)
async def test_a_character_that_both_scripts_have_tells_none(text: str, label: str) -> None:
    [memory, *_] = await extract(("user", text))
    assert label in memory.value


@pytest.mark.parametrize(
    ("question", "answer"),
    [("Do you remember where I live?", "In Leeds."), ("我叫什么名字？", "你叫阿福。")],
)
async def test_a_question_for_what_was_told_makes_no_memory_without_an_answer(question: str, answer: str) -> None:
    asked = ("user", question)
    assert await extract(asked) == []
    assert LocalExtractor().draft(batch(asked)) == []
    [answered] = await extract(asked, ("assistant", answer))
    assert question in answered.value
    assert answer in answered.value
    [later] = await extract(("assistant", answer), earlier=messages(asked))
    assert (later.value, later.sources) == (answered.value, (MessageId("m0"), MessageId("m1")))
    assert len(await extract(("user", f"Ines: {question}"))) == 1, "people ask each other for news"


@pytest.mark.parametrize(
    ("said", "claim", "label"),
    [
        ("I keep the bees behind the mill. ", "You surely own an orchard in Bergen. ", "Assistant: "),
        ("我在磨坊后面养蜂。", "你显然在卑尔根有果园。", "助手："),
    ],
)
async def test_a_round_that_is_cut_marks_each_piece_of_an_answer(said: str, claim: str, label: str) -> None:
    turns = [("user", said * 16), ("assistant", claim * 16)]
    for made in (LocalExtractor().draft(batch(*turns)), await extract(*turns)):
        claimed = [content for content in made if claim.strip() in content.value]
        assert claimed
        for content in claimed:
            assert label in content.value
            assert label in content.title
            assert content.view is View.ASSISTANT


@pytest.mark.parametrize("sentence", ["I lived in the house number {} of the long street. ", "我住过长街的{}号房子。"])
async def test_long_talk_is_cut_into_pieces_that_lose_nothing(sentence: str) -> None:
    said = "".join(sentence.format(n) for n in range(100, 160))
    pieces = await values(("user", said))
    assert len(pieces) > 3
    assert all(any(str(n) in piece for piece in pieces) for n in range(100, 160))


@pytest.mark.parametrize(
    ("text", "value", "reason"),
    [
        ("I can't stand coriander.", "The user can't stand coriander.", "Stated outright by the user on 2025-06-18."),
        (
            "Never coriander for me, please!",
            "User: Never coriander for me, please!",
            "Stated outright by the user on 2025-06-18.",
        ),
        ("我受不了香菜。", "用户受不了香菜。", "用户于2025-06-18明确说明。"),
        ("以後請用繁體中文回答。", "用戶：以後請用繁體中文回答。", "用戶於2025-06-18明確說明。"),
    ],
)
async def test_an_outright_preference_goes_to_the_preference_list_with_its_reason(
    text: str, value: str, reason: str
) -> None:
    [fact, preference] = await extract(("user", text))
    assert fact.kind is Kind.FACT
    assert preference.kind is Kind.PREFERENCE
    assert preference.value == value
    assert preference.keys == (text,)
    assert preference.detail["preference_type"] == "explicit_preference"
    assert preference.detail["reasoning"] == reason
    assert preference.detail.get("standing", False) is ("回答" in text)


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        ("Please always give me weights in kilos.", True),
        ("I prefer that you say so if you don't know.", True),
        ("I prefer one step at a time.", True),
        ("Please never seat me by the door.", False),
        ("跟我说重量请用公斤。", True),
        ("跟我說重量請用公斤。", True),
        ("以后不确定的请直接告诉我。", True),
        ("请一律给我附上来源。", True),
        ("请一律不要把我安排在门口。", False),
    ],
)
async def test_what_answers_shall_look_like_bears_on_every_request(text: str, standing: bool) -> None:
    preference = (await extract(("user", text)))[-1]
    assert preference.kind is Kind.PREFERENCE
    assert preference.detail.get("standing", False) is standing


@pytest.mark.parametrize(
    ("offer", "choice", "value", "reasoning"),
    [
        (
            "You could take 1. the sleeper train, 2. a flight at noon or 3. the overnight coach.",
            "I'll go with option 1, I don't like the other ones.",
            "The user prefers “the sleeper train”; dislikes or avoids “a flight at noon; the overnight coach”.",
            "Shown by a choice on 2025-06-18: “I'll go with option 1, I don't like the other ones.”; asked “?”.",
        ),
        (
            "You could take 1. the sleeper train, 2. a flight at noon or 3. the overnight coach.",
            "The first one. I don't like airports.",
            "The user prefers “the sleeper train”; dislikes or avoids “airports”.",
            "Shown by a choice on 2025-06-18: “The first one. I don't like airports.”; "
            "left “a flight at noon; the overnight coach”; asked “?”.",
        ),
        (
            "您可以选：1. 卧铺火车，2. 中午的航班，3. 夜间大巴。",
            "我选第一个，其他的我不喜欢。",
            "用户偏好“卧铺火车”，不喜欢或避开“中午的航班；夜间大巴”。",
            "由用户2025-06-18的选择看出：“我选第一个，其他的我不喜欢。”；所问：“?”。",
        ),
        (
            "您可以選：1. 臥鋪火車，2. 中午的航班，3. 夜間巴士。",
            "我選第一個，我不喜歡機場。",
            "用戶偏好“臥鋪火車”，不喜歡或避開“機場”。",
            "由用戶2025-06-18的選擇看出：“我選第一個，我不喜歡機場。”；沒有選“中午的航班；夜間巴士”；所問：“?”。",
        ),
    ],
)
async def test_a_choice_between_options_is_told_with_the_options(
    offer: str, choice: str, value: str, reasoning: str
) -> None:
    contents = await extract(("user", "?"), ("assistant", offer), ("user", choice))
    [preference] = [c for c in contents if c.kind is Kind.PREFERENCE]
    assert preference.value == value
    assert preference.detail["preference_type"] == "implicit_preference"
    assert preference.detail["reasoning"] == reasoning


async def test_a_questionnaire_gives_a_preference_a_line() -> None:
    text = "喜欢的电影类型: 科幻, 动作\n运动习惯: 跑步, 健身\n饮食偏好: 偏爱辣"
    contents = await extract(("user", text))
    assert [c.value for c in contents if c.kind is Kind.PREFERENCE] == [f"用户：{line}" for line in text.splitlines()]


@pytest.mark.parametrize(
    ("before", "said", "joined"),
    [
        (
            "My sister moved to Porto.",
            "She found a flat near the river.",
            "(about: “My sister moved to Porto.”)",
        ),
        ("我妹妹搬到了厦门。", "她在海边找了个房子。", "（关于：“我妹妹搬到了厦门。”）"),
        ("我妹妹搬到了廈門。", "她在海邊找了個房子。", "（关于：“我妹妹搬到了廈門。”）"),
    ],
)
async def test_a_pronoun_gets_the_sentence_that_says_whom_it_means(before: str, said: str, joined: str) -> None:
    *_, value = await values(("user", before), ("assistant", "OK"), ("user", said))
    assert joined in value


async def test_a_pronoun_with_a_name_needs_no_other_sentence() -> None:
    *_, value = await values(("user", "My sister moved."), ("assistant", "OK"), ("user", "She and Ines found a flat."))
    assert "about:" not in value


@pytest.mark.parametrize(
    ("turns", "title"),
    [
        (
            [("user", "Hey! How are you? I adopted a greyhound in Leeds.")],
            "I adopted a greyhound in Leeds.",
        ),
        (
            [
                ("user", "Anna: Thanks, Ben! I sold the canoe to a friend."),
                ("assistant", "Ben: For how much?"),
            ],
            "Anna: I sold the canoe to a friend.",
        ),
        ([("user", "你好！最近怎么样？我把阳台改成了小菜园。")], "我把阳台改成了小菜园。"),
        ([("user", "謝謝你！我把陽台改成了小菜園。")], "我把陽台改成了小菜園。"),
    ],
)
async def test_a_title_is_the_sentence_that_tells_most(turns: list[tuple[str, str]], title: str) -> None:
    assert (await extract(*turns))[0].title == title


async def test_an_answer_loses_its_phrases_and_is_cut_at_its_paragraphs() -> None:
    first, second = ("The north route has the better views. " * 15, "The south route has the better food. " * 15)
    answer = f"Sure, here are some ideas:\n\n{first}\n\n{second}\n\nLet me know if you need more details!"
    contents = await extract(("user", "Which way should I walk to Lugo?"), ("assistant", answer))
    told = [c.value for c in contents if c.view is View.ASSISTANT]
    assert told
    assert not any("here are some ideas" in value or "Let me know" in value for value in told)
    assert not any("north" in value and "south" in value for value in told)


async def test_tags_leave_out_words_that_say_little() -> None:
    [content] = await extract(("user", "Recently something amazing happened with the beehives."))
    assert set(content.tags) == {"beehives"}


async def test_an_assistants_words_are_no_preference_of_the_user() -> None:
    contents = await extract(("user", "What do you like?"), ("assistant", "I love jazz and prefer tea."))
    assert [c.kind for c in contents] == [Kind.FACT]


async def test_names_and_the_tags_of_the_request_become_tags() -> None:
    said = batch(("user", "I met Melanie Okafor in Lisbon"), tags=("travel",))
    [content] = await LocalExtractor().extract(talk_of(said, ()))
    assert content.tags[0] == "travel"
    assert {"Melanie Okafor", "Lisbon"} <= set(content.tags)
    assert {e.name for e in content.entities} == {"Melanie Okafor", "Lisbon"}


def test_a_draft_is_the_round_as_it_was_said() -> None:
    [draft] = LocalExtractor().draft(batch(("user", "I sold the sofa yesterday."), ("assistant", "For how much?")))
    assert draft.value == "User: I sold the sofa yesterday.\nAssistant: For how much?"
    assert draft.stage is Stage.DRAFT
    assert draft.sources == (MessageId("m0"), MessageId("m1"))
    assert {"sofa", "sold"} <= set(draft.terms)


async def test_tool_and_system_messages_make_no_fact() -> None:
    contents = await extract(("system", "Be brief."), ("user", "How warm is it in Oslo?"), ("tool", '{"temp": 7}'))
    assert [c.sources for c in contents] == [(MessageId("m1"),)]


async def test_a_speaker_named_in_the_text_keeps_the_name() -> None:
    [value] = await values(("user", "Anna: I moved to Leeds."), ("assistant", "Ben: When? I moved to York in 2019."))
    assert value == "[2025-06-18] Anna: I moved to Leeds.\nBen: When? I moved to York in 2019."


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("I repaired the pump of the boat. " * 8, "A pump needs a new seal every two years. " * 10),
        ("我修好了船上的水泵。" * 8, "水泵每两年要换一次密封圈。" * 10),
    ],
)
async def test_each_line_of_a_long_round_is_a_key(said: str, answered: str) -> None:
    [content, *_] = await extract(("user", said.strip()), ("assistant", answered.strip()))
    first, second = content.keys
    assert said.strip() in first
    assert answered.strip() in second


def test_a_preference_shown_twice_is_reasoned_in_the_script_of_what_was_said() -> None:
    on = datetime(2026, 3, 2, tzinfo=UTC)
    assert wording.shown("我又選了靠走道的", on, times=2, language="zh") == "由用戶2026-03-02的選擇或做法兩次看出。"
    assert wording.shown("我又选了靠过道的", on, times=1, language="zh") == "由用户2026-03-02的选择或做法看出。"


@pytest.mark.parametrize(
    ("said", "strung"),
    [
        ("I am 34, I live in York and I keep bees.", ("User: I am 34", "I live in York", "and I keep bees.")),
        ("我叫李明，今年29岁，在苏州工作。", ("用户：我叫李明", "今年29岁", "在苏州工作。")),
        ("My bees are well.", ()),
    ],
)
async def test_facts_strung_together_are_found_one_by_one(said: str, strung: tuple[str, ...]) -> None:
    [fact] = [content for content in await extract(("user", said)) if content.kind is Kind.FACT]
    assert fact.keys[1:] == strung
    assert said in fact.keys[0]
