"""What local extraction makes of talk; each rule in Chinese and in English."""

from datetime import UTC, datetime

import pytest

from memosd.domain.ids import BatchId, MessageId, ProjectId
from memosd.domain.memories import Content, Kind, Stage, View
from memosd.domain.messages import Batch, Message, Role
from memosd.domain.scope import Owner
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
            "[2025-06-18] 用户：昨天（2025年6月17日）我把沙發賣掉了。",
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
        ("Why is the sky blue?", "Rayleigh scattering sends short waves in all directions. " * 12, "Assistant: "),
        ("天空为什么是蓝色的？", "瑞利散射使短波向四面八方散开，所以我们看到蓝色。" * 12, "助手："),
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


@pytest.mark.parametrize("sentence", ["I lived in the house number {} of the long street. ", "我住过长街的{}号房子。"])
async def test_long_talk_is_cut_into_pieces_that_lose_nothing(sentence: str) -> None:
    said = "".join(sentence.format(n) for n in range(100, 160))
    pieces = await values(("user", said))
    assert len(pieces) > 3
    assert all(any(str(n) in piece for piece in pieces) for n in range(100, 160))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("I can't stand coriander.", "Stated outright by the user on 2025-06-18."),
        ("我受不了香菜。", "用户于2025-06-18明确说明。"),
    ],
)
async def test_an_outright_preference_goes_to_the_preference_list_with_its_reason(text: str, reason: str) -> None:
    [fact, preference] = await extract(("user", text))
    assert fact.kind is Kind.FACT
    assert preference.kind is Kind.PREFERENCE
    assert text in preference.value
    assert preference.detail == {"preference_type": "explicit_preference", "reasoning": reason}


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
