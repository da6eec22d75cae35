"""Seam: one distiller per data directory."""

from contextlib import AbstractContextManager
from typing import Protocol


class ProcessLock(Protocol):
    """A lock that the operating system frees when its holder dies.

    Promises, checked by tests/contracts/test_process_lock.py:
      - a second holder, of this or another process, raises StoreLocked at once;
      - after kill -9 of the holder the lock is free.
    """

    def held(self) -> AbstractContextManager[None]:
        """Hold the lock for the length of a with-block."""
        ...
