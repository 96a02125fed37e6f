"""What we ask of models."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from memosd.domain.usage import NO_TOKENS, Tokens

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


@dataclass(frozen=True, slots=True)
class Picture:
    """media_type: such as image/png."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a prompt. pictures: for a model that sees."""

    role: Literal["system", "user", "assistant"]
    text: str
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """What a model is asked. max_tokens: of the answer. What is None is left to the model's server."""

    turns: tuple[Turn, ...]
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an answer as it is made; `reasoning` is what the model thinks before it answers."""

    text: str
    reasoning: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of an answer. truncated: it was cut off by a limit of tokens."""

    tokens: Tokens = NO_TOKENS
    truncated: bool = False


class ChatModel(Protocol):
    @property
    def model(self) -> str: ...

    def stream(self, ask: Ask) -> AsyncGenerator[Piece | Finished]:
        """The answer in pieces, then one `Finished`. Closing the iterator cancels the call.

        Raises `ModelUnavailable` if the model does not answer (also in the middle), `ModelRefused` if it will not.
        """
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, without its reasoning."""

    text: str
    tokens: Tokens
    truncated: bool = False


class StructuredModel(Protocol):
    @property
    def model(self) -> str: ...

    async def reply(self, ask: Ask, *, name: str, schema: Mapping[str, Any]) -> Reply:
        """An answer that is asked to be one JSON object of this schema; whether it is has to be looked at.

        Raises `ModelUnavailable`, `ModelRefused`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Relevances:
    """scores: how much each document is about the query, 0..1, in the order given."""

    scores: tuple[float, ...]
    tokens: Tokens


class Reranker(Protocol):
    @property
    def model(self) -> str: ...

    async def relevances(self, query: str, documents: Sequence[str]) -> Relevances:
        """Raises `Unavailable` if they cannot be judged."""
        ...
