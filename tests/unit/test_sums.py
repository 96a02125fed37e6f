"""The best sums of weights are those that adding up one by one finds, to the last digit."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from memosd.engines.common.scoring import Numbers
from memosd.engines.common.sums import sum_weights

WEIGHTS = st.sampled_from([0.1, 0.3, 0.7, 1 / 3, 2.5, 12.9])
NEAR, FAR = st.sets(st.integers(1, 400), max_size=300), st.sets(st.integers(1, 10**9), max_size=20)


def _numbers(found: set[int]) -> Numbers:
    return np.array(sorted(found), dtype=np.int64)


def _one_by_one(postings: list[tuple[float, set[int]]], permitted: set[int] | None) -> list[tuple[int, float]]:
    scores: dict[int, float] = {}
    for weight, numbers in postings:
        for number in numbers:
            if permitted is None or number in permitted:
                scores[number] = scores.get(number, 0.0) + weight
    return sorted(scores.items(), key=lambda item: (-item[1], -item[0]))


@given(
    st.one_of(*(st.lists(st.tuples(WEIGHTS, numbers), max_size=6) for numbers in (NEAR, FAR, st.one_of(NEAR, FAR)))),
    st.one_of(st.none(), NEAR, FAR),
    st.integers(1, 50),
)
def test_the_best_are_found_with_the_same_sums(
    postings: list[tuple[float, set[int]]], permitted: set[int] | None, count: int
) -> None:
    lists = [(weight, _numbers(numbers)) for weight, numbers in postings]
    numbers, scores = sum_weights(lists, None if permitted is None else _numbers(permitted)).best(count)
    found = list(zip(numbers.tolist(), scores.tolist(), strict=True))
    assert found == _one_by_one(postings, permitted)[:count]
