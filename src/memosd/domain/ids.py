"""Identifiers are opaque strings; each has its own type so that they cannot be swapped."""

import base64
import os
import time
from typing import NewType

ProjectId = NewType("ProjectId", str)
KeyId = NewType("KeyId", str)
BatchId = NewType("BatchId", str)
MessageId = NewType("MessageId", str)
MemoryId = NewType("MemoryId", str)
TaskId = NewType("TaskId", str)


def new_id(prefix: str) -> str:
    """A new identifier, such as `mem_06fkf…`: 26 base-32 digits (RFC 4648, hex alphabet) that sort by time of making.

    The layout is that of a ULID: 48 bits of milliseconds, then 80 random bits.
    """
    number = int(time.time() * 1000).to_bytes(6) + os.urandom(10)
    return f"{prefix}_{base64.b32hexencode(number)[:26].decode().lower()}"
