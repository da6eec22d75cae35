"""The ProcessLock port on a lock file, held through the operating system."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from skillstrata.records.failures import StoreFull, StoreLocked


class LockFile:
    """One lock file; its presence means nothing, only the lock on it does."""

    def __init__(self, path: Path, *, wait_s: float = 0.0) -> None:
        """Name the file, which is made at first use, and how long another holder is waited for."""
        self._path = path
        self._wait_s = wait_s

    @contextmanager
    def held(self) -> Generator[None]:
        """Hold the lock for the length of a with-block."""
        lock = FileLock(self._path, timeout=self._wait_s, mode=0o600)
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
