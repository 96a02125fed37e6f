import pytest
from hypothesis import given
from hypothesis import strategies as st

from memosd.language.terms import MAX_TERM, fold, terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She was running and had run", ["run", "run"]),
        ("Caroline's support-group, in 2023", ["carolin", "support", "group", "2023"]),
        ("I didn’t like it; it isn't THE thing", []),
        ("Node 18.2 costs $5", ["node", "18", "2", "cost", "5"]),
        ("咖啡", ["咖", "咖啡", "啡"]),
        ("我的咖啡和茶", ["咖", "咖啡", "啡", "茶"]),
        ("臺灣", ["台", "台湾", "湾"]),
        ("用Ｐｙｔｈｏｎ写", ["用", "python", "写"]),
        ("", []),
        ("!!! —— 。。", []),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


def test_words_that_mean_the_same_have_the_same_term() -> None:
    assert terms("She prefers hiking") == terms("she preferred hikes")
    assert terms("我喜歡臺灣的烏龍茶") == terms("我喜欢台湾的乌龙茶")


@given(st.text(max_size=200))
def test_terms_are_letters_and_digits_of_bounded_length(text: str) -> None:
    for term in terms(text):
        assert term.isalnum()
        assert len(term) <= MAX_TERM
        assert term == fold(term)
