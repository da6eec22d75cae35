"""What a run of the `contained` tier uses, seen from outside, and which limit it has broken.

In     the launcher's process id, the job's limits, the private folder
Out    the name of a broken limit, or an empty string
Never  follows a link; counts what the job itself laid read-only
Why    there is no namespace to count in: processes are found from the launcher, which adopts every orphan, and bytes by
       walking the folder, files that are open but have no name any more included
"""

import contextlib
import os
import stat
import time
from dataclasses import dataclass

from skillstrata.adapters.contained_folder import LaidOut, opened
from skillstrata.adapters.sandbox_paths import TEMP
from skillstrata.records.sandbox_runs import MIB, SandboxJob

MAX_INODES = 20_000
TMP_BYTES = 64 * MIB
_MAX_DEPTH = 100
_TICKS = os.sysconf("SC_CLK_TCK")
# One walk may take a quarter of the time at most.
_WALK_REST = 3.0
_OPEN_FILES_EVERY_S = 0.2
_OURS = 0o700
# Words of /proc/PID/stat after the name; of each time the user's and the system's part stand together.
_OWN_TIME, _CHILDRENS_TIME, _STARTED = 11, 13, 19


@dataclass(slots=True)
class _Times:
    """Processor time in ticks: a process's own, and of children it has waited for."""

    started: str
    own: int
    children: int


class TreeWatch:
    """Counts processes, memory and processor time of everything under the launcher."""

    def __init__(self, launcher: int, job: SandboxJob) -> None:
        """Take the launcher's process id."""
        self._launcher = str(launcher)
        self._limits = job.limits
        self._seen: dict[tuple[str, str], int] = {}
        self.pids: list[str] = []

    def broken_limit(self) -> str:
        """Look once; a tree that is gone breaks nothing."""
        self.pids, tasks, memory_kib = [], 0, 0
        waiting = _children(self._launcher)
        while waiting:
            pid = waiting.pop()
            self.pids.append(pid)
            tasks += max(1, len(_names(f"/proc/{pid}/task")))
            if tasks > self._limits.processes:
                return "processes"
            memory_kib += _memory_kib(pid)
            waiting += _children(pid)
        limit_kib = self._limits.memory_bytes // 1024
        # Pages that a fork shares count once for each process here; the exact share is dear, so it is asked for last.
        if memory_kib > limit_kib and sum(map(_share_kib, self.pids)) > limit_kib:
            return "memory"
        return "cpu" if self._cpu_ticks() > self._limits.cpu_s * _TICKS else ""

    def _cpu_ticks(self) -> int:
        waited_for = 0
        for pid in (self._launcher, *self.pids):
            times = _times(pid)
            if times is None:
                continue
            waited_for += times.children
            if pid != self._launcher:
                self._seen[(pid, times.started)] = times.own
        living = sum(self._seen[key] for key in self._seen if key[0] in self.pids)
        # A parent that ignores its children's end is never told their time, so what was seen of them counts too.
        return max(living + waited_for, sum(self._seen.values()))


class FolderWatch:
    """Counts bytes and entries of what the program can write."""

    def __init__(self, job: SandboxJob, laid: LaidOut) -> None:
        """Take the job and where it lies."""
        self._job = job
        self._laid = laid
        self._next_walk_s = self._next_files_s = 0.0
        self._entries = 0

    def broken_limit(self, pids: list[str]) -> str:
        """Look once, unless the last look was dear and short ago."""
        now = time.monotonic()
        if now < self._next_walk_s:
            return ""
        limit = self._walked()
        if not limit and now >= self._next_files_s:
            self._next_files_s = now + _OPEN_FILES_EVERY_S
            limit = "disk" if self._nameless_bytes(pids) > self._job.limits.output_bytes else ""
        after = time.monotonic()
        self._next_walk_s = after + _WALK_REST * (after - now)
        return limit

    def _walked(self) -> str:
        self._entries = 0
        in_temp, in_roots = 0, 0
        for root in {*self._job.roots, TEMP}:
            used = self._bytes_of(self._laid.top + root, root)
            in_roots += used if root in self._job.roots else 0
            in_temp += 0 if root in self._job.roots else used
        if self._entries > MAX_INODES:
            return "files"
        return "disk" if in_roots > self._job.limits.output_bytes or in_temp > TMP_BYTES else ""

    def _bytes_of(self, place: str, path: str) -> int:
        with contextlib.suppress(OSError):
            return self._walk(_folder(None, place), path, 0)
        return 0

    def _walk(self, folder: int, path: str, depth: int) -> int:
        if depth > _MAX_DEPTH:
            self._entries += MAX_INODES
        total = 0
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    self._entries += 1
                    if self._entries > MAX_INODES:
                        break
                    with contextlib.suppress(OSError):
                        total += self._entry(folder, entry, path, depth)
        finally:
            os.close(folder)
        return total

    def _entry(self, folder: int, entry: os.DirEntry[str], path: str, depth: int) -> int:
        below = f"{path}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            return 0 if below in self._job.roots else self._walk(_folder(folder, entry.name), below, depth + 1)
        seen = entry.stat(follow_symlinks=False)
        return 0 if (seen.st_dev, seen.st_ino) in self._laid.read_only else _size(seen)

    def _nameless_bytes(self, pids: list[str]) -> int:
        device = os.stat(self._laid.top).st_dev
        found: dict[int, int] = {}
        for pid in pids:
            for name in _names(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    seen = os.stat(f"/proc/{pid}/fd/{name}")
                    if seen.st_dev == device and stat.S_ISREG(seen.st_mode) and not seen.st_nlink:
                        found[seen.st_ino] = _size(seen)
        return sum(found.values())


def _size(seen: os.stat_result) -> int:
    # Space can be taken without growing the size, and the size grown without taking space.
    return max(seen.st_size, seen.st_blocks * 512)


def _folder(parent: int | None, name: str) -> int:
    return opened(name, os.O_RDONLY | os.O_DIRECTORY, _OURS, parent)


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return []


def _text(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""


def _children(pid: str) -> list[str]:
    return [
        child for task in _names(f"/proc/{pid}/task") for child in _text(f"/proc/{pid}/task/{task}/children").split()
    ]


def _times(pid: str) -> _Times | None:
    words = _text(f"/proc/{pid}/stat").rpartition(")")[2].split()
    if len(words) <= _STARTED:
        return None
    own, children = (int(words[at]) + int(words[at + 1]) for at in (_OWN_TIME, _CHILDRENS_TIME))
    return _Times(words[_STARTED], own, children)


def _memory_kib(pid: str) -> int:
    return _sum_kib(_text(f"/proc/{pid}/status"), ("RssAnon:", "RssShmem:"))


def _share_kib(pid: str) -> int:
    text = _text(f"/proc/{pid}/smaps_rollup")
    return _sum_kib(text, ("Pss_Anon:", "Pss_Shmem:")) if "Pss_Anon:" in text else _memory_kib(pid)


def _sum_kib(text: str, fields: tuple[str, ...]) -> int:
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith(fields))
