from datetime import UTC, datetime

import pytest

from memosd.domain.ids import MessageId
from memosd.domain.messages import Message, Role
from memosd.extraction.smalltalk import is_smalltalk, says_nothing


@pytest.mark.parametrize(
    "text",
    [
        "Hello! How are you?",
        "Good morning!",
        "Thanks for telling me.",
        "OK, I'll remember that.",
        "You're welcome! Let me know if you need anything else.",
        "Got it, thanks so much 😀",
        "你好",
        "收到，谢谢告诉我。",
        "好的，我记下了。",
        "好的，有其他问题再问我。",
        "了解，謝謝你告訴我",
        "沒問題，隨時找我",
        "",
        "🎉🎉",
        "...",
    ],
)
def test_small_talk(text: str) -> None:
    assert is_smalltalk(text)


@pytest.mark.parametrize(
    "text",
    [
        "Hello, I'm allergic to nuts.",
        "Thanks, I moved to Leeds.",
        "no sugar",
        "我选七天",
        "我对花生过敏",
        "谢谢，我住在苏州",
        "我們搬到台北了",
        "42",
        "Yes, the blue one",
    ],
)
def test_what_says_something_is_not_small_talk(text: str) -> None:
    assert not is_smalltalk(text)


@pytest.mark.parametrize(
    "text", ["好" * 119 + "x", "在" * 119 + "x", "ha" * 59 + "q", "ok " * 39 + "zz", "谢" * 119 + "1"]
)
def test_hostile_repetition_ends(text: str) -> None:
    assert not is_smalltalk(text)  # with a pattern that backtracks, this would not return in a lifetime


@pytest.mark.parametrize(
    "text",
    [
        "All right, I have noted that.",
        "Understood, I'll bear that in mind from now on.",
        "Good to know, I've added it to your profile.",
        "Duly recorded. Thank you for clarifying!",
        "好，我记下了。",
        "明白，多谢说明，以后会留意的。",
        "嗯，我會留意。",
        "好的，這個情況我已經備註了。",
    ],
)
def test_an_assistant_that_only_acknowledges_says_nothing(text: str) -> None:
    assert says_nothing(_message(Role.ASSISTANT, text))


@pytest.mark.parametrize(
    "text",
    [
        "All right, the table is booked for eight.",
        "Understood, I'll use Celsius.",
        "好，我把会议改到周三了。",
        "明白，以后用公里。",
        "嗯，這家店週一公休。",
        "What would you like to know?",
        "你还需要别的吗？",
    ],
)
def test_an_assistant_that_tells_what_it_did_says_something(text: str) -> None:
    assert not says_nothing(_message(Role.ASSISTANT, text))


def test_a_user_who_says_the_same_may_mean_something() -> None:
    assert not says_nothing(_message(Role.USER, "I have always kept notes for my own reference."))


def _message(role: Role, text: str) -> Message:
    return Message(id=MessageId("m1"), role=role, text=text, said_at=datetime(2025, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "text",
    [
        "Hey Ben! Long time no see! So much has happened since we last talked.",
        "I'm doing okay, been through a few ups and downs.",
        "好久不见！最近发生了好多事！",
        "好久不見！經歷了一些波折。",
    ],
)
def test_news_that_are_not_told_are_small_talk(text: str) -> None:
    assert is_smalltalk(text)


@pytest.mark.parametrize("text", ["A lot has happened in Porto.", "I've been through a divorce.", "公司发生了好多事。"])
def test_news_that_are_told_are_none(text: str) -> None:
    assert not is_smalltalk(text)


@pytest.mark.parametrize(
    "text",
    [
        "Nothing special, I only wanted to chat a little.",
        "Just checking in.",
        "Mmm, it's so windy out today!",
        "What a gorgeous day, isn't it?",
        "Hm... I'm a bit bored.",
        "没啥事，就想跟你说说话。",
        "這幾天天氣太潮濕了！",
        "外面天气好冷啊，真无聊。",
        "沒什麼要緊的，閒聊幾句而已。",
    ],
)
def test_idling_and_the_weather_are_small_talk(text: str) -> None:
    assert is_smalltalk(text)


@pytest.mark.parametrize(
    "text",
    [
        "It's so windy out today, my fence fell over.",
        "It was a terrible day.",
        "I feel like talking about my divorce.",
        "Nothing special, I bake for a living.",
        "I'm bored of my job.",
        "今天天气真好，我去爬了山。",
        "天氣太潮濕，我膝蓋疼。",
        "想跟你说说我妈的病。",
        "跟同事聊了聊天。",
    ],
)
def test_what_is_told_beside_the_weather_is_none(text: str) -> None:
    assert not is_smalltalk(text)
