"""Folders that are watched through the operating system, by the watchfiles library.

In     folders that exist
Out    whether something was put there
Never  lists or reads the folders, but where the system cannot tell of changes: there they are listed now and then
Why    the library goes by the clock that people set: a look that lasts too long is given up and begun anew
"""

import time
from collections.abc import Callable, Generator
from pathlib import Path

from watchfiles import Change, watch
from watchfiles.main import FileChange

STEP_S = 0.25
_OVERDUE_S = 1.0


class WatchedFolders:
    """Fulfils the FileWatch port.

    A wait is awake for some microseconds each `step_s`, to ask whether it is interrupted: signals and ended children
    are seen there.
    """

    def __init__(
        self,
        folders: tuple[Path, ...],
        *,
        step_s: float = STEP_S,
        look_s: float = 2.0,
        removals: bool = False,
    ) -> None:
        """Begin to watch.

        Args:
            folders: What to watch.
            step_s: Seconds of quiet after which changes are told; twice this at most.
            look_s: Seconds between looks where the system cannot tell of changes (no watch left, some networks).
            removals: What is only taken away ends a wait too.

        Raises:
            FileNotFoundError: A folder is not there.
        """
        self._folders = folders
        self._step_ms = max(1, int(step_s * 1000))
        self._look_s = look_s
        self._removals = removals
        self._overdue = _Overdue()
        self._changes = self._open()
        # The library begins to watch at the first look, not before.
        self._came = self._look()

    def wait(self, timeout_s: float, interrupted: Callable[[], bool]) -> bool:
        """Wait for something new: True for that, False for the time's end or an interruption."""
        until = time.monotonic() + timeout_s
        while not self._came and not interrupted() and time.monotonic() < until:
            self._came = self._look()
        came, self._came = self._came, False
        return came

    def close(self) -> None:
        """Stop watching."""
        self._changes.close()

    def _look(self) -> bool:
        self._overdue.begin(_OVERDUE_S + 4 * self._step_ms / 1000)
        try:
            found = next(self._changes, None)
        except FileNotFoundError:
            raise
        except OSError:
            # No watch is left for us on this system.
            self._changes = self._open(by_looking=True)
            return True
        if found is None:
            self._changes = self._open()
            return True
        return any(self._removals or change is not Change.deleted for change, _ in found)

    def _open(self, *, by_looking: bool = False) -> Generator[set[FileChange], None, None]:
        return watch(
            *self._folders,
            watch_filter=None,
            debounce=2 * self._step_ms,
            step=self._step_ms,
            stop_event=self._overdue,
            rust_timeout=self._step_ms,
            yield_on_timeout=True,
            raise_interrupt=False,
            # The library's recursion follows links.
            recursive=False,
            force_polling=True if by_looking else None,
            poll_delay_ms=int(self._look_s * 1000),
            debug=False,
        )


class _Overdue:
    """Tells the library to give a look up; by a clock that nobody sets."""

    def __init__(self) -> None:
        self._until = 0.0

    def begin(self, most_s: float) -> None:
        self._until = time.monotonic() + most_s

    def is_set(self) -> bool:
        return time.monotonic() > self._until
