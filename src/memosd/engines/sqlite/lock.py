"""One server a data directory: an operating-system lock that ends with its process, however that ends."""

import os
import sys
from pathlib import Path

from memosd.domain.errors import StorageUnavailable

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        # Far behind the text, so that another process can still read whose lock it is.
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class DirectoryLock:
    """Held from construction until `release`. Raises `StorageUnavailable`, naming the process that holds it."""

    def __init__(self, path: Path) -> None:
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as error:
            raise StorageUnavailable(f"the data directory {path.parent} cannot be written: {error.strerror}") from error
        try:
            _take(self._descriptor)
        except OSError as error:
            holder = os.pread(self._descriptor, 20, 0) if hasattr(os, "pread") else os.read(self._descriptor, 20)
            os.close(self._descriptor)
            process = holder.decode("ascii", "replace").strip() or "unknown"
            raise StorageUnavailable(
                f"the data directory {path.parent} is in use by another memosd server (process {process})"
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, str(os.getpid()).encode())

    def release(self) -> None:
        """May be called twice."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor != -1:
            os.close(descriptor)
