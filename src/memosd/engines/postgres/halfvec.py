"""pgvector's 16-bit vectors over the wire, in binary: no text of 384 numbers is written or read."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

from memosd.ports.models import Vector, Vectors

_HEADER = struct.Struct(">HH")
"""Dimensions, and two bytes that are not used."""


@dataclass(frozen=True, slots=True)
class HalfVector:
    """One vector as pgvector sends and receives it: the header, then big-endian 16-bit floats."""

    wire: bytes

    @classmethod
    def of(cls, vector: Vector) -> "HalfVector":
        return cls(_HEADER.pack(len(vector), 0) + vector.astype(">f2").tobytes())

    @classmethod
    def of_stored(cls, vector: bytes) -> "HalfVector":
        """From little-endian 16-bit floats, as `codec.encode_memory` makes them."""
        return cls(_HEADER.pack(len(vector) // 2, 0) + np.frombuffer(vector, "<f2").astype(">f2").tobytes())


class HalfVectorDumper(Dumper):
    """The operand's type is said by the statement: `%(vector)s::halfvec`."""

    format = Format.BINARY
    oid = 0

    def dump(self, obj: HalfVector) -> Buffer:
        return obj.wire


def register(context: AdaptContext) -> None:
    context.adapters.register_dumper(HalfVector, HalfVectorDumper)


def stored(wire: bytes) -> bytes:
    """As little-endian 16-bit floats."""
    return np.frombuffer(wire, ">f2")[_HEADER.size // 2 :].astype("<f2").tobytes()


def decode(wires: Sequence[bytes]) -> Vectors:
    """Shape (vectors, dimensions), 32-bit, of vectors of one length as `halfvec_send` gives them."""
    rows = np.frombuffer(b"".join(wires), dtype=">f2").reshape(len(wires), -1)
    return rows[:, _HEADER.size // 2 :].astype(np.float32)
