"""What a process that answers requests sets for itself."""

import asyncio
import gc
import sys
from collections.abc import Coroutine

from threadpoolctl import threadpool_limits

SWITCH = 0.0005
"""Seconds that one thread may keep others waiting for the interpreter: an answer must not wait for extraction."""
YOUNG = 10_000
"""Objects that are made, less those that are gone, before it is looked for cycles among them. Python's own 700 are made
by one search: most of them would be looked at while they are in use, and the next search's pause is longer for it."""


def run(main: Coroutine[None, None, None]) -> None:
    """Run it to its end on an event loop of its own."""
    sys.setswitchinterval(SWITCH)
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
    with threadpool_limits(1, "blas"), asyncio.Runner(loop_factory=_event_loop) as runner:
        runner.run(main)


def _event_loop() -> asyncio.AbstractEventLoop:
    """uvloop's, which is faster; there is none for Windows."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
