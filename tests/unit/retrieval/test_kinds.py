"""Kinds of answers: what a question asks for, and what a memory tells."""

import numpy as np
import pytest

from memosd.retrieval.kinds import Kinds, Reading, memory_seen, pieces, question_seen, things
from memosd.retrieval.relevance import trained

VECTOR = np.array([1.0, 0.0], np.float32)


def marks(question: str) -> list[int]:
    return np.flatnonzero(question_seen(question, VECTOR)[2:]).tolist()


@pytest.mark.parametrize(
    ("chinese", "traditional", "english"),
    [
        ("我舅舅是哪里人？", "我舅舅是哪裡人？", "Where is my uncle from?"),
        ("邮差叫什么？", "郵差叫什麼？", "What is the postman called?"),
        ("谁在管账？", "誰在管帳？", "Who keeps the books?"),
        ("表姐是做什么的？", "表姐是做什麼的？", "What is my cousin's job?"),
        ("我为什么辞职？", "我為什麼辭職？", "Why did I quit?"),
        ("我弟弟几岁？", "我弟弟幾歲？", "How old is my brother?"),
        ("沙发是什么颜色？", "沙發是什麼顏色？", "What colour is the sofa?"),
        ("他什么时候到？", "他什麼時候到？", "When does he arrive?"),
        ("被子是什么牌子的？", "被子是什麼牌子的？", "Which brand is the blanket?"),
    ],
)
def test_the_words_that_ask_are_marked_alike(chinese: str, traditional: str, english: str) -> None:
    assert set(marks(english)) & set(marks(chinese))
    assert marks(traditional) == marks(chinese)


def test_questions_for_different_kinds_are_marked_differently() -> None:
    asked = ["Who is it?", "Where is it?", "How much is it?", "Why is it?", "他叫什么？", "他是哪里人？", "他几岁？"]
    assert len({tuple(marks(each)) for each in asked}) == len(asked)


@pytest.mark.parametrize("pair", [("他姓方。", "她在染坊。"), ("My vet is called Bo.", "The vet is near the mill.")])
def test_the_words_that_tell_are_marked(pair: tuple[str, str]) -> None:
    name, place = (memory_seen((text,), VECTOR, VECTOR[None])[2:].tolist() for text in pair)
    assert name != place


def test_the_key_nearest_to_the_question_is_read() -> None:
    keys = np.array([[0.0, 1.0], [0.8, 0.6]], np.float32)
    assert memory_seen(("x",), VECTOR, keys)[:2].tolist() == pytest.approx([0.8, 0.6])


def test_kinds_that_agree_are_nearer_than_kinds_that_differ() -> None:
    asked, other = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    assert pieces(asked, asked)[-1] > 0.9
    assert pieces(asked, other)[-1] == 0.0


def test_of_vectors_of_another_embedder_and_of_none_nothing_is_known() -> None:
    kinds = trained().kinds
    assert kinds is not None
    assert kinds.bearing("Who?", np.ones(3, np.float32), ("x",), np.ones((1, 3), np.float32), {}, total=5) == 0.0
    size = kinds.asked.weights.shape[1]
    assert kinds.bearing("Who?", np.ones(size, np.float32), ("x",), np.zeros((0, size), np.float32), {}, total=5) == 0.0


def test_what_is_typical_says_nothing() -> None:
    size = len(question_seen("x", VECTOR))
    told = len(memory_seen(("x",), VECTOR, VECTOR[None]))
    nothing = [Reading(np.zeros((1, n), np.float32), np.zeros(1, np.float32)) for n in (size, told)]
    kinds = Kinds(nothing[0], nothing[1], np.ones(4), {}, 0.0)
    assert kinds.bearing("x", VECTOR, ("x",), VECTOR[None], {}, total=5) == 0.0


def test_the_trained_readings_fit_the_marks() -> None:
    kinds = trained().kinds
    assert kinds is not None
    vector = np.zeros(len(trained().request), np.float32)
    assert kinds.asked.weights.shape[1] == len(question_seen("x", vector))
    assert kinds.told.weights.shape[1] == len(memory_seen(("x",), vector, vector[None]))
    assert len(kinds.worth) == 3 * len(kinds.asked.weights) + 1


def test_kinds_count_less_among_many_memories() -> None:
    size = len(question_seen("x", VECTOR))
    told = len(memory_seen(("x",), VECTOR, VECTOR[None]))
    whole = [Reading(np.zeros((1, n), np.float32), np.ones(1, np.float32)) for n in (size, told)]
    kinds = Kinds(whole[0], whole[1], np.ones(4), {}, 0.0)
    few, many = (kinds.bearing("x", VECTOR, ("x",), VECTOR[None], {}, total=total) for total in (5, 500))
    assert 0 < many < few
    assert kinds.bearing("x", VECTOR, ("x",), VECTOR[None], {}, total=1) == few


@pytest.mark.parametrize(
    ("one", "several"),
    [
        ("My boss is called Ines.", "My boss is called Ines, and she comes from Porto."),
        ("My boss is called Ines.", "We fly to Porto on 12 May for ten days with my parents and the dog"),
        ("我老板姓欧阳。", "我的生日是3月5日，今年想去海边过。"),
    ],
)
def test_what_tells_several_things_is_held_less_to_one_kind(one: str, several: str) -> None:
    assert things([one]) == 1
    assert things([several]) > 1
