"""Whether two neighbouring messages show one preference: what was chosen, refused or corrected is so again.

'I picked the tent with two doors' and 'my last one had two doors too' say little each; together they show a taste. Two
facts of one topic ('I sanded the hull', 'the mast was varnished, too') are worded alike and show none, so the pair is
judged by a model of its own, over what both mean and what is known of each and of the two side by side.
"""

from collections.abc import Sequence

import numpy as np

from memosd.extraction.patterns import pattern
from memosd.language.script import language_of
from memosd.language.terms import terms
from memosd.ports.models import Vector, Vectors

SIDE_BY_SIDE = ("weaker", "stronger", "together", "alike", "likewise", "shared")
"""Of the log odds that each is a preference the smaller and the larger, and those of both read as one; their cosine;
whether the second says that it goes as before; the share of their words in common."""


def middle(vectors: Vectors, known: Vectors) -> tuple[Vectors, Vectors]:
    """Two statements read as one. vectors: shape (2, dimensions); known: shape (2, features)."""
    both = vectors.sum(axis=0)
    return (both / np.linalg.norm(both))[None], known.mean(axis=0)[None]


def evidence(texts: Sequence[str], vectors: Vectors, known: Vectors, odds: Vector) -> Vector:
    """What a pair is judged by beside the mean of its vectors, in the order of `names`.

    texts: the two; vectors, known: theirs; odds: log odds of each being a preference, and of both read as one.
    """
    first, second = (frozenset(terms(text)) for text in texts)
    likewise = pattern("likewise", language_of(texts[1])).search(texts[1].replace("’", "'"))
    shared = len(first & second) / (1 + min(len(first), len(second))) ** 0.5
    beside = [odds[:2].min(), odds[:2].max(), odds[2], vectors[0] @ vectors[1], bool(likewise), shared]
    return np.array([*beside, *known.sum(axis=0)], np.float32)


def names(features: Sequence[str]) -> tuple[str, ...]:
    """Of the numbers in `evidence`, given those of what is known of each statement."""
    return (*SIDE_BY_SIDE, *features)
