import pytest
from hypothesis import given
from hypothesis import strategies as st

from memosd.language.sentences import clip, is_question, pieces, sentences, size


def test_sentences_end_at_full_stops_and_line_breaks_of_both_languages() -> None:
    assert sentences("I moved. Did you know?\nYes!") == ["I moved.", "Did you know?", "Yes!"]
    assert sentences("我搬家了。你知道吗？“知道！”好") == ["我搬家了。", "你知道吗？", "“知道！”", "好"]
    assert sentences("换题目了……又得从头看！！真的？！") == ["换题目了……", "又得从头看！！", "真的？！"]
    assert sentences("It costs 3.50 in all") == ["It costs 3.50 in all"]
    assert sentences("") == []


def test_no_sentence_ends_behind_an_abbreviation() -> None:
    assert sentences("I rent from Mrs. Okafor. She is kind.") == ["I rent from Mrs. Okafor.", "She is kind."]
    assert sentences("No. I see Dr. Lindqvist (e.g. on Mondays)") == ["No.", "I see Dr. Lindqvist (e.g. on Mondays)"]


@pytest.mark.parametrize("text", ["Where?", "去哪？", "你喜欢吗", "你是做什么的呢。"])
def test_questions(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize("text", ["I moved.", "我搬家了。"])
def test_statements(text: str) -> None:
    assert not is_question(text)


@given(st.text(max_size=600), st.integers(5, 60))
def test_pieces_keep_every_character_that_is_not_space(text: str, limit: int) -> None:
    kept = "".join("".join(pieces(text, limit=limit)).split())
    assert kept == "".join(text.split())


@given(st.lists(st.sampled_from(["咖啡", "coffee ", "很好。", "is good. ", "，"]), max_size=200))
def test_pieces_are_bounded(parts: list[str]) -> None:
    assert all(size(piece) <= 24 for piece in pieces("".join(parts), limit=20))


def test_clip_cuts_between_words() -> None:
    assert clip("a long sentence about nothing", characters=16) == "a long sentence…"
    assert clip("short", characters=16) == "short"
    assert len(clip("咖" * 50, characters=16)) == 16
