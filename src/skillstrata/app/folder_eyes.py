"""A watch over folders of which some come and go.

In     the folders that are to be watched now
Out    a wait that ends with a change, or with the time
Never  watches a folder that is not there
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from skillstrata.ports.file_watch import FileWatch

_AGAIN_S = 0.05


class FolderEyes:
    """A watch over those of some folders that are there; another one when that changes."""

    def __init__(self, open_watch: Callable[[tuple[Path, ...]], FileWatch]) -> None:
        self._open = open_watch
        self._watch: FileWatch | None = None
        self._seen: tuple[tuple[str, int], ...] = ()
        self._pause = threading.Event()

    def wait(self, roots: tuple[Path, ...], timeout_s: float, should_stop: Callable[[], bool]) -> None:
        """Wait for a change, or for the time's end."""
        there = tuple((str(root), number) for root in roots if (number := _number(root)))
        if there != self._seen:
            self.close()
            # What changed while nobody watched is seen by the look that follows.
            self._seen, timeout_s = there, 0.0
            try:
                self._watch = self._open(tuple(Path(root) for root, _ in there)) if there else None
            except OSError:
                self._seen = ()
        try:
            if self._watch is not None:
                self._watch.wait(timeout_s, should_stop)
        except OSError:
            # A folder went away, or the system has no watch left: another one is opened at the next wait.
            self.close()
            self._seen, timeout_s = (), min(_AGAIN_S, timeout_s)
        if self._watch is None:
            until = time.monotonic() + timeout_s
            while not should_stop() and time.monotonic() < until:
                self._pause.wait(min(_AGAIN_S, timeout_s))

    def close(self) -> None:
        """Stop watching."""
        if self._watch is not None:
            self._watch.close()
        self._watch = None


def _number(root: Path) -> int:
    try:
        return root.stat().st_ino if root.is_dir() else 0
    except OSError:
        return 0
