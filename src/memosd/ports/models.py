"""What we ask of models."""

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float32]
"""Shape (dimensions,), length 1."""
Vectors = npt.NDArray[np.float32]
"""Shape (texts, dimensions), rows of length 1."""

Purpose = Literal["query", "passage"]


class Embedder(Protocol):
    @property
    def model(self) -> str:
        """Names the weights and everything that shapes a vector; vectors of different names are never compared."""
        ...

    @property
    def dimensions(self) -> int: ...

    async def embed(self, texts: Sequence[str], *, purpose: Purpose) -> Vectors:
        """One row a text, in order. A row depends on its own text only. Raises `Unavailable` if it cannot be made."""
        ...
