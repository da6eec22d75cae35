"""The watcher: what a sandbox uses, seen from outside, and which limit it has broken.

In     the process id of the sandbox's init, the job's limits and roots
Out    the name of a broken limit, or an empty string
Never  needs a right that the user who started the sandbox lacks
Why    rlimits count one process at a time: five processes held three times what one may
"""

import os
from dataclasses import dataclass, field

from skillstrata.adapters.sandbox_paths import SHARED_MEMORY, TEMP
from skillstrata.records.sandbox_runs import Limits

MAX_INODES = 20_000
# The sandbox's init and the shim.
_OURS = 2
_TICKS = os.sysconf("SC_CLK_TCK")
# Where the times stand among the fields of /proc/PID/stat that follow the name: own and of children waited for.
_TIMES = slice(11, 15)


@dataclass(slots=True)
class _Used:
    """What all processes of one sandbox use together."""

    tasks: int = 0
    memory_kib: int = 0
    ticks: int = 0
    pids: list[str] = field(default_factory=list[str])

    def add(self, pid: str, threads: int) -> None:
        self.tasks += threads
        self.memory_kib += _memory_kib(pid)
        self.ticks += _cpu_ticks(pid)
        self.pids.append(pid)


class Watcher:
    """Looks at one running sandbox."""

    def __init__(self, init: int, limits: Limits, roots: tuple[str, ...]) -> None:
        """Take the init's process id on the host."""
        self._init = init
        self._limits = limits
        self._roots = roots

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
        used, waiting = _Used(), [str(self._init)]
        while waiting:
            pid = waiting.pop()
            threads = _names(f"/proc/{pid}/task")
            used.add(pid, len(threads))
            if used.tasks > self._limits.processes + _OURS:
                return "processes"
            for thread in threads:
                waiting += _text(f"/proc/{pid}/task/{thread}/children").split()
        # One second more, as the kernel gives each process between its warning and its end.
        if used.ticks > (self._limits.cpu_s + 1) * _TICKS:
            return "cpu"
        limit_kib = self._limits.memory_bytes // 1024
        # Pages that a fork shares count once for each process here; the exact share is dear, so it is asked for last.
        over = used.memory_kib > limit_kib and sum(map(_share_kib, used.pids)) > limit_kib
        return "memory" if over else ""

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


def _cpu_ticks(pid: str) -> int:
    # A process may put brackets into its name, so the fields begin after the last one. Whose children have ended but
    # were not waited for is counted when they are; the init waits for those whose parent has gone.
    fields = _text(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return sum(map(int, fields[_TIMES]))


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
