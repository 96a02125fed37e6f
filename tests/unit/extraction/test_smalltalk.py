import pytest

from memosd.extraction.smalltalk import is_smalltalk


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
