"""The ProcessLock port on a lock file, held through the operating system.

Why    the library behind it loads a database driver: whoever only reads a store that has a lock does not pay for that
"""

import importlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from skillstrata.records.failures import StoreFull, StoreLocked

if TYPE_CHECKING:
    from filelock import FileLock


class _Locks(Protocol):
    """What the library offers, as far as it is used here."""

    FileLock: "type[FileLock]"
    Timeout: type[Exception]


class LockFile:
    """One lock file; its presence means nothing, only the lock on it does."""

    def __init__(self, path: Path, *, wait_s: float = 0.0) -> None:
        """Name the file, which is made at first use, and how long another holder is waited for."""
        self._path = path
        self._wait_s = wait_s

    @contextmanager
    def held(self) -> Generator[None]:
        """Hold the lock for the length of a with-block."""
        locks = cast("_Locks", importlib.import_module("filelock"))
        lock = locks.FileLock(self._path, timeout=self._wait_s, mode=0o600)
        try:
            lock.acquire()
        except locks.Timeout:
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
