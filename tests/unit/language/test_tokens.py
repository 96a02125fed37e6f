"""Counting tokens against a limit."""

import pytest

from memosd.language.tokens import count_tokens, exceeds


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("hello world", 2), ("我暑假定好去广州旅游", 8), ("<|endoftext|>", 7)]
)
def test_count(text: str, tokens: int) -> None:
    assert count_tokens(text) == tokens


def never(text: str) -> int:
    raise AssertionError(f"counted {text!r}")


def test_texts_far_below_the_limit_are_not_counted() -> None:
    assert exceeds(["a" * 10, "好" * 15], 100, count=never) is None


@pytest.mark.parametrize("word", [" apple", "好", "😀"])
def test_the_limit_is_exact(word: str) -> None:
    per_word = count_tokens(word * 100) // 100
    assert exceeds([word * 50, word * 50], 100 * per_word) is None
    assert exceeds([word * 50, word * 51], 100 * per_word) == 101 * per_word


def test_no_texts() -> None:
    assert exceeds([], 1) is None
