"""The ProcessLock port on a lock file, held through the operating system."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from skillstrata.records.failures import StoreFull, StoreLocked


class LockFile:
    """One lock file; its presence means nothing, only the lock on it does."""

    def __init__(self, path: Path) -> None:
        """Name the file; it is made at first use."""
        self._path = path

    @contextmanager
    def held(self) -> Generator[None]:
        """Hold the lock for the length of a with-block."""
        lock = FileLock(self._path, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise StoreLocked(
                f"another process distils in {self._path.parent}",
                hint="wait for it to end and try again; `skillstrata status` shows the last pass",
            ) from None
        except OSError as error:
            raise StoreFull(
                f"cannot lock {self._path}: {error.strerror}", hint="make the data directory writable and try again"
            ) from error
        try:
            yield
        finally:
            lock.release()
