"""The matrix of one owner, and what is kept of matrices."""

import numpy as np

from memosd.domain.memories import Kind
from memosd.engines.sqlite.vectors import Entry, Matrix, VectorCache
from tests.support.records import MODEL, unit, vectors

ALL = frozenset(Kind)


def entry(number: int, *axes: int, kind: Kind = Kind.FACT) -> Entry:
    return Entry(number, f"mem_{number}", kind.value, vectors(*map(unit, axes)))


def loaded(*entries: Entry) -> Matrix:
    matrix = Matrix()
    assert matrix.load(lambda: list(entries))
    return matrix


def found(matrix: Matrix, axis: int, limit: int = 99) -> list[str]:
    return [own_id for own_id, score in matrix.search(unit(axis), ALL, None, limit) if score > 0.5]


def test_changes_made_while_loading_are_not_lost() -> None:
    matrix = Matrix()
    matrix.put(entry(3, 1))

    def snapshot() -> list[Entry]:
        matrix.drop(2)
        matrix.put(entry(1, 2))
        return [entry(1, 1), entry(2, 1)]

    assert matrix.load(snapshot)
    assert not matrix.load(list)
    assert (found(matrix, 1), found(matrix, 2)) == (["mem_3"], ["mem_1"])


def test_it_grows_and_is_swept() -> None:
    matrix = loaded(entry(0, 0, 1))
    size = matrix.size
    for number in range(1, 400):
        matrix.put(entry(number, number % 8))
        matrix.drop(number - 1)
    assert found(matrix, 399 % 8) == ["mem_399"]
    assert matrix.size < 10 * size


def test_equal_scores_come_newest_first_within_kind_and_permission() -> None:
    matrix = loaded(entry(1, 0), entry(2, 0, kind=Kind.SKILL), entry(5, 0), entry(9, 0))
    assert len(found(matrix, 0, limit=2)) == 2
    assert found(matrix, 0) == ["mem_9", "mem_5", "mem_2", "mem_1"]
    facts = matrix.search(unit(0), frozenset({Kind.FACT}), np.array([1, 2, 5]), 99)
    assert [own_id for own_id, _ in facts] == ["mem_5", "mem_1"]


def test_the_least_recently_used_go_first() -> None:
    cache = VectorCache(limit=loaded(entry(1, 0)).size * 2)
    for owner in (1, 2, 1, 3):
        cache.matrix(owner, MODEL).load(lambda: [entry(1, 0)])
        cache.shrink()
    assert [cache.matrix(owner, MODEL).load(list) for owner in (1, 3, 2)] == [False, False, True]
