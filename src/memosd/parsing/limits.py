"""What one file may cost, and the error of one that costs more."""

import contextlib
import os
import sys
from dataclasses import dataclass


class Refused(Exception):
    """The file cannot be read; the message says why, in words for whoever sent it."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """pages: of one document. seconds: of the clock, and of the processor. memory: bytes of address space.
    characters: of what comes out. unpacked: bytes that a package may hold."""

    pages: int = 500
    seconds: float = 300.0
    memory: int = 3 << 30
    characters: int = 20_000_000
    unpacked: int = 400 << 20


MAX_MEMBERS = 10_000
"""Entries of one package."""
BEHIND = 10
"""By how much its priority is lower than the server's."""
MAX_OPEN = 256
"""Open files of the process."""


def confine(bounds: Bounds) -> None:
    """Bound this process for good: memory, processor time, open files; it can write no file and dump no core. It gives
    way to the server, whose answers go first."""
    if sys.platform == "win32":  # there the parent's clock alone bounds it
        return
    import resource

    os.nice(BEHIND)

    for kind, most in (
        (resource.RLIMIT_AS, bounds.memory),
        (resource.RLIMIT_CPU, int(bounds.seconds) + 1),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, MAX_OPEN),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # macOS knows no bound of address space
            resource.setrlimit(kind, (most, most))
