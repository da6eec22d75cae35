"""The watcher: what a sandbox uses, seen from outside, and which limit it has broken.

In     the process id of the sandbox's init, the job's limits and roots
Out    the name of a broken limit, or an empty string
Never  needs a right that the user who started the sandbox lacks
Why    rlimits count one process at a time: five processes held three times what one may
"""

import os
from dataclasses import dataclass

from skillstrata.adapters.sandbox_paths import SHARED_MEMORY, TEMP
from skillstrata.records.sandbox_runs import Limits

MAX_INODES = 20_000
# The sandbox's init and the shim.
_OURS = 2
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
# Where the times stand among the fields of /proc/PID/stat that follow the name: own and of children waited for.
_TIMES = slice(11, 15)


@dataclass(frozen=True, slots=True)
class _Ticks:
    """CPU time of one process: its own, and that of ended children it waited for."""

    own: int
    waited: int


_NO_TICKS = _Ticks(0, 0)


class Watcher:
    """Looks at one running sandbox. `cpu_s` is the CPU time of all its processes, as of the last look."""

    def __init__(self, init: int, limits: Limits, roots: tuple[str, ...]) -> None:
        """Take the init's process id on the host."""
        self._init = init
        self._limits = limits
        self._roots = roots
        self._before: dict[str, _Ticks] = {}
        self._forgotten = 0
        self.cpu_s = 0.0

    def broken_limit(self) -> str:
        """Look once; a sandbox that is gone, or not yet there, breaks nothing."""
        try:
            return self._use() or (self._folders() if self._walls_are_up() else "")
        except (FileNotFoundError, ProcessLookupError):
            return ""

    def _walls_are_up(self) -> bool:
        # Until bwrap has changed its root, the folders seen through it are the host's.
        return os.stat(f"/proc/{self._init}/root").st_dev != os.stat("/").st_dev

    def _use(self) -> str:
        tasks, memory_kib, waiting, seen = 0, 0, [str(self._init)], dict[str, _Ticks]()
        while waiting:
            pid = waiting.pop()
            threads = _names(f"/proc/{pid}/task")
            tasks += len(threads)
            if tasks > self._limits.processes + _OURS:
                return "processes"
            seen[pid] = _ticks(pid)
            memory_kib += _memory_kib(pid)
            for thread in threads:
                waiting += _text(f"/proc/{pid}/task/{thread}/children").split()
        self._count_cpu(seen)
        # One second more, as the kernel gives each process between its warning and its end.
        if self.cpu_s > self._limits.cpu_s + 1:
            return "cpu"
        limit_kib = self._limits.memory_bytes // 1024
        # Pages that a fork shares count once for each process here; the exact share is dear, so it is asked for last.
        over = memory_kib > limit_kib and sum(map(_share_kib, seen)) > limit_kib
        return "memory" if over else ""

    def _count_cpu(self, seen: dict[str, _Ticks]) -> None:
        # What a process used goes to whoever waits for it. Where nobody does, the kernel forgets it, and we do not.
        gone = sum(t.own + t.waited for pid, t in self._before.items() if pid not in seen)
        taken_over = sum(t.waited - self._before.get(pid, _NO_TICKS).waited for pid, t in seen.items())
        self._forgotten += max(0, gone - taken_over)
        self._before = seen
        self.cpu_s = (sum(t.own + t.waited for t in seen.values()) + self._forgotten) / _TICKS_A_SECOND

    def _folders(self) -> str:
        used_bytes, used_inodes = 0, 0
        for folder in {*self._roots, TEMP, SHARED_MEMORY}:
            seen = os.statvfs(f"/proc/{self._init}/root{folder}")
            used_inodes += seen.f_files - seen.f_ffree
            if folder in self._roots:
                used_bytes += (seen.f_blocks - seen.f_bfree) * seen.f_frsize
                if not seen.f_bavail:
                    return "disk"
        if used_inodes > MAX_INODES:
            return "files"
        return "disk" if used_bytes > self._limits.output_bytes else ""


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, ProcessLookupError):
        return []


def _text(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _ticks(pid: str) -> _Ticks:
    # A process may put brackets into its name, so the fields begin after the last one.
    user, system, waited_user, waited_system = [
        *map(int, _text(f"/proc/{pid}/stat").rpartition(")")[2].split()[_TIMES]),
        *(0, 0, 0, 0),
    ][:4]
    return _Ticks(user + system, waited_user + waited_system)


def _memory_kib(pid: str) -> int:
    return _sum_kib(_text(f"/proc/{pid}/status"), ("RssAnon:", "RssShmem:"))


def _share_kib(pid: str) -> int:
    try:
        text = _text(f"/proc/{pid}/smaps_rollup")
    except PermissionError:
        text = ""
    # A process that closed itself to looks is counted in full.
    return _sum_kib(text, ("Pss_Anon:", "Pss_Shmem:")) if "Pss_Anon:" in text else _memory_kib(pid)


def _sum_kib(text: str, fields: tuple[str, ...]) -> int:
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith(fields))
