"""Waking those who wait for something that a commit brought about. Rung from any thread, heard on event loops."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator


class Bell:
    """Events by name. Listen first, look at the database then, and wait last: nothing is missed in between."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = {}

    @contextlib.contextmanager
    def listen(self, name: str) -> Iterator[asyncio.Event]:
        """An event that is set when the name is rung from now on."""
        listener = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._listeners.setdefault(name, []).append(listener)
        try:
            yield listener[1]
        finally:
            with self._lock:
                self._listeners[name].remove(listener)
                if not self._listeners[name]:
                    del self._listeners[name]

    def ring(self, name: str) -> None:
        with self._lock:
            listeners = list(self._listeners.get(name, ()))
        for loop, event in listeners:
            with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits any more
                loop.call_soon_threadsafe(event.set)

    def ring_all(self) -> None:
        with self._lock:
            names = list(self._listeners)
        for name in names:
            self.ring(name)


async def heard(event: asyncio.Event, *, within: float) -> bool:
    """Whether the event is set in time (seconds)."""
    try:
        async with asyncio.timeout(within):
            await event.wait()
    except TimeoutError:
        return False
    return True
