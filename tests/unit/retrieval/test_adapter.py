"""The adapter of questions, made by hand and as it was trained."""

import numpy as np
import pytest

from memosd.providers.e5 import E5Embedder
from memosd.retrieval.adapter import Adapter
from memosd.retrieval.relevance import trained
from tests.support.embedder import e5 as e5
from tests.support.embedder import graphs as graphs

# What is read along the first axis is added along the second.
BY_HAND = Adapter(np.array([[1.0, 0.0, 0.0]], np.float32), np.array([[0.0, 1.0, 0.0]], np.float32))


def test_a_vector_is_turned_and_keeps_its_length() -> None:
    turned = BY_HAND(np.array([2.0, 0.0, 0.0], np.float32))
    assert turned == pytest.approx(np.sqrt([2.0, 2.0, 0.0]))
    assert turned.dtype == np.float32


def test_what_is_not_read_stays() -> None:
    vector = np.array([0.0, 0.6, 0.8], np.float32)
    assert BY_HAND(vector) == pytest.approx(vector)


@pytest.mark.parametrize("vector", [np.zeros(3, np.float32), np.ones(4, np.float32)])
def test_nothing_and_vectors_of_others_pass_as_they_are(vector: np.ndarray) -> None:
    assert BY_HAND(vector) is vector


@pytest.mark.parametrize(
    ("question", "answer", "other"),
    [
        ("How do I get to work?", "The tram drops me at the office door.", "Work is quiet this week."),
        ("我怎么上班？", "电车正好停在公司门口。", "这周上班很清闲。"),
    ],
)
def test_a_question_comes_nearer_to_its_answer(e5: E5Embedder, question: str, answer: str, other: str) -> None:
    asked = e5.embed_one(question, "query")
    right, wrong = (e5.embed_one(text, "passage") for text in (answer, other))
    adapter = trained().adapter
    assert adapter is not None
    assert adapter(asked) @ (right - wrong) > asked @ (right - wrong)
