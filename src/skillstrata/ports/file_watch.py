"""Seam: wait until something is put into a folder."""

from collections.abc import Callable
from typing import Protocol


class FileWatch(Protocol):
    """Watches folders, from the moment it is opened.

    Promises, checked by tests/contracts/test_file_watch.py:
      - what was put there since it was opened ends the next `wait` at once, however long ago that was;
      - what is only taken away ends no wait;
      - `interrupted` is asked several times a second and ends a wait within half a second;
      - FileNotFoundError tells that a folder is gone, as soon as the watch has to begin anew.
    """

    def wait(self, timeout_s: float, interrupted: Callable[[], bool]) -> bool:
        """Wait for something new: True for that, False for the time's end or an interruption."""
        ...

    def close(self) -> None:
        """Stop watching."""
        ...
