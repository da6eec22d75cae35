"""The one thread that starts sandboxes, and the private mounts it needs when we are root.

In     a command line with descriptors; folders that must be readable for the unprivileged user the sandbox runs as
Out    a running process; for each folder a path that this user can reach
Never  changes a mount that any other thread or process sees
Why    bwrap ends with the *thread* that started it, so a worker thread must not start it. As root we drop to a user
       who may not enter /root or other closed folders, and bwrap resolves even a descriptor by its path; a mount
       namespace belongs to a thread, so this thread alone gets one and lays the folders out on a tmpfs there
"""

import ctypes
import functools
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

NOBODY = "65534"
_CLONE_NEWNS = 0x00020000
_MS_BIND, _MS_REC, _MS_SLAVE, _MS_NOSUID, _MS_NODEV = 0x1000, 0x4000, 0x80000, 0x2, 0x4
# Covered in our namespace: always there, open to every user, and nobody keeps an environment in it.
_STAGE = "/sys"


@dataclass(frozen=True, slots=True)
class Command:
    """One process to start: its words, the descriptors it inherits, and its standard streams."""

    argv: tuple[str, ...]
    pass_fds: tuple[int, ...]
    stdin: int
    stdout: int
    stderr: int


class Spawner:
    """Starts processes from one thread that lives as long as this process."""

    def __init__(self) -> None:
        """Make the thread at the first start, not now."""
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-spawner")
        self._private = False
        self._laid: dict[tuple[str, int, int], str] = {}

    def start(self, command: Command) -> subprocess.Popen[bytes]:
        """Start a process with an empty environment, which dies if this program dies."""
        return self._thread.submit(_popen, command).result()

    def reachable(self, folder: str) -> str:
        """Give a path under which an unprivileged user reaches this folder.

        Raises:
            OSError: We are root, but not allowed to mount.
        """
        if not must_drop():
            return folder
        seen = os.stat(folder)
        key = (folder, seen.st_dev, seen.st_ino)
        return self._laid.get(key) or self._thread.submit(self._lay, key).result()

    def _lay(self, key: tuple[str, int, int]) -> str:
        if key in self._laid:
            return self._laid[key]
        if not self._private:
            _enter_private_mounts()
            self._private = True
        place = f"{_STAGE}/{len(self._laid)}"
        os.makedirs(place, mode=0o755, exist_ok=True)
        _mount(key[0], place, None, _MS_BIND)
        self._laid[key] = place
        return place


def _popen(command: Command) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command.argv,
        env={},
        cwd="/",
        close_fds=True,
        pass_fds=command.pass_fds,
        stdin=command.stdin,
        stdout=command.stdout,
        stderr=command.stderr,
    )


def _enter_private_mounts() -> None:
    # Slave, not private: a disk that the user takes out must not stay held by us.
    if _libc().unshare(_CLONE_NEWNS):
        raise _os_error("a mount namespace")
    _mount(None, "/", None, _MS_REC | _MS_SLAVE)
    _mount("tmpfs", _STAGE, "tmpfs", _MS_NOSUID | _MS_NODEV)


def _mount(source: str | None, target: str, kind: str | None, flags: int) -> None:
    words = [None if word is None else os.fsencode(word) for word in (source, target, kind)]
    if _libc().mount(*words, ctypes.c_ulong(flags), None):
        raise _os_error(target)


def _os_error(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), what)


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


@functools.cache
def must_drop() -> bool:
    """Say whether we are root and have to become somebody else first.

    In a user namespace of one user (`unshare -r`, some containers) root is only that user under another name: there is
    nobody to become, and nothing of the real root's to lose.
    """
    if os.geteuid() != 0:
        return False
    with open("/proc/self/uid_map", encoding="ascii") as table:
        spans = [tuple(map(int, line.split())) for line in table]
    return any(first <= int(NOBODY) < first + count for first, _, count in spans)


@functools.cache
def spawner() -> Spawner:
    """Give the one spawner of this process."""
    return Spawner()


# A forked copy of this process has no spawner thread: it makes its own.
os.register_at_fork(after_in_child=spawner.cache_clear)
