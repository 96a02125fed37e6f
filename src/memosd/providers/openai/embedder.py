"""Vectors by URL."""

from collections.abc import Sequence
from typing import Self

import numpy as np
import openai

from memosd.domain.errors import ModelUnavailable
from memosd.ports.models import Purpose, Vectors
from memosd.providers.openai.connection import Connection

AT_ONCE = 64
"""Texts of one request."""
LONGEST = 12_000
"""Characters of a text that are embedded: a server refuses what is over its model's context."""


class OpenAIEmbedder:
    """A `ports.models.Embedder`. Its name has the model, the prefixes and the dimensions: all that shapes a vector."""

    def __init__(
        self, connection: Connection, model: str, *, dimensions: int, prefixes: tuple[str, str] = ("", "")
    ) -> None:
        """prefixes: what is put before a query and before a passage, as some models want it."""
        self._connection = connection
        self._model = model
        self._dimensions = dimensions
        self._prefixes: dict[Purpose, str] = {"query": prefixes[0], "passage": prefixes[1]}

    @classmethod
    async def open(cls, connection: Connection, model: str, *, prefixes: tuple[str, str] = ("", "")) -> Self:
        """Ask for one vector to learn how long they are. Raises `ModelUnavailable`, `ModelRefused`."""
        trial = cls(connection, model, dimensions=0, prefixes=prefixes)
        [vector] = await trial._request(["dimensions"])
        return cls(connection, model, dimensions=len(vector), prefixes=prefixes)

    @property
    def model(self) -> str:
        query, passage = self._prefixes["query"], self._prefixes["passage"]
        prefixed = f"/{query!r}/{passage!r}" if query or passage else ""
        return f"{self._model}/{self._dimensions}{prefixed}"

    @property
    def prefixes(self) -> tuple[str, str]:
        """Before a query, before a passage."""
        return self._prefixes["query"], self._prefixes["passage"]

    @property
    def dimensions(self) -> int:
        return self._dimensions

    async def embed(self, texts: Sequence[str], *, purpose: Purpose) -> Vectors:
        """See `ports.models.Embedder`."""
        rows = np.empty((len(texts), self._dimensions), np.float32)
        for start in range(0, len(texts), AT_ONCE):
            some = [self._prefixes[purpose] + (text[:LONGEST] or " ") for text in texts[start : start + AT_ONCE]]
            for i, vector in enumerate(await self._request(some)):
                if len(vector) != self._dimensions:
                    raise ModelUnavailable(
                        f"{self._connection.gate.where} sends {len(vector)} dimensions, not {self._dimensions}: "
                        "another model is behind that name now; restart memosd"
                    )
                rows[start + i] = vector
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or not (lengths > 0).all():
            raise ModelUnavailable(f"{self._connection.gate.where} sends vectors that have no direction")
        unit: Vectors = rows / lengths
        return unit

    async def _request(self, texts: list[str]) -> list[list[float]]:
        client = self._connection.client
        try:
            answer = await self._connection.call(
                lambda: client.embeddings.create(model=self._model, input=texts, encoding_format="float")
            )
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            raise self._connection.refused(error) from error
        vectors = [each.embedding for each in sorted(answer.data or (), key=lambda each: each.index)]
        if len(vectors) != len(texts):
            raise ModelUnavailable(f"{self._connection.gate.where} sends {len(vectors)} vectors for {len(texts)} texts")
        return vectors
