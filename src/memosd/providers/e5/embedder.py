"""The bundled embedder: async, centred, and quick to answer a question while it works through a pile of passages."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import numpy as np

from memosd.domain.errors import Unavailable
from memosd.ports.models import Purpose, Vector, Vectors
from memosd.providers.e5.cache import load_graph
from memosd.providers.e5.centring import VERSION, Centring
from memosd.providers.e5.encoder import Encoder
from memosd.providers.e5.weights import Weights, find_weights

_REVISION = 1  # of the graph, the tokenizer and the windows: for any change of theirs that moves a vector
_SHORT_QUERY = 2_000  # characters; longer ones wait among the passages, so that they never hold up a short one
_AT_ONCE = 16  # texts of one call that may stand in the queue, so that calls take turns


class E5Embedder:
    """multilingual-e5-small (Wang 2024, arXiv:2402.05672), quantised to 8 bits. Implements `ports.models.Embedder`.

    Short questions have a thread of their own; `threads` more work on passages. Every text of any length gets a vector,
    a blank one too; `encoder.MAX_WINDOWS` says how much of a very long one is read.
    """

    def __init__(self, encoder: Encoder, centring: Centring, *, weights: str, threads: int = 1) -> None:
        """weights: what tells these weights from others, as part of the model's name."""
        self._encoder = encoder
        self._centring = centring
        self._model = f"multilingual-e5-small/{weights}/int8-{_REVISION}/centred-{VERSION}"
        self._queries = ThreadPoolExecutor(1, thread_name_prefix="embed-query")
        self._passages = ThreadPoolExecutor(threads, thread_name_prefix="embed-passage")
        self._closed = False

    @classmethod
    def open(cls, cache_dir: Path, *, threads: int = 1) -> Self:
        """Load the model; its graph is built into `cache_dir` the first time. Blocks for some tenths of a second, or
        some seconds the first time. Raises `Unavailable` where the weights don't exist or the graph cannot be made."""
        weights = Weights(find_weights())
        encoder = Encoder(weights, load_graph(cache_dir, weights))
        return cls(encoder, Centring.load(), weights=weights.digest[:8], threads=threads)

    @property
    def model(self) -> str:
        return self._model

    @property
    def dimensions(self) -> int:
        return self._encoder.dimensions

    def embed_one(self, text: str, purpose: Purpose) -> Vector:
        """The vector of one text, made in the calling thread."""
        return self._centring(self._encoder(text, purpose), text, purpose)

    async def embed(self, texts: Sequence[str], *, purpose: Purpose) -> Vectors:
        """See `ports.models.Embedder`. Cancelling takes what has not begun out of the queue."""
        loop = asyncio.get_running_loop()
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for start in range(0, len(texts), _AT_ONCE):
            if self._closed:
                raise Unavailable("the embedder is closed")
            some = texts[start : start + _AT_ONCE]
            vectors[start : start + len(some)] = await asyncio.gather(
                *(loop.run_in_executor(self._thread(text, purpose), self.embed_one, text, purpose) for text in some)
            )
        return vectors

    def _thread(self, text: str, purpose: Purpose) -> ThreadPoolExecutor:
        return self._queries if purpose == "query" and len(text) <= _SHORT_QUERY else self._passages

    def close(self) -> None:
        """Finish what is in the queue and end the threads. Whoever asks afterwards gets `Unavailable`."""
        self._closed = True
        self._queries.shutdown()
        self._passages.shutdown()
