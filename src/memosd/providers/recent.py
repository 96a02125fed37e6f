"""Remembers the vectors of what was embedded a moment ago."""

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from memosd.ports.models import Embedder, Purpose, Vector, Vectors

LIMIT = 1_000
"""Texts whose vectors are kept; about 1.5 MB at 384 dimensions, and the texts."""
LENGTH = 500
"""Characters; longer texts are not kept."""


class RecentEmbedder:
    """An `Embedder` over another one that makes the vector of a text once.

    Extraction reads the statements of a talk, and those that are preferences become keys of memories a moment later.
    """

    def __init__(self, embedder: Embedder, *, limit: int = LIMIT) -> None:
        self._embedder = embedder
        self._limit = limit
        self._kept: OrderedDict[tuple[Purpose, str], Vector] = OrderedDict()

    @property
    def model(self) -> str:
        return self._embedder.model

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    async def embed(self, texts: Sequence[str], *, purpose: Purpose) -> Vectors:
        """See `ports.models.Embedder`."""
        known = {text: self._kept[purpose, text] for text in texts if (purpose, text) in self._kept}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known |= dict(zip(new, await self._embedder.embed(new, purpose=purpose), strict=True))
        for text in new:
            if len(text) <= LENGTH:
                self._kept[purpose, text] = known[text].copy()  # a row of its own: a view would keep the whole answer
        while len(self._kept) > self._limit:
            self._kept.popitem(last=False)
        rows = [known[text] for text in texts]
        return np.stack(rows) if rows else np.empty((0, self.dimensions), np.float32)
