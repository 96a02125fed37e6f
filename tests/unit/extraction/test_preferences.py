import pytest

from memosd.extraction.preferences import stated_preferences


@pytest.mark.parametrize(
    "text",
    [
        "I can't stand coriander.",
        "On trains I like a window seat.",
        "From now on answer me in British English.",
        "I'm allergic to shellfish",
        "My favourite colour is teal.",
        "I’d rather walk than drive.",
        "我不喜欢吃香菜。",
        "我坐火车喜欢靠窗的座位。",
        "以后回答我请用繁体中文。",
        "我對海鮮過敏",
        "我最爱的颜色是青色。",
        "請不要給我推薦恐怖片",
    ],
)
def test_stated(text: str) -> None:
    assert stated_preferences(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "I took the car in for a service yesterday.",
        "My sister loves jazz.",
        "Do I like jazz?",
        "I would like you to check the weather",
        "我昨天把车送去保养了。",
        "我妹妹喜欢吃辣。",
        "我喜欢什么颜色？",
        "我愛人在醫院工作",
    ],
)
def test_facts_others_and_questions_are_kept_out(text: str) -> None:
    assert stated_preferences(text) == []


def test_only_the_sentences_that_state_one_are_taken() -> None:
    text = "I moved last week. I prefer quiet streets. The rent is high."
    assert stated_preferences(text) == ["I prefer quiet streets."]
    assert stated_preferences("上周我搬家了。我喜欢安静的街道。房租很高。") == ["我喜欢安静的街道。"]
