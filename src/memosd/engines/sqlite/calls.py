"""Work on its way to a thread of the database, and its answer on the way back."""

import asyncio
import contextlib
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import apsw

from memosd.domain.errors import StorageUnavailable

_CAUSES: tuple[tuple[type[apsw.Error], str], ...] = (
    (apsw.FullError, "the disk is full"),
    (apsw.ReadOnlyError, "the database cannot be written, it is read-only"),
    (apsw.CantOpenError, "the database file cannot be opened"),
    (apsw.IOError, "reading or writing the disk failed"),
    (apsw.BusyError, "another process keeps the database locked"),
    (apsw.LockedError, "the database is locked"),
    (apsw.CorruptError, "the database file is damaged; restore a backup"),
    (apsw.NotADBError, "the file is not a SQLite database"),
    (apsw.NoMemError, "not enough memory"),
    (apsw.PermissionsError, "the database file may not be accessed"),
    (apsw.ConnectionClosedError, "the database is closed"),
)


def unavailable(error: BaseException) -> BaseException:
    """`StorageUnavailable` if the cause lies outside the program; every other error is returned as it is."""
    for kind, meaning in _CAUSES:
        if isinstance(error, kind):
            translated = StorageUnavailable(f"storage is unavailable: {meaning} ({error})")
            translated.__cause__ = error
            return translated
    return error


class Call:
    """What came of the work, and who waits for it. As a context: an error inside is kept for the caller."""

    __slots__ = ("error", "future", "loop", "result")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.error = error
        return True


class Delivery:
    """Whatever happens inside, every caller is answered: with its result, its own error, or the group's."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self._calls = calls

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        by_loop: dict[asyncio.AbstractEventLoop, list[Call]] = {}
        for call in self._calls:
            call.error = call.error or error
            by_loop.setdefault(call.loop, []).append(call)
        for loop, calls in by_loop.items():
            with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits any more
                loop.call_soon_threadsafe(_answer, calls)
        return True


def _answer(calls: Sequence[Call]) -> None:
    for call in calls:
        if call.future.done():  # cancelled by its caller; what was written stays written
            continue
        if call.error is None:
            call.future.set_result(call.result)
        else:
            call.future.set_exception(unavailable(call.error))
