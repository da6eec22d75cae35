"""A thread that looks at the processes of one run while they live, from the host's side.

In     the token that stands in every command line of the run
Out    Peaks; the processes that outlived the run
Never  asks the program anything
"""

import os
import signal
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.escape.attack import PYTHON, Peaks

_EVERY_S = 0.015
# Who was there before the run: none of it, and most of what a machine has. One run at a time is looked at.
_older: set[str] = set()


def pids_of(token: str) -> list[str]:
    """Give the processes, other than this one, that carry the token in their command line."""
    wanted, me = token.encode(), str(os.getpid())
    names = _pids()
    # A number that has come free is no longer an older process's.
    _older.intersection_update(names)
    others = [name for name in names if name not in _older and name != me]
    return [name for name in others if wanted in _read(f"/proc/{name}/cmdline")]


def _pids() -> list[str]:
    return [name for name in os.listdir("/proc") if name.isdigit()]


def end_all(token: str) -> None:
    """Kill what carries the token, until nothing does."""
    while pids := pids_of(token):
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)


class Witness:
    """Looks every few milliseconds; use it as a context around the run."""

    def __init__(self, token: str, looks: Path, watch: Callable[[Peaks], None]) -> None:
        """Take the token, the file that counts the looks, and one more thing to look at; nothing runs yet."""
        _older.clear()
        _older.update(_pids())
        self.peaks = Peaks()
        self._token = token
        self._watch = watch
        self._looks = os.open(looks, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._done = 0
        self._say_done()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="witness")

    def __enter__(self) -> "Witness":
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Look no more."""
        self._stop.set()
        self._thread.join()
        os.close(self._looks)

    def _loop(self) -> None:
        while not self._stop.wait(_EVERY_S):
            self._look()
            self._say_done()

    def _say_done(self) -> None:
        # Always as long, so that a reader never sees half of it.
        os.pwrite(self._looks, b"%020d" % self._done, 0)
        self._done += 1

    def _look(self) -> None:
        tasks = memory = 0
        held: dict[tuple[int, int], int] = {}
        for pid in pids_of(self._token):
            status = _read(f"/proc/{pid}/status").decode("utf-8", "replace")
            tasks += _number(status, "Threads:")
            memory += 1024 * (_number(status, "RssAnon:") + _number(status, "RssShmem:"))
            if _is_program(_read(f"/proc/{pid}/cmdline")):
                with suppress(OSError):
                    self._descriptors(pid, held)
        peaks = self.peaks
        peaks.tasks, peaks.memory_bytes = max(peaks.tasks, tasks), max(peaks.memory_bytes, memory)
        peaks.held_bytes = max(peaks.held_bytes, sum(held.values()))
        with suppress(OSError):
            self._watch(peaks)

    def _descriptors(self, pid: str, held: dict[tuple[int, int], int]) -> None:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            with suppress(OSError):
                path = f"/proc/{pid}/fd/{fd}"
                link = os.readlink(path)
                # The link's own mode says how the file was opened.
                self.peaks.links.update(
                    {link, f"{link} for writing"} if os.lstat(path).st_mode & stat.S_IWUSR else {link}
                )
                seen = os.stat(path)
                if stat.S_ISREG(seen.st_mode):
                    held[seen.st_dev, seen.st_ino] = seen.st_blocks * 512


def _read(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read()
    except OSError:
        return b""


def _is_program(command: bytes) -> bool:
    """Tell the program from bwrap and the shim around it, which carry its words too and hold pipes of their own."""
    words = command.split(b"\0")
    return words[0] == PYTHON.encode() and words[1:2] == [b"-I"] and words[2:3] != [b"-S"]


def _number(status: str, field: str) -> int:
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith(field)), 0)
