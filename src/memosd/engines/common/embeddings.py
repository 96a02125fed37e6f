"""Vectors of several embedders, as rows."""

import numpy as np

from memosd.domain.errors import Unavailable
from memosd.domain.ids import MemoryId
from memosd.engines.common.codec import Row, decode_content
from memosd.ports.embeddings import Unembedded
from memosd.ports.models import Vectors


def check_model(active: Row | None, model: str) -> None:
    """active: model and origin of the embedder on record, if there is one.

    Raises `Unavailable` if vectors of this model are no longer wanted; made again, they are of the active one.
    """
    if active is not None and active[0] != model:
        raise Unavailable("the embedder was changed while these memories were made; they are made again")


def decode_unembedded(row: Row) -> Unembedded:
    """From number, id, version and content."""
    number, own_id, version, body = row
    content = decode_content(body)
    return Unembedded(MemoryId(own_id), version, number, content.keys or (content.value,))


def encode_vectors(vectors: Vectors) -> tuple[bytes, ...]:
    """Each as little-endian 16-bit floats."""
    return tuple(row.tobytes() for row in np.asarray(vectors, dtype="<f2"))
