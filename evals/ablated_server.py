"""`memosd serve` with one part taken out, to measure what the part is worth. Only `evals.ablation` starts it.

python -m evals.ablated_server PART
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any
from unittest import mock

import numpy as np

from memosd import bootstrap
from memosd.flows.recall import Recall
from memosd.ports.index import Index
from memosd.ports.models import Purpose, Vector
from memosd.ports.storage import Ranked
from memosd.providers.e5.centring import Centring
from memosd.retrieval import score
from memosd.retrieval.adapter import Adapter
from memosd.retrieval.features import Column
from memosd.settings import Settings


def _without_index(name: str) -> Callable[[], None]:
    def take_out() -> None:
        def recall(storage: Any, indexes: Sequence[Index], *rest: Any) -> Recall:
            return Recall(storage, [index for index in indexes if index.name != name], *rest)

        mock.patch.object(bootstrap, "Recall", recall).start()

    return take_out


def _without_centring() -> None:
    def raw(_: Centring, vector: Vector, text: str, purpose: Purpose) -> Vector:
        del text, purpose
        normal: Vector = vector / np.linalg.norm(vector)
        return normal

    mock.patch.object(Centring, "__call__", raw).start()


def _without_neighbours() -> None:
    def nothing(candidates: Sequence[Ranked], alone: Column) -> Column:
        del candidates
        return np.zeros_like(alone)

    mock.patch.object(score, "_neighbours", nothing).start()


def _without_adapter() -> None:
    def as_it_is(_: Adapter, vector: Vector) -> Vector:
        return vector

    mock.patch.object(Adapter, "__call__", as_it_is).start()


PARTS: dict[str, Callable[[], None]] = {
    "the vector index": _without_index("vector"),
    "the text index": _without_index("text"),
    "the graph index": _without_index("graph"),
    "the time index": _without_index("time"),
    "centring by language": _without_centring,
    "the adapter of questions": _without_adapter,
    "neighbours (adjacency)": _without_neighbours,
}

if __name__ == "__main__":
    PARTS[sys.argv[1]]()
    bootstrap.serve(Settings())
