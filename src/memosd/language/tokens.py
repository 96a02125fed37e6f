"""How many tokens a text has, by the vocabulary that the limits are stated in (o200k)."""

import functools
from collections.abc import Callable, Iterable

import quicktok

_BYTES_A_CHARACTER = 4
"""At most, in UTF-8; a token is never less than one byte."""


@functools.cache
def _encoding() -> quicktok.Tokenizer:
    return quicktok.get_encoding("o200k_base")


def count_tokens(text: str) -> int:
    """Exact and linear in the text's length. The first call loads the vocabulary, which takes about half a second."""
    return int(_encoding().count(text))


def exceeds(texts: Iterable[str], limit: int, *, count: Callable[[str], int] = count_tokens) -> int | None:
    """The number of tokens in all texts together if it is over the limit, else None.

    Texts that have fewer bytes than the limit has tokens are not counted at all.
    """
    texts = list(texts)
    if sum(map(len, texts)) * _BYTES_A_CHARACTER <= limit:
        return None
    tokens = sum(map(count, texts))
    return tokens if tokens > limit else None
