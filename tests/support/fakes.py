"""Fakes of what lies outside: a clock that stands still, and an embedder that counts words."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from memosd.domain.errors import Unavailable
from memosd.language.terms import terms
from memosd.ports.models import Purpose, Vectors

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class FrozenClock:
    """Moves only when told to."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, by: timedelta) -> None:
        self.at += by


class HashEmbedder:
    """Texts that share words are near one another. `down`: fails as a model that cannot be reached does."""

    model = "words"
    dimensions = 256

    def __init__(self) -> None:
        self.down = False
        self.texts: list[str] = []

    async def embed(self, texts: Sequence[str], *, purpose: Purpose) -> Vectors:
        if self.down:
            raise Unavailable("the embedder is down")
        self.texts.extend(texts)
        rows = np.full((len(texts), self.dimensions), 1e-3, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for term in terms(text):
                row[int.from_bytes(hashlib.sha256(term.encode()).digest()[:2]) % self.dimensions] += 1
        vectors: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return vectors
