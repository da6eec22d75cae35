"""The watcher: what a sandbox uses, seen from outside, and which limit it has broken.

In     the process id of the sandbox's init, the job's limits and roots
Out    the name of a broken limit, or an empty string
Never  needs a right that the user who started the sandbox lacks
Why    rlimits count one process at a time: five processes held three times what one may
"""

import os

from skillstrata.adapters.sandbox_paths import SHARED_MEMORY, TEMP
from skillstrata.records.sandbox_runs import Limits

MAX_INODES = 20_000
# The sandbox's init and the shim.
_OURS = 2


class Watcher:
    """Looks at one running sandbox."""

    def __init__(self, init: int, limits: Limits, roots: tuple[str, ...]) -> None:
        """Take the init's process id on the host."""
        self._init = init
        self._limits = limits
        self._roots = roots

    def broken_limit(self) -> str:
        """Look once; a sandbox that is gone breaks nothing."""
        try:
            return self._memory_or_processes() or self._folders()
        except (FileNotFoundError, ProcessLookupError):
            return ""

    def _memory_or_processes(self) -> str:
        tasks, memory_kib, waiting, seen = 0, 0, [str(self._init)], list[str]()
        while waiting:
            pid = waiting.pop()
            threads = _names(f"/proc/{pid}/task")
            tasks += len(threads)
            if tasks > self._limits.processes + _OURS:
                return "processes"
            seen.append(pid)
            memory_kib += _memory_kib(pid)
            for thread in threads:
                waiting += _text(f"/proc/{pid}/task/{thread}/children").split()
        limit_kib = self._limits.memory_bytes // 1024
        # Pages that a fork shares count once for each process here; the exact share is dear, so it is asked for last.
        over = memory_kib > limit_kib and sum(map(_share_kib, seen)) > limit_kib
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
