"""What the user is called: where they say it, and where they only seem to."""

from datetime import UTC, datetime

import pytest

from memosd.domain.memories import Content, Kind
from memosd.extraction.naming import CALLED, introduced, introduction, named
from memosd.extraction.spoken import lines

SAID = datetime(2025, 6, 18, tzinfo=UTC)


def fact(value: str, language: str = "en") -> Content:
    return Content(Kind.FACT, "", f"[2025-06-18] {value}", SAID, keys=(value,), language=language)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My name is Rosa Diaz, and I live in Cork.", "Rosa Diaz"),
        ("Hi! My name's Tom. Can you help?", "Tom"),
        ("Everyone calls me Jo-Anne at work", "Jo-Anne"),
        ("I go by Mia", "Mia"),
        ("My name used to be long. Now call me Bo. Or rather, my name is Bob.", "Bob"),
        ("我叫李明，在上海工作", "李明"),
        ("我叫陳怡君，今年三十歲", "陳怡君"),
        ("你好，我叫林志远。", "林志远"),
        ("叫我小王就好", "小王"),
        ("朋友都叫我老陈", "老陈"),
        ("我姓王，叫王磊", "王磊"),
        ("我的名字是 Amy，来自伦敦", "Amy"),
    ],
)
def test_a_name_that_is_given(text: str, name: str) -> None:
    assert introduced(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "My name is on the list",
        "Please call me when you can",
        "Call me Monday",
        "My mother's name is Rosa Diaz",
        "Her name is Anna",
        'He said "my name is John Smith and I own this place" and left',
        "I am called Dr. House by friends",
        "What is my name?",
        "我叫外卖，结果晚了",
        "我叫车去机场",
        "我叫马上到的那个师傅",
        "我叫他来帮忙",
        "我妈叫王秀英",
        "你知道我叫什么吗？",
        "我叫黄河大桥的照片",
    ],
)
def test_what_is_no_introduction(text: str) -> None:
    assert introduced(text) == ""


def test_talk_is_labelled_with_the_name_known_by_then() -> None:
    talk = [
        fact("User: I like rain."),
        introduction(fact("User: My name is Rosa Diaz."), "Rosa Diaz"),
        fact("User: I moved.\nAssistant: Where to, Rosa?"),
        fact("Assistant: Rain is water."),
        fact("用户：我搬家了。", "zh"),
    ]
    found = named(talk, "")
    assert [content.value for content in found] == [
        "[2025-06-18] User: I like rain.",
        "[2025-06-18] User (Rosa Diaz): My name is Rosa Diaz.",
        "[2025-06-18] User (Rosa Diaz): I moved.\nAssistant: Where to, Rosa?",
        "[2025-06-18] Assistant: Rain is water.",
        "[2025-06-18] 用户（Rosa Diaz）：我搬家了。",
    ]
    assert [content.keys for content in found] == [content.keys for content in talk], "embedded as it was said"
    assert {"rosa", "diaz"} <= set(found[2].terms)
    assert named(talk, "Ana")[0].value == "[2025-06-18] User (Ana): I like rain."


@pytest.mark.parametrize(("language", "tag"), [("en", "name"), ("zh", "姓名")])
def test_an_introduction_is_marked(language: str, tag: str) -> None:
    made = introduction(fact("", language), "Rosa")
    assert made.tags == (tag,)
    assert made.detail == {CALLED: "Rosa"}


@pytest.mark.parametrize(
    "text", ["User (Rosa Diaz): I moved.", "User: I moved.", "用户（陈思）：I moved.", "用戶（Amy）：I moved."]
)
def test_the_name_is_part_of_the_label(text: str) -> None:
    assert lines(text) == ["I moved."]
