"""Questions that ask for what was told before, and those that do not."""

import pytest

from memosd.extraction.questions import asks_back, only_asks


@pytest.mark.parametrize(
    "text",
    [
        "What is my brother's name?",
        "hey, where do I work now?",
        "Do you remember where I parked?",
        "Remember what I told you about the boat?",
        "How many cats do I have?",
        "who is my dentist",
        "What do you know about me?",
        "By the way, when did I move to Turin?",
        "我弟弟叫什么名字？",
        "我在哪儿上班来着？",
        "你还记得我说过的话吗？",
        "您知道我住哪里嗎？",
        "對了，我的生日是哪天？",
        "我最喜歡喝什麼？",
    ],
)
def test_what_was_told_is_asked_back(text: str) -> None:
    assert asks_back(text)


@pytest.mark.parametrize(
    "text",
    [
        "What should I drink with oysters?",
        "Where do I buy a good saw?",
        "Do you remember that I moved to Turin?",
        "I moved to Turin, where do I live now?",
        "Remember what I said: I keep bees.",
        "What's my best option?",
        "How is Turin in May?",
        "我该喝什么？",
        "我住在哪里比较好？",
        "你记得我搬到都灵了吗？",
        "我搬到都靈了，你知道我住哪裡嗎？",
        "我家附近有什么好吃的？",
        "今天吃什么好？",
    ],
)
def test_advice_and_news_are_not_asked_back(text: str) -> None:
    assert not asks_back(text)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("User: Hi! Where do I work?\nAssistant: At the mill.", True),
        ("User (Ines): How is Turin?", True),
        ("用户：你好！我在哪儿上班？\n助手：在磨坊。", True),
        ("User: How is Turin? I fly on Monday.", False),
        ("Ines: How is Turin?\nBen: It rains.", False),
        ("用户：都灵怎么样？我周一飞。", False),
        ("User: Hello!", False),
    ],
)
def test_a_memory_may_ask_only(text: str, asks: bool) -> None:
    assert only_asks(text) is asks
