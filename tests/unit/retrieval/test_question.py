"""What is read from a question before anything is searched."""

from datetime import UTC, datetime

import pytest

from memosd.retrieval.question import understand

DAY = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("蜜蜂养在哪里？", {"蜜", "蜜蜂", "蜂", "蜂养", "养"}),
        ("為什麼買船？", {"买", "买船", "船"}),
        ("What are bees?", {"bee"}),
    ],
)
def test_words_that_only_ask_are_not_searched_for(text: str, words: set[str]) -> None:
    assert set(understand(text, asked_at=DAY).terms) == words


def test_a_question_of_nothing_but_asking_words_keeps_them() -> None:
    assert understand("什么？", asked_at=DAY).terms


@pytest.mark.parametrize(
    ("text", "current"),
    [
        ("Where do I live now?", True),
        ("What is my current job?", True),
        ("我现在住哪？", True),
        ("我目前的工作是什麼？", True),
        ("Where did I live before?", False),
        ("我以前住哪？", False),
        ("What did I buy recently?", False),
        ("我最近买了什么？", False),
    ],
)
def test_questions_about_now_are_told(text: str, current: bool) -> None:
    assert understand(text, asked_at=DAY).current is current


@pytest.mark.parametrize(
    ("text", "former"),
    [
        ("Where did I live before?", True),
        ("Who was my old dentist?", True),
        ("What did I drink in March 2025?", True),
        ("What do I drink in August 2026?", False),
        ("今年国庆我打算去哪里玩？", False),
        ("去年国庆我在哪里玩？", True),
        ("我以前住哪？", True),
        ("我原來的牙醫是誰？", True),
        ("我搬过哪些地方？", True),
        ("What did we change about the venue?", True),
        ("場地後來改了什麼？", True),
        ("What was the talk about?", True),
        ("Where did I say I live?", False),
        ("Where do I live?", False),
        ("How old is my son?", False),
        ("我住哪？", False),
        ("我的牙醫是誰？", False),
    ],
)
def test_questions_about_before_are_told(text: str, former: bool) -> None:
    assert understand(text, asked_at=DAY).former is former


@pytest.mark.parametrize(
    ("text", "matter"),
    [
        ("Which streets did I say I lived in?", "Which streets I lived in?"),
        ("Do you remember, who feeds the hens?", "who feeds the hens?"),
        ("What did I say?", "What did I say?"),
        ("Who did Anna say she met?", "Who did Anna say she met?"),
        ("我说过院子里种了什么？", "院子里种了什么？"),
        ("你還記得誰餵雞嗎？", "誰餵雞嗎？"),
        ("我说过什么？", "我说过什么？"),
    ],
)
def test_that_something_was_told_is_no_part_of_the_matter(text: str, matter: str) -> None:
    assert understand(text, asked_at=DAY).matter == matter
