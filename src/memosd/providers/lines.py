"""The vector of talk from those of its lines."""

from collections.abc import Iterator, Sequence

import numpy as np

from memosd.extraction.spoken import lines
from memosd.ports.models import Embedder, Purpose, Vectors

REVISION = "lines-1"
_NOTHING = 1e-6
"""Length of a sum of vectors that has no direction."""


class LineEmbedder:
    """An `Embedder` over another one that reads a passage line by line, without the labels of its speakers.

    A passage's vector is the mean of its lines' vectors, weighted by their length. A round of talk is thereby embedded
    with what its speakers' own words were embedded with before (see `RecentEmbedder`), and nothing is embedded twice.
    Queries, and passages of one line, are passed on.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    @property
    def model(self) -> str:
        return f"{self._embedder.model}/{REVISION}"

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    async def embed(self, texts: Sequence[str], *, purpose: Purpose) -> Vectors:
        """See `ports.models.Embedder`."""
        if purpose == "query":
            return await self._embedder.embed(texts, purpose=purpose)
        parts = [lines(text) or [text] for text in texts]
        rows = iter(await self._embedder.embed([line for some in parts for line in some], purpose=purpose))
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for i, some in enumerate(parts):
            vectors[i] = _mean(some, rows)
        return vectors


def _mean(texts: Sequence[str], rows: Iterator[Vectors]) -> Vectors:
    """Of the next rows, one a text: their mean by length in bytes, which goes with tokens in all scripts; length 1."""
    [first, *others] = [(next(rows), len(text.encode())) for text in texts]
    if not others:
        return first[0]
    total = first[0] * first[1]
    for row, weight in others:
        total = total + row * weight
    length = float(np.linalg.norm(total))
    return total / length if length > _NOTHING else first[0]
