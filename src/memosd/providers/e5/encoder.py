"""From a text to the vector that the model gives it, in the calling thread."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import onnxruntime

from memosd.ports.models import Purpose, Vector
from memosd.providers.e5.tokenizer import Tokenizer
from memosd.providers.e5.weights import Weights, unpack

MAX_WINDOWS = 48
"""Windows of about 500 tokens that are read of one text: all of 20,000 tokens. Of a longer text as many are read,
evenly spread over it."""
MAX_CHARACTERS = 200_000
"""Of a text with more, stretches evenly spread over it are read."""

_OVERLAP = 32  # tokens that neighbouring windows share, so that no sentence is only seen in two halves
_STRETCHES = 50


def spread(length: int, *, size: int, overlap: int, most: int) -> Iterator[slice]:
    """Cut `length` into equal windows of at most `size`: all of it, or, where that takes more than `most`, evenly
    spaced ones."""
    if length <= size:
        yield slice(0, length)
        return
    count = min(most, math.ceil((length - overlap) / (size - overlap)))
    for i in range(count):
        start = round(i * (length - size) / max(count - 1, 1))
        yield slice(start, start + size)


class Encoder:
    """Safe to use from several threads. Holds about 160 MB."""

    def __init__(self, weights: Weights, graph: bytes) -> None:
        vocabulary = weights.vocabulary()
        self._tokenize = Tokenizer(vocabulary)
        self._words = weights.words
        self._begin: dict[Purpose, list[int]] = {
            "query": [vocabulary.begin, *self._tokenize("query:")],
            "passage": [vocabulary.begin, *self._tokenize("passage:")],
        }
        self._end = [vocabulary.end]
        self._positions = weights.shape.positions
        self._session = _session(graph)
        self.dimensions = weights.shape.width

    def __call__(self, text: str, purpose: Purpose) -> Vector:
        """Length 1, not centred. A text longer than the model's window gets the mean of its windows; each window begins
        with the prefix of the purpose."""
        begin = self._begin[purpose]
        size = self._positions - len(begin) - len(self._end)
        tokens = self._tokenize(_thinned(text))
        vector = np.zeros(self.dimensions, np.float32)
        for window in spread(len(tokens), size=size, overlap=_OVERLAP, most=MAX_WINDOWS):
            vector += self._run([*begin, *tokens[window], *self._end])
        vector /= np.linalg.norm(vector)
        return vector

    def _run(self, tokens: Sequence[int]) -> Vector:
        """One text at a time: quantisation looks at all that runs together, so in a batch texts would colour each
        other's vectors."""
        words = unpack(self._words[np.array(tokens)])
        mean: Vector = self._session.run(None, {"words": words[np.newaxis]})[0]
        mean /= np.linalg.norm(mean)
        return mean


def _thinned(text: str) -> str:
    if len(text) <= MAX_CHARACTERS:
        return text
    stretches = spread(len(text), size=MAX_CHARACTERS // _STRETCHES, overlap=0, most=_STRETCHES)
    return " ".join(text[stretch] for stretch in stretches)


def _session(graph: bytes) -> onnxruntime.InferenceSession:
    """Each run stays in the thread that asks for it. Plans of memory are not kept: there would be one for every
    length of text."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
