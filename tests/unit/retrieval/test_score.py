"""Scoring and choosing, from records alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memosd.domain.ids import MemoryId, ProjectId
from memosd.domain.memories import Content, Kind, Memory
from memosd.domain.scope import Owner
from memosd.domain.search import Span
from memosd.language.script import Language
from memosd.language.terms import terms
from memosd.ports.storage import Ranked
from memosd.retrieval.features import rarity
from memosd.retrieval.question import Question, understand
from memosd.retrieval.relevance import Relevance
from memosd.retrieval.score import STANDING, WEIGHTS, Candidate, score
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
    return score(
        candidates, asked, np.array([1, 0], np.float32), weights, total=len(candidates), conversation=conversation
    )


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


@pytest.mark.parametrize(
    ("question", "told", "other"),
    [
        ("Where does my mother live?", "Mum is in a care home", "Dad is in a care home"),
        ("我母亲住在哪里？", "我妈在养老院", "我爸在养老院"),
        ("Who is my boss?", "My line manager is Priya", "My neighbour is Priya"),
        ("Who is my boss?", "我的上司是老周", "我的邻居是老周"),
    ],
)
def test_another_word_for_the_same_covers_what_is_asked(question: str, told: str, other: str) -> None:
    [covered] = judged(question, ranked("told", told))
    [lacking] = judged(question, ranked("other", other))
    assert covered.features["coverage"] > lacking.features["coverage"]


@pytest.mark.parametrize(
    ("language", "words", "first"),
    [("zh", 5, "near"), ("en", 5, "alike"), ("zh", 200, "alike"), ("en", 200, "alike")],
)
def test_chance_characters_lift_little_among_short_facts(language: Language, words: int, first: str) -> None:
    asked = replace(understand("bees", asked_at=DAY), language=language, terms=("bee", "wax", "pot"))
    more = " ".join(f"w{n}" for n in range(words))
    near = ranked("near", f"honey {more}", vector=(0.44, 0.0))
    alike = ranked("alike", f"bees {more}", vector=(0.3, 0.0))
    weights = {"bee": 1.0, "wax": 1.0, "pot": 1.0}
    found = score([near, alike], asked, np.array([1, 0], np.float32), weights, total=9, conversation=None)
    assert order(found)[0] == first


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
    asked = Question("", "", "en", (), (), in_may)
    said = ranked("said", "x")
    held = replace(
        said,
        memory=replace(
            said.memory,
            id=MemoryId("held"),
            content=replace(said.memory.content, holds_from=datetime(2025, 5, 9, tzinfo=UTC)),
        ),
    )
    found = score([said, held], asked, np.array([1, 0], np.float32), {}, total=2, conversation=None)
    assert [(c.ranked.memory.id, c.features["time"]) for c in found] == [("held", 1.0), ("said", 0.0)]


def test_the_conversation_lifts_but_does_not_filter() -> None:
    found = judged("bees", ranked("here", "bees"), ranked("there", "wasps"), conversation="c")
    assert [c.features["conversation"] for c in found] == [1.0, 1.0]
    assert len(judged("bees", ranked("there", "wasps"), conversation="elsewhere")) == 1


@pytest.mark.parametrize(
    ("question", "old", "new"),
    [
        ("Where do I keep my bees now?", "I keep bees on the roof", "I keep bees in the garden"),
        ("我现在在哪里养蜜蜂？", "我在楼顶养蜜蜂", "我在院子养蜜蜂"),
        ("我目前在哪裡養蜜蜂？", "我在樓頂養蜜蜂", "我在院子養蜜蜂"),
    ],
)
def test_a_question_about_now_finds_what_was_said_last(question: str, old: str, new: str) -> None:
    later = ranked("new", new)
    content = replace(later.memory.content, said_at=DAY + timedelta(days=30))
    later = replace(later, memory=replace(later.memory, content=content))
    assert order(judged(question, ranked("old", old), later)) == ["new", "old"]


def test_a_feature_that_is_not_ranked_by_adds_nothing() -> None:
    asked = understand("bees", asked_at=DAY)
    beside = ranked("beside", "it is blue", before=MemoryId("answer"))
    candidates = [ranked("alone", "it is green"), beside, ranked("answer", "bees")]
    without = {name: weight for name, weight in WEIGHTS.items() if name != "neighbours"}
    vector = np.array([1, 0], np.float32)
    found = score(candidates, asked, vector, {"bee": 1.0}, total=3, conversation=None, ranking=without)
    assert order(found) == ["answer", "alone", "beside"]


def test_no_candidates_no_answer() -> None:
    assert judged("bees") == []


def relativity(odds: float, request: float, *candidates: Ranked) -> list[float]:
    """What relativities a model that believes in the best candidate with these log odds gives."""
    model = Relevance(np.zeros(2, np.float32), request, {}, odds)
    asked = understand("bees", asked_at=DAY)
    vector = np.array([1, 0], np.float32)
    found = score(candidates, asked, vector, {}, total=2, conversation=None, relevance=model)
    return [c.relativity for c in found]


@given(st.floats(-50, 50), st.lists(st.floats(-1, 1), min_size=1, max_size=5))
def test_relativity_is_a_probability_that_falls_with_the_rank(odds: float, cosines: list[float]) -> None:
    found = relativity(odds, 0.0, *(ranked(str(n), "x", vector=(c, 0.0)) for n, c in enumerate(cosines)))
    assert all(0 <= value <= 1 for value in found)
    assert found == sorted(found, reverse=True)


def test_the_best_has_the_probability_that_the_question_is_answered() -> None:
    assert relativity(0.0, 0.0, ranked("a", "x", vector=(0.9, 0.0)))[0] == 0.5


def test_more_memories_bear_on_a_request_than_on_a_question() -> None:
    two = ranked("a", "x", vector=(0.9, 0.0)), ranked("b", "y", vector=(0.3, 0.0))
    question, request = relativity(0.0, -9.0, *two), relativity(0.0, 9.0, *two)
    assert question[0] == request[0]
    assert question[1] < request[1]


def test_a_preference_bears_on_a_request_that_nothing_answers() -> None:
    fact = ranked("a", "x", vector=(0.5, 0.0))
    content = replace(fact.memory.content, kind=Kind.PREFERENCE)
    preference = replace(fact, memory=replace(fact.memory, id=MemoryId("b"), content=content))
    asked = relativity(-0.5, -99.0, fact, preference)
    assert asked[0] == asked[1]
    assert max(relativity(-0.5, 99.0, fact, preference)) > 0.5 > asked[0]


def test_how_to_be_answered_bears_on_a_question_that_nothing_answers() -> None:
    fact = ranked("a", "x", vector=(0.5, 0.0))
    content = replace(fact.memory.content, kind=Kind.PREFERENCE, detail={"standing": True})
    standing = replace(fact, memory=replace(fact.memory, id=MemoryId("b"), content=content))
    found = relativity(-3.0, -99.0, fact, standing)
    assert max(found) == STANDING
    assert min(found) < 0.45


def test_of_two_that_say_the_same_the_better_stays() -> None:
    same = [Candidate(ranked(name, "I keep bees on the roof"), 1.0, 1.0 - n / 10, {}) for n, name in enumerate("ab")]
    other = Candidate(ranked("c", "The roof leaks"), 0.5, 0.5, {})
    assert order(select([*same, other], limit=9, threshold=0.0)) == ["a", "c"]


def test_the_limit_and_the_threshold_hold() -> None:
    found = [Candidate(ranked(str(n), f"word{n}"), 1.0, 0.95 - n / 6, {}) for n in range(5)]
    assert order(select(found, limit=2, threshold=0.0)) == ["0", "1"]
    assert order(select(found, limit=5, threshold=0.9)) == ["0"]
    assert select(found, limit=0, threshold=0.0) == []
