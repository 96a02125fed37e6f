"""Text as PostgreSQL can hold it: everything but the character NUL, and in an index nothing too long."""

import hashlib
import re

_NUL, _MARK = "\0", "\x01"
_AS_NUL, _AS_MARK = "\x01\x01", "\x01\x02"
_WRITTEN = re.compile("\x01[\x01\x02]")
MAX_INDEXED = 600
"""Bytes of a text that stands in an index; an entry holds about 2,700 with all its columns."""


def storable(text: str) -> str:
    """The text without NUL; `original` gives it back. Different texts stay different, and in their order.

    A part of a text stays a part of it; only the control characters 1 and 2 may seem to be in a text that lacks them.
    """
    if _MARK not in text and _NUL not in text:
        return text
    return text.replace(_MARK, _AS_MARK).replace(_NUL, _AS_NUL)


def original(text: str) -> str:
    if _MARK not in text:
        return text
    return _WRITTEN.sub(lambda written: _NUL if written[0] == _AS_NUL else _MARK, text)


def indexable(text: str) -> str:
    """The text itself, or what stands for it: equal for equal texts only."""
    found = storable(text)
    if len(found) * 4 <= MAX_INDEXED or len(found.encode()) <= MAX_INDEXED:
        return found
    return f"sha256:{hashlib.sha256(found.encode()).hexdigest()}"
