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
KnowledgeBaseId = NewType("KnowledgeBaseId", str)
FileId = NewType("FileId", str)


def new_id(prefix: str) -> str:
    """A new identifier, such as `mem_019a8f…`: 32 hexadecimal digits that sort by time of making.

    The layout is that of a ULID: 48 bits of milliseconds, then 80 random bits.
    """
    return f"{prefix}_{int(time.time() * 1000):012x}{os.urandom(10).hex()}"
