"""Where a job's paths lie when nothing can be mounted, and the words of its command line rewritten to that.

In     a job, checked; the private folder it is laid out in
Out    words with the job's paths replaced by those of the folder, and bytes with them put back
Never  looks at a file; changes a path of the system, of the environment or of the job's shown folders
Why    without a mount namespace the job's absolute paths belong to the host. Only words can be rewritten: a program
       that carries such a path in its text does not find it
"""

import os
import posixpath
import re

from skillstrata.adapters.sandbox_paths import TEMP, under
from skillstrata.records.sandbox_runs import SandboxJob

# What may stand before a path in a word: its start, a short option with the path attached, or no part of a name.
_BEFORE = r"(?:^-[A-Za-z]|(?<![\w./~-]))"
# What may not follow: the rest of a longer name.
_AFTER = r"(?![\w-]|\.\w)"
# Where the host's own files must be found; of these a job may have files of its own only in /etc.
_SYSTEM = tuple("/usr /bin /sbin /lib /lib32 /lib64 /libx32 /proc /sys /dev /boot /etc /nix".split())


class Relocation:
    """Maps between the job's paths and the folder's."""

    def __init__(self, job: SandboxJob, top: str) -> None:
        """Take the job and the folder; nothing needs to be there yet."""
        self._top = top
        kept = (*(job.environment.binds if job.environment else ()), *job.folders, top)
        moved = {TEMP}
        for path in (*(file.path for file in job.files), *job.roots):
            moved |= set(_with_parents(path))
        on_host = any(under(job.work_dir, place) for place in (*_SYSTEM, *kept))
        if not on_host:
            moved |= set(_with_parents(job.work_dir))
        self.work_dir = job.work_dir if on_host else top + job.work_dir.rstrip("/")
        # The longest first: where one path begins another, the longer one is meant.
        paths = sorted({*moved, *kept}, key=len, reverse=True)
        self._kept = frozenset(kept)
        self._pattern = re.compile(f"({_BEFORE})({'|'.join(map(re.escape, paths))}){_AFTER}")

    def inside(self, path: str) -> str:
        """Give where a path of the job lies on the host."""
        return self._top + path

    def word(self, text: str) -> str:
        """Rewrite every path of the job that a word is or holds."""
        return self._pattern.sub(self._moved, text)

    def _moved(self, found: re.Match[str]) -> str:
        before, path = found.groups()
        return found.group() if path in self._kept else f"{before}{self._top}{path}"

    def restored(self, said: bytes) -> bytes:
        """Put the job's paths back into what the program said."""
        return said.replace(os.fsencode(self._top), b"")


def _with_parents(path: str) -> list[str]:
    found: list[str] = []
    while path != "/" and path not in _SYSTEM:
        found.append(path)
        path = posixpath.dirname(path)
    return found
