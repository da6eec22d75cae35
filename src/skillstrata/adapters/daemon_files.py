"""The DaemonPost port on files below DATA_DIR/daemon: lock, pid, state.json, asked/.

In     a data directory
Out    who holds the post, what it does, what is asked of it
Never  takes a file that a killed process left for a sign that it runs: only the lock on `lock` counts
Why    requests are files and not signals: the number of a dead process may be another program's by now
"""

import contextlib
import fcntl
import os
import threading
from collections.abc import Generator
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from skillstrata.adapters.atomic_files import make_folder, storing, write_atomic
from skillstrata.ports.daemon_post import DaemonState, Request
from skillstrata.records.failures import DaemonRunning

_STATE = TypeAdapter(DaemonState)
_REQUESTS: tuple[Request, ...] = ("stop", "pause")
# `state` of another process holds the lock for some microseconds to see whether it is free.
_PROBES_S = 0.5
_STEP_S = 0.02


class DaemonFiles:
    """Fulfils the DaemonPost port."""

    def __init__(self, data_dir: Path) -> None:
        """Remember where; nothing is made."""
        self._folder = data_dir / "daemon"
        self._fd = -1

    @property
    def requests(self) -> Path:
        """Give the folder where requests are put, to be watched."""
        return self._folder / "asked"

    @contextlib.contextmanager
    def held(self) -> Generator[None]:
        """Hold the post for the length of a with-block.

        Raises:
            DaemonRunning: Another process holds it.
            StoreFull: Its folder cannot be made.
        """
        lock = self._folder / "lock"
        with storing(lock):
            make_folder(self.requests)
            fd = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not _taken(fd, fcntl.LOCK_EX, _PROBES_S):
                raise DaemonRunning(
                    f"a daemon runs for {self._folder.parent}",
                    hint="`skillstrata daemon status` shows it, `skillstrata daemon stop` ends it",
                )
            self._fd = fd
            # What another one said of itself, and what it was asked, is not of this one.
            self.asked()
            (self._folder / "state.json").unlink(missing_ok=True)
            yield
        finally:
            if self._fd >= 0:
                (self._folder / "pid").unlink(missing_ok=True)
            self._fd = -1
            os.close(fd)

    def state(self) -> DaemonState | None:
        """Give what the holder last noted, None where nobody holds the post."""
        if not self._is_held():
            return None
        try:
            return _STATE.validate_json((self._folder / "state.json").read_bytes())
        except (OSError, ValidationError):
            # It holds the post and has not said anything yet.
            return DaemonState(pid=0, started_at_s=0.0)

    def note(self, state: DaemonState) -> None:
        """Say what the holder does; `pid` is a file of its own, for shells.

        Raises:
            StoreFull: It cannot be written.
        """
        pid = self._folder / "pid"
        with storing(pid):
            if not pid.exists() or pid.read_bytes() != b"%d\n" % state.pid:
                write_atomic(pid, b"%d\n" % state.pid)
            write_atomic(self._folder / "state.json", orjson.dumps(state))

    def is_ours(self) -> bool:
        """Say whether the post still is where it was taken; False when the data directory is gone."""
        try:
            return os.path.samestat(os.fstat(self._fd), (self._folder / "lock").stat())
        except OSError:
            return False

    def ask(self, request: Request) -> None:
        """Ask the holder for something.

        Raises:
            StoreFull: The request cannot be written.
        """
        with storing(self.requests / request):
            make_folder(self.requests)
            (self.requests / request).touch()

    def asked(self) -> frozenset[Request]:
        """Take the requests made since the last time."""
        return frozenset(request for request in _REQUESTS if _removed(self.requests / request))

    def wait_until_free(self, timeout_s: float) -> bool:
        """Wait for the holder to end; False when it still runs."""
        try:
            fd = os.open(self._folder / "lock", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return True
        try:
            return _taken(fd, fcntl.LOCK_SH, timeout_s)
        finally:
            os.close(fd)

    def _is_held(self) -> bool:
        return not self.wait_until_free(0.0)


def _taken(fd: int, kind: int, within_s: float) -> bool:
    """Take the lock; a lock has no event to wait for with a bound, so it is tried some times."""
    for step in range(int(within_s / _STEP_S) + 1):
        if step:
            threading.Event().wait(_STEP_S)
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(fd, kind | fcntl.LOCK_NB)
            return True
    return False


def _removed(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
