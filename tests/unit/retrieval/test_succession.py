"""The newer of two memories of one state stands first, as far as that is probable."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.memories import Content, Kind, Memory
from memosd.domain.scope import Owner
from memosd.language.terms import terms
from memosd.ports.storage import Ranked
from memosd.retrieval.question import understand
from memosd.retrieval.score import Candidate
from memosd.retrieval.succession import successors_first

DAY = datetime(2026, 3, 2, tzinfo=UTC)


def candidate(
    text: str,
    relativity: float,
    *,
    days: int,
    vector: tuple[float, float, float] = (1, 0, 0),
    owner: str = "u",
    kind: Kind = Kind.FACT,
) -> Candidate:
    content = Content(kind, text, text, DAY + timedelta(days=days), terms=tuple(terms(text)))
    memory = Memory(MemoryId(text), ProjectId("p"), Owner.user(owner), owner, "c", content, DAY, DAY)
    vectors = np.array([vector], np.float32)
    return Candidate(Ranked(memory, vectors, frozenset(content.terms)), relativity, relativity, {})


def order(question: str, *scored: Candidate, doubt: float = 0.5) -> list[str]:
    found = successors_first(scored, understand(question, asked_at=DAY), lambda old, new: doubt)
    assert [c.relativity for c in found] == sorted([c.relativity for c in found], reverse=True)
    return [c.ranked.memory.id for c in found if c.relativity >= 0.45]


CASES = [
    ("Who cuts my hair?", "My hair is cut by Tom.", "Ada has the scissors on my head these months."),
    ("谁给我理发？", "我的头发是阿明理的。", "这几个月是小婉在我头上动剪子。"),
]
PAIRS = pytest.mark.parametrize(("question", "older", "newer"), CASES)


@PAIRS
def test_the_newer_one_takes_the_place_and_the_worth_of_the_older(question: str, older: str, newer: str) -> None:
    old, new = candidate(older, 0.9, days=0), candidate(newer, 0.2, days=60)
    assert order(question, old, new) == [newer]


@PAIRS
def test_a_slight_doubt_leaves_both_and_none_changes_nothing(question: str, older: str, newer: str) -> None:
    old, new = candidate(older, 0.99, days=0), candidate(newer, 0.5, days=60)
    assert order(question, old, new, doubt=0.22) == [newer, older]
    assert order(question, old, new, doubt=0.05) == [older, newer]


@PAIRS
def test_what_was_said_earlier_takes_no_place(question: str, older: str, newer: str) -> None:
    late, early = candidate(older, 0.9, days=60), candidate(newer, 0.5, days=0)
    assert order(question, late, early) == [older]


@PAIRS
def test_another_owners_words_take_no_place(question: str, older: str, newer: str) -> None:
    old, new = candidate(older, 0.9, days=0), candidate(newer, 0.5, days=60, owner="v")
    assert order(question, old, new) == [older, newer]


@PAIRS
def test_preferences_hold_side_by_side(question: str, older: str, newer: str) -> None:
    old = candidate(older, 0.9, days=0, kind=Kind.PREFERENCE)
    new = candidate(newer, 0.5, days=60, kind=Kind.PREFERENCE)
    assert order(question, old, new) == [older, newer]


@pytest.mark.parametrize(
    ("question", "older", "newer"),
    [("Who used to cut my hair?", *CASES[0][1:]), ("以前谁给我理发？", *CASES[1][1:])],
)
def test_a_question_about_before_leaves_the_order(question: str, older: str, newer: str) -> None:
    old, new = candidate(older, 0.9, days=0), candidate(newer, 0.5, days=60)
    assert order(question, old, new) == [older, newer]


@pytest.mark.parametrize(
    ("question", "older", "newer"),
    [
        ("Who is the treasurer of Ashford?", "Bo is the treasurer of Ashford.", "Tim is the treasurer of Linden."),
        ("青云路仓库的负责人是谁？", "青云路仓库的负责人是罗敏。", "白石路仓库的负责人是老秦。"),
    ],
)
def test_another_subject_than_the_question_names_takes_no_place(question: str, older: str, newer: str) -> None:
    old, new = candidate(older, 0.9, days=0), candidate(newer, 0.5, days=60)
    assert order(question, old, new) == [older, newer]


@PAIRS
def test_where_all_lie_near_each_other_nearness_tells_nothing(question: str, older: str, newer: str) -> None:
    old, new = candidate(older, 0.9, days=0), candidate(newer, 0.5, days=60)
    others = [candidate(f"{newer} {i}", 0.46, days=70, vector=(1, 0.1, 0)) for i in range(3)]
    assert order(question, old, new, *others)[0] == older
    apart = [replace(o, ranked=replace(o.ranked, vectors=np.array([[0, 1, 0]], np.float32))) for o in others]
    assert order(question, old, new, *apart)[0] == newer
