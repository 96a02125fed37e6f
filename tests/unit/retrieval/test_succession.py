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
from memosd.retrieval.kinds import alike
from memosd.retrieval.question import understand
from memosd.retrieval.relevance import trained
from memosd.retrieval.score import Candidate
from memosd.retrieval.succession import FEATURES, LEAST, Succession, pairs, successors_first

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
    measured = {"dense": relativity, "coverage": 0.0}
    return Candidate(Ranked(memory, vectors, frozenset(content.terms)), relativity, relativity, measured)


ASKED = np.array([1, 0, 0], np.float32)


def compared(old: Ranked, new: Ranked) -> dict[str, float]:
    cosine = float(old.vectors[0] @ new.vectors[0])
    return dict.fromkeys(FEATURES, 0.0) | {"change": 0.5, "cosine": cosine}


def order(question: str, *scored: Candidate, doubt: float = 0.4) -> list[str]:
    found = successors_first(scored, understand(question, asked_at=DAY), ASKED, compared, model=lambda features: doubt)
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
    assert order(question, old, new, doubt=0.35) == [newer, older]
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


@pytest.mark.parametrize("question", ["What was the lecture about?", "Where did I put the keys?"])
def test_what_happened_is_not_undone_by_what_is_told_later(question: str) -> None:
    old, new = candidate("The lecture I heard was on keys.", 0.9, days=0), candidate("My keys are new.", 0.5, days=60)
    assert order(question, old, new) == [old.ranked.memory.id, new.ranked.memory.id]


@PAIRS
def test_of_several_the_likeliest_takes_the_place(question: str, older: str, newer: str) -> None:
    old = candidate(older, 0.9, days=0)
    likely, other = (candidate(f"{newer} {n}", 0.4, days=60) for n in range(2))
    near = replace(likely, ranked=replace(likely.ranked, vectors=np.array([[0.8, 0.6, 0]], np.float32)))
    far = replace(other, ranked=replace(other.ranked, vectors=np.array([[0, 1, 0]], np.float32)))
    asked = understand(question, asked_at=DAY)
    found = successors_first((old, far, near), asked, ASKED, compared, model=lambda f: 0.2 + 0.4 * f["cosine"])
    assert found[0].ranked.memory.id == near.ranked.memory.id
    assert {c.ranked.memory.id: c.relativity for c in found}[far.ranked.memory.id] == far.relativity


@PAIRS
def test_a_pair_tells_how_the_newer_one_stands_among_others(question: str, older: str, newer: str) -> None:
    old, new, third = candidate(older, 0.9, days=0), candidate(newer, 0.5, days=60), candidate("?", 0.1, days=70)
    apart = replace(third, ranked=replace(third.ranked, vectors=np.array([[0, 1, 0]], np.float32)))
    found = {
        (pair.old, pair.new): pair.features
        for pair in pairs((old, new, apart), understand(question, asked_at=DAY), ASKED, compared)
    }
    assert set(found) == {(0, 1), (0, 2), (1, 2)}
    assert (found[0, 1]["cosine to best"], found[0, 2]["cosine to best"]) == (0, 1)
    assert found[0, 2]["dense to best"] == pytest.approx(0.4)
    assert found[0, 1]["rivals"] == pytest.approx(np.log(2))
    assert found[1, 2]["rivals"] == 0


def test_the_kinds_of_answer_are_read_from_the_bundled_embedders_vectors_only() -> None:
    kinds = trained().kinds
    assert kinds is not None
    dimensions = next(n for n in range(1, 2_000) if kinds.reads(np.zeros(n, np.float32)))
    vectors = np.eye(dimensions, dtype=np.float32)
    old, new = (
        replace(each, ranked=replace(each.ranked, vectors=vectors[n][None]))
        for n, each in enumerate((candidate("I pay 40 euros.", 0.9, days=0), candidate("It costs 55.", 0.5, days=60)))
    )
    question = understand("How much does it cost?", asked_at=DAY)
    [pair] = pairs((old, new), question, vectors[0], compared)
    told = [
        kinds.tells((text,), vectors[0], vectors[n][None]) for n, text in enumerate(("I pay 40 euros.", "It costs 55."))
    ]
    assert pair.features["kinds agree"] == pytest.approx(alike(*told))
    [unread] = pairs((old, new), question, ASKED, compared)
    assert (unread.features["kinds agree"], unread.features["kinds asked for"]) == (0, 0)


def test_the_trained_model_reads_every_feature_and_only_those() -> None:
    model = Succession.load()
    assert set(model.weights) == set(FEATURES)
    nothing = dict.fromkeys(FEATURES, 0.0)
    assert model(nothing | {"change": 4.0}) > model(nothing | {"change": -4.0})
    assert model(nothing | {"change": -6.0, "cosine to best": 0.5, "change to best": 6.0}) < LEAST
