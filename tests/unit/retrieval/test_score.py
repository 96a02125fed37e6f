"""Scoring and choosing, from records alone."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.memories import Content, Kind, Memory
from memosd.domain.scope import Owner
from memosd.domain.search import Span
from memosd.language.terms import terms
from memosd.ports.storage import Ranked
from memosd.retrieval.question import Question, understand
from memosd.retrieval.score import MIDDLE, THRESHOLD, Candidate, rarity, score
from memosd.retrieval.select import select

DAY = datetime(2026, 3, 2, tzinfo=UTC)
NOWHERE = np.zeros((0, 2), np.float32)


def ranked(name: str, text: str, *, vector: tuple[float, float] | None = None, **more: object) -> Ranked:
    content = Content(Kind.FACT, text, text, DAY, terms=tuple(terms(text)))
    memory = Memory(MemoryId(name), ProjectId("p"), Owner.user("u"), "u", "c", content, DAY, DAY)
    vectors = NOWHERE if vector is None else np.array([vector], np.float32)
    return replace(Ranked(memory, vectors, frozenset(content.terms)), **more)  # type: ignore[arg-type]


def judged(question: str, *candidates: Ranked, conversation: str | None = None) -> list[Candidate]:
    asked = understand(question, asked_at=DAY)
    frequencies = {t: sum(t in c.memory.content.terms for c in candidates) for t in asked.terms}
    weights = rarity(len(candidates), frequencies, asked.terms)
    return score(candidates, asked, np.array([1, 0], np.float32), weights, conversation=conversation)


def order(found: list[Candidate]) -> list[str]:
    return [c.ranked.memory.id for c in found]


def test_rare_words_count_more_than_common_ones() -> None:
    weights = rarity(100, {"bee": 1, "roof": 50}, ("bee", "roof", "unknown"))
    assert weights["unknown"] > weights["bee"] > weights["roof"] > 0


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("Where do I keep my bees?", "I keep bees on the roof", "I keep my bike in the cellar"),
        ("我的蜜蜂养在哪里？", "我在楼顶养蜜蜂", "我的自行车在地下室"),
    ],
)
def test_words_in_common_lift_a_memory(question: str, right: str, wrong: str) -> None:
    assert order(judged(question, ranked("wrong", wrong), ranked("right", right))) == ["right", "wrong"]


def test_the_nearer_vector_lifts_a_memory_and_the_best_key_counts() -> None:
    far, near = ranked("far", "x", vector=(0.0, 1.0)), ranked("near", "y", vector=(0.8, 0.6))
    both = replace(far, memory=replace(far.memory, id=MemoryId("both")), vectors=np.eye(2, dtype=np.float32))
    found = judged("something else", far, near, both)
    assert order(found) == ["both", "near", "far"]
    assert found[0].features["dense"] == 1.0


def test_a_memory_gains_from_what_was_said_around_it() -> None:
    found = judged(
        "bees",
        ranked("alone", "it is green"),
        ranked("beside", "it is blue", before=MemoryId("answer")),
        ranked("answer", "bees"),
    )
    assert order(found) == ["answer", "beside", "alone"]


def test_the_time_asked_about_lifts_a_memory() -> None:
    in_may = Span(datetime(2025, 5, 1, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC))
    asked = Question("en", (), (), in_may)
    said = ranked("said", "x")
    held = replace(
        said,
        memory=replace(
            said.memory,
            id=MemoryId("held"),
            content=replace(said.memory.content, holds_from=datetime(2025, 5, 9, tzinfo=UTC)),
        ),
    )
    found = score([said, held], asked, np.array([1, 0], np.float32), {}, conversation=None)
    assert [(c.ranked.memory.id, c.features["time"]) for c in found] == [("held", 1.0), ("said", 0.0)]


def test_the_conversation_lifts_but_does_not_filter() -> None:
    found = judged("bees", ranked("here", "bees"), ranked("there", "wasps"), conversation="c")
    assert [c.features["conversation"] for c in found] == [1.0, 1.0]
    assert len(judged("bees", ranked("there", "wasps"), conversation="elsewhere")) == 1


@given(st.floats(-5, 5), st.floats(-5, 5))
def test_relativity_is_a_rising_number_between_0_and_1(a: float, b: float) -> None:
    low, high = (Candidate(ranked("x", "x"), s, {}).relativity for s in sorted((a, b)))
    assert 0 <= low <= high <= 1


def test_the_default_threshold_stands_at_the_middle() -> None:
    assert Candidate(ranked("x", "x"), MIDDLE, {}).relativity == pytest.approx(THRESHOLD)


def test_of_two_that_say_the_same_the_better_stays() -> None:
    same = [Candidate(ranked(name, "I keep bees on the roof"), 1.0 - n / 10, {}) for n, name in enumerate("ab")]
    other = Candidate(ranked("c", "The roof leaks"), 0.5, {})
    assert order(select([*same, other], limit=9, threshold=0.0)) == ["a", "c"]


def test_the_limit_and_the_threshold_hold() -> None:
    found = [Candidate(ranked(str(n), f"word{n}"), 1.2 - n / 3, {}) for n in range(5)]
    assert order(select(found, limit=2, threshold=0.0)) == ["0", "1"]
    assert order(select(found, limit=5, threshold=0.9)) == ["0"]
    assert select(found, limit=0, threshold=0.0) == []
