"""`memosd serve` that can be told to die, by SIGKILL, at a named point of its work. A program, not a module of tests.

    python mortal_server.py ORDERS

On SIGUSR1 it reads the file ORDERS, JSON `{"point": …, "calls": n}`, and dies when that point is passed for the n-th
time from then on. What it dies in is the real code: the points are functions of the engine and the flows, wrapped in
this process only. After `armed` has been written to the file ORDERS.armed, the order counts.
"""

import functools
import inspect
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from memosd.cli import main
from memosd.engines.sqlite import edits, erasure, tasks
from memosd.engines.sqlite.storage import SqliteStorage
from memosd.extraction.local import LocalExtractor

POINTS: dict[str, tuple[Any, str, bool]] = {
    "accept, before its commit": (tasks, "add", True),
    "accept, after its commit": (SqliteStorage, "accept", True),
    "extraction": (LocalExtractor, "extract", False),
    "embedded, before the changes are written": (SqliteStorage, "apply", False),
    "changes written, before their commit": (edits, "carry_out", True),
    "changes committed": (SqliteStorage, "apply", True),
    "deletion of memories, before its commit": (erasure, "erase_memories", True),
    "deletion of memories, after its commit": (SqliteStorage, "erase_memories", True),
    "deletion of a user, before its commit": (erasure, "erase_user", True),
    "deletion of a user, after its commit": (SqliteStorage, "erase_user", True),
}
"""Where a function lives, its name, and whether the point lies after it (else before)."""

_calls_left: dict[str, int] = {}


def _pass(point: str) -> None:
    if point in _calls_left:
        _calls_left[point] -= 1
        if _calls_left[point] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)


def _mortal(point: str, function: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def awaited(*arguments: Any, **named: Any) -> Any:
            if not after:
                _pass(point)
            result = await function(*arguments, **named)
            if after:
                _pass(point)
            return result

        return awaited

    @functools.wraps(function)
    def called(*arguments: Any, **named: Any) -> Any:
        result = function(*arguments, **named)
        _pass(point)
        return result

    return called


def _arm(orders: Path) -> None:
    order = json.loads(orders.read_text("utf-8"))
    _calls_left[order["point"]] = order["calls"]
    orders.with_suffix(".armed").write_text("armed", "utf-8")


if __name__ == "__main__":
    for name, (place, attribute, lies_after) in POINTS.items():
        # A function may be wrapped twice, for the points before and after it.
        setattr(place, attribute, _mortal(name, getattr(place, attribute), after=lies_after))
    signal.signal(signal.SIGUSR1, lambda *_: _arm(Path(sys.argv[1])))
    main(["serve"])
