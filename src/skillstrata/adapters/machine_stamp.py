"""This machine's state as a short text: release, C library, Python, and the files of programs.

In     names or paths of programs
Out    a digest
Never  starts a program: its real path, size and time of change say enough
"""

import hashlib
import os
import platform
import shutil
import sys

_PATH = "/usr/local/bin:/usr/bin:/bin"
_LENGTH = 16


class ThisMachineStamp:
    """Fulfils the MachineStamp port."""

    def __init__(self, path: str = _PATH) -> None:
        """Take the folders that named programs are looked for in."""
        self._path = path

    def stamp(self, programs: tuple[str, ...]) -> str:
        """Give the text."""
        system = (platform.system(), platform.release(), platform.machine(), *platform.libc_ver(), _os_release())
        python = (platform.python_implementation(), platform.python_version(), os.path.realpath(sys.executable))
        files = (self._file(name) for name in sorted(set(programs)))
        return hashlib.sha256("\0".join((*system, *python, *files)).encode()).hexdigest()[:_LENGTH]

    def _file(self, name: str) -> str:
        found = name if os.path.isabs(name) else shutil.which(name, path=self._path)
        if found is None:
            return f"{name} missing"
        real = os.path.realpath(found)
        try:
            seen = os.stat(real)
        except OSError:
            return f"{name} missing"
        return f"{name} {real} {seen.st_size} {seen.st_mtime_ns}"


def _os_release() -> str:
    try:
        found = platform.freedesktop_os_release()
    except OSError:
        return platform.version()
    return f"{found.get('ID', '')} {found.get('VERSION_ID', '')} {found.get('BUILD_ID', '')}"
