"""Telling what answers a question from what is only about the same thing, in both languages."""

from dataclasses import replace

import numpy as np
import pytest

from memosd.language.script import language_of
from memosd.language.terms import terms
from memosd.providers.e5 import E5Embedder
from memosd.retrieval.answers import answers_asked_for, holds
from memosd.retrieval.concepts import contrasts, rivals
from memosd.retrieval.relevance import EVIDENCE, Relevance, logistic, trained
from tests.support.embedder import e5 as e5
from tests.support.embedder import graphs as graphs


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("When does the ferry leave?", ["time"]),
        ("渡轮什么时候开？", ["time"]),
        ("渡輪幾點開？", ["time", "number"]),
        ("Which day is the bin collected?", ["time"]),
        ("How many hens do we keep?", ["number"]),
        ("我们养了多少只鸡？", ["number"]),
        ("What colour is the boat?", ["colour"]),
        ("船是什麼顏色？", ["colour"]),
        ("Why did we sell the boat?", []),
        ("我们为什么把船卖了？", []),
    ],
)
def test_the_kind_of_answer_is_read_from_the_question(question: str, kinds: list[str]) -> None:
    assert answers_asked_for(question) == kinds


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("The ferry leaves at 7:40", ["time", "number"]),
        ("渡轮周三早上开", ["time", "number"]),
        ("We keep twelve hens", ["number"]),
        ("我們養了十二隻雞", ["number"]),
        ("The boat is navy", ["colour"]),
        ("船是藍色的", ["colour"]),
        ("My sister sails", []),
        ("我姐姐会开船", []),
    ],
)
def test_the_kinds_of_answer_that_a_memory_holds(text: str, kinds: list[str]) -> None:
    assert [kind for kind in ("time", "number", "colour") if holds(kind, ["", text])] == kinds


@pytest.mark.parametrize(
    ("question", "memory", "named"),
    [
        ("What does my mother grow?", "My father grows leeks", 1),
        ("What does my mother grow?", "Mum and dad grow leeks", 0),
        ("What does my mother grow?", "We grow leeks", 0),
        ("我妈种什么？", "我爸种韭菜", 1),
        ("我媽種什麼？", "我母亲种韭菜", 0),
        ("我妈种什么？", "My father grows leeks", 1),
        ("What does my mother grow?", "我妈妈种韭菜", 0),
        ("周二有什么安排？", "星期四打球", 1),
        ("What's on the weekend?", "On Saturday we play chess", 0),
    ],
)
def test_a_memory_of_a_rival_is_told(question: str, memory: str, named: int) -> None:
    assert rivals(contrasts(frozenset(terms(question))), frozenset(terms(memory))) == named


def test_the_trained_model_knows_its_evidence() -> None:
    model = trained()
    assert set(model.evidence) == set(EVIDENCE)
    assert model.evidence["dense"] > 0
    assert all(model.evidence[name] < 0 for name in ("rival", "lacks_time", "lacks_number", "lacks_colour"))


def test_evidence_that_is_not_given_counts_as_none() -> None:
    model = Relevance(np.zeros(2, np.float32), 0.0, {"dense": 2.0, "rival": -1.0}, 0.5)
    assert model.log_odds({"dense": 1.0, "unknown": 9.0}) == 2.5


def test_a_vector_of_another_embedder_is_no_request() -> None:
    assert trained().is_request(np.ones(3, np.float32)) == 0.0


def test_the_logistic_function_does_not_overflow() -> None:
    assert (logistic(-1e6), logistic(0.0), logistic(1e6)) == (0.0, 0.5, 1.0)


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("Recommend a stew for a cold evening.", True),
        ("给我推荐一道暖身的汤。", True),
        ("推薦一個適合看夜景的地方。", True),
        ("Which stew did Vera bring?", False),
        ("薇拉带来的是什么汤？", False),
    ],
)
def test_requests_are_told_from_questions(e5: E5Embedder, text: str, request_: bool) -> None:
    assert (trained().is_request(e5.embed_one(text, "query")) > 0.5) is request_


@pytest.mark.parametrize(
    ("request_", "bears", "not_"),
    [
        ("Recommend me a stew for tonight.", "I never eat lamb.", "I insist on getting letters instead of calls."),
        ("给我推荐一道今晚喝的汤。", "羊肉我从来不吃。", "有事我一定要对方写信，不接电话。"),
    ],
)
def test_what_all_requests_share_is_taken_out_of_one(e5: E5Embedder, request_: str, bears: str, not_: str) -> None:
    asked = e5.embed_one(request_, "query")
    sought = replace(trained(), adapter=None).sought(asked, language_of(request_))
    right, wrong = (e5.embed_one(text, "passage") for text in (bears, not_))
    assert sought @ (right - wrong) > asked @ (right - wrong)


def test_a_question_keeps_its_vector(e5: E5Embedder) -> None:
    asked = e5.embed_one("Which stew did Vera bring?", "query")
    model = replace(trained(), request_bias=-100.0, adapter=None)
    assert np.array_equal(model.sought(asked, "en"), asked)
    other = np.ones(3, np.float32)
    assert trained().sought(other, "en") is other
