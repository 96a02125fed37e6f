"""From the first person to the third."""

import pytest

from memosd.extraction.person import third_person


@pytest.mark.parametrize(
    ("said", "turned"),
    [
        (
            "I can't stand coriander, never put it in my food.",
            "The user can't stand coriander, never put it in their food.",
        ),
        ("On trains I like a window seat.", "On trains the user likes a window seat."),
        ("I'm allergic to nuts and I avoid seafood.", "The user is allergic to nuts and they avoid seafood."),
        ("I've always loved jazz", "The user has always loved jazz"),
        ("I don't watch dubbed films.", "The user doesn't watch dubbed films."),
        ("I never carry cash.", "The user never carries cash."),
        ("I went by train. I was tired.", "The user went by train. They were tired."),
        ("My favourite colour is teal.", "The user's favourite colour is teal."),
        ("And I prefer running early.", "The user prefers running early."),
        ("Oh, but my favourite colour is teal.", "The user's favourite colour is teal."),
        ("So far I like it.", "So far the user likes it."),
        ("Lovely! I prefer night trains.", "The user prefers night trains."),
        ("Okay, so I avoid dairy.", "The user avoids dairy."),
        ("太好了！我喜欢夜车。", "用户喜欢夜车。"),
        ("好的，謝謝，我對花生過敏", "用戶對花生過敏"),
        ("不过，我不吃香菜。", "用户不吃香菜。"),
        ("對了，我對海鮮過敏", "用戶對海鮮過敏"),
        ("我不喜欢吃香菜。", "用户不喜欢吃香菜。"),
        ("我對海鮮過敏", "用戶對海鮮過敏"),
        ("以后你回答我请先说结论", "以后助手回答用户请先说结论"),
        ("我妈做的菜我最爱吃", "用户的妈做的菜用户最爱吃"),
    ],
)
def test_regular_sentences_are_turned(said: str, turned: str) -> None:
    assert third_person(said) == turned


def test_a_named_speaker_keeps_the_name() -> None:
    assert third_person("I love painting, it calms me.", subject="Anna") == "Anna loves painting, it calms them."
    assert third_person("我爱画画", subject="小林") == "小林爱画画"


@pytest.mark.parametrize(
    "said",
    [
        "I like tea and hate coffee.",  # the second verb would have to be turned, too
        "I glorp every day.",  # an unknown verb
        "He lent me his book and I gave it back.",  # 'me' before anybody is named
        "Never put coriander in it.",  # nobody is spoken of
        "You know that I love jazz.",
        "We love jazz and I sing.",
        "我们都喜欢爵士乐",
        "香菜一点都别放",
        "来碗粥吧，我胃不舒服",
        "以后给我写信请用毛笔",
        "往後替我訂位請選靠窗的",
        "咱家不吃辣，我也一样",
    ],
)
def test_what_is_not_regular_is_left_to_be_quoted(said: str) -> None:
    assert third_person(said) is None
