"""Identifiers are opaque strings; each has its own type so that they cannot be swapped."""

import os
import time
from typing import NewType

ProjectId = NewType("ProjectId", str)
KeyId = NewType("KeyId", str)
BatchId = NewType("BatchId", str)
MessageId = NewType("MessageId", str)
MemoryId = NewType("MemoryId", str)
TaskId = NewType("TaskId", str)

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(prefix: str) -> str:
    """A new identifier, such as `mem_01k9…`: 26 Crockford base-32 digits that sort by time of making.

    The layout is that of a ULID: 48 bits of milliseconds, then 80 random bits.
    """
    number = (int(time.time() * 1000) << 80) | int.from_bytes(os.urandom(10))
    digits = "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -5, -5))
    return f"{prefix}_{digits}"
