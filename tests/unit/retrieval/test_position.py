"""Which questions depend on who asks, and which memories say who that is."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.memories import Content, Kind, Memory, View
from memosd.domain.scope import Owner
from memosd.ports.storage import Ranked
from memosd.retrieval.position import BEARS, MOST, depends_on_position, positions_bear
from memosd.retrieval.score import Candidate

DAY = datetime(2026, 3, 2, tzinfo=UTC)


ANN = Owner.user("ann")


def candidate(said: str, *, owner: Owner = ANN, relativity: float = 0.1, **more: object) -> Candidate:
    content = replace(Content(Kind.FACT, said, f"[2026-03-02] User: {said}", DAY, keys=(said,)), **more)  # type: ignore[arg-type]
    memory = Memory(MemoryId(said), ProjectId("p"), owner, "u", "c", content, DAY, DAY)
    return Candidate(Ranked(memory, np.zeros((0, 2), np.float32), frozenset()), relativity, relativity, {})


@pytest.mark.parametrize(
    "question",
    [
        "May I order a second monitor?",
        "How much can I spend on a chair?",
        "Am I allowed to work from abroad?",
        "How many days of parental leave am I entitled to?",
        "What is my travel allowance?",
        "Can I claim the taxi?",
        "我最多能花多少钱买显示器？",
        "我可以报销打车费吗？",
        "我能请几天陪产假？",
        "我能申請幾天年假？",
        "我的差旅补贴是多少？",
    ],
)
def test_questions_about_what_one_may_do(question: str) -> None:
    assert depends_on_position(question)


@pytest.mark.parametrize(
    "question",
    [
        "How much did I spend in Rome?",
        "Where do I work?",
        "Can I take the bus to the lake?",
        "What did I buy in May?",
        "How many children do I have?",
        "我在罗马花了多少钱？",
        "我能喝咖啡吗？",
        "我有几个孩子？",
        "我哪天去的年会？",
    ],
)
def test_other_questions(question: str) -> None:
    assert not depends_on_position(question)


@pytest.mark.parametrize(
    "said",
    [
        "I work in the design department, mostly on posters.",
        "I'm a senior engineer at a bank.",
        "I have just joined the sales team.",
        "My position is controller.",
        "我在设计部工作，主要做海报。",
        "我是財務部的主管。",
        "我目前担任研发部的负责人。",
        "我刚在一家医院当护士。",
        "我调到市场部了。",
    ],
)
def test_a_position_is_worth_returning(said: str) -> None:
    first, second = positions_bear([candidate("the cat is grey", relativity=0.3), candidate(said)])
    assert (first.ranked.memory.id, first.relativity) == (said, BEARS)
    assert second.relativity == 0.3


@pytest.mark.parametrize(
    "other",
    [
        candidate("My wife works in the sales team."),
        candidate("I work out at weekends."),
        candidate("我爸在医院工作。"),
        candidate("我是素食者。"),
        candidate("I work in the design department.", view=View.ASSISTANT),
        candidate("I work in the design department.", owner=Owner.base("kb")),
        candidate("I work in the design department.", kind=Kind.PASSAGE),
    ],
)
def test_what_is_no_position_of_the_user(other: Candidate) -> None:
    assert positions_bear([other]) == [other]


def test_only_the_best_are_raised_and_none_is_lowered() -> None:
    scored = [candidate(f"I work at place {i}.", relativity=0.9 if i == 0 else 0.2) for i in range(MOST + 2)]
    assert [c.relativity for c in positions_bear(scored)] == [0.9, *[BEARS] * (MOST - 1), 0.2, 0.2]
