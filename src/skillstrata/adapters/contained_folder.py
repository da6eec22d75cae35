"""A job's files in a private folder of the host: laid out before the run, collected after it, removed in the end.

In     SandboxJob, checked; the user the program will run as
Out    a folder with every file and root of the job in place; afterwards the plain files with sane names under the roots
Never  follows a link that a program made; collects while a process of the run is alive; leaves the folder behind
Why    the `contained` tier has no mounts: what the program may write is a folder like any other, and only its owner,
       its mode and Landlock guard it
"""

import contextlib
import fcntl
import os
import stat
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from skillstrata.adapters.contained_paths import Relocation
from skillstrata.adapters.sandbox_paths import TEMP
from skillstrata.records.failures import FileUnreadable, SandboxUnavailable
from skillstrata.records.sandbox_runs import MountedFile, SandboxJob

PREFIX = "strata-contained-"
_STALE_AFTER_S = 60.0
_CHUNK = 1 << 20
_SEARCHED_BY_GROUP, _OPEN_TO_READ, _OURS = 0o710, 0o755, 0o700
# The owner of a file alone may take it out of such a folder, though others may write in it.
_WRITTEN_BY_GROUP = 0o1770


@dataclass(frozen=True, slots=True)
class LaidOut:
    """A job on the disk. `read_only` names (device, inode) of the files that are not the program's to write."""

    top: str
    before: dict[str, bytes]
    read_only: frozenset[tuple[int, int]]


class PrivateFolder:
    """One folder for one run, locked while it is used; a context that makes and removes it."""

    def __init__(self, job: SandboxJob, user: int) -> None:
        """Take the job and the user the program runs as, or -1 for our own."""
        self._job = job
        self._user = user
        self._lock = -1
        self.top = ""

    def __enter__(self) -> LaidOut:
        """Make the folder and put the job's files in it.

        Raises:
            FileUnreadable: A source of the job cannot be read.
            SandboxUnavailable: There is no room for the folder.
        """
        try:
            self.top = tempfile.mkdtemp(prefix=PREFIX)
            self._lock = os.open(self.top, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            if self._user >= 0:
                os.chown(self.top, -1, self._user)
                os.chmod(self.top, _SEARCHED_BY_GROUP)
            return self._lay_out()
        except OSError as error:
            self._remove()
            raise SandboxUnavailable(
                f"no private temporary folder can be made: {error.strerror}",
                hint="free space there, or name another folder with TMPDIR",
            ) from error
        except BaseException:
            self._remove()
            raise

    def __exit__(self, *_: object) -> None:
        """Remove the folder with all that is in it."""
        self._remove()

    def _remove(self) -> None:
        if self.top:
            remove_tree(self.top)
        if self._lock >= 0:
            os.close(self._lock)
        self.top, self._lock = "", -1

    def _lay_out(self) -> LaidOut:
        for root in sorted({*self._job.roots, TEMP}, key=len):
            self._folder(root, writable=True)
        work_dir = Relocation(self._job, self.top).work_dir
        if work_dir.startswith(f"{self.top}/"):
            self._folder(self._job.work_dir, writable=False)
        before: dict[str, bytes] = {}
        read_only: set[tuple[int, int]] = set()
        for file in self._job.files:
            self._folder(os.path.dirname(file.path), writable=False)
            fd = self._new(file)
            with open(fd, "wb") as target:
                content = _fill(target.fileno(), file)
                if file.writable:
                    before[file.path] = content
                    os.utime(target.fileno(), ns=(0, 0))
                else:
                    seen = os.fstat(target.fileno())
                    read_only.add((seen.st_dev, seen.st_ino))
        return LaidOut(self.top, before, frozenset(read_only))

    def _new(self, file: MountedFile) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(self.top + file.path, flags, 0o600)
        if file.writable and self._user >= 0:
            os.fchown(fd, self._user, self._user)
        os.fchmod(fd, 0o644 if file.writable else 0o444)
        return fd

    def _folder(self, path: str, *, writable: bool) -> None:
        """Make a folder and those above it; below a root they are as writable as the root."""
        missing: list[str] = []
        while path != "/" and not os.path.isdir(self.top + path):
            missing.append(path)
            path = os.path.dirname(path)
        for one in reversed(missing):
            os.mkdir(self.top + one)
            in_root = any(one.startswith(f"{root}/") for root in self._job.roots)
            ours = not (in_root or (writable and one == missing[0]))
            if self._user >= 0 and not ours:
                os.chown(self.top + one, -1, self._user)
            os.chmod(self.top + one, _OPEN_TO_READ if ours else _OURS if self._user < 0 else _WRITTEN_BY_GROUP)


def _fill(target: int, file: MountedFile) -> bytes:
    """Write the content of a file; give it where it is needed afterwards."""
    if file.data is not None:
        _write(target, file.data)
        return file.data
    source = open_plain(file.source)
    kept = bytearray()
    with open(source, "rb", buffering=0) as reader:
        while part := reader.read(_CHUNK):
            _write(target, part)
            if file.writable:
                kept += part
    return bytes(kept)


def _write(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def open_plain(path: str) -> int:
    """Open a regular file that is not a link.

    Raises:
        FileUnreadable: It is something else, or cannot be read.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise FileUnreadable(f"cannot read {path!r}: {error.strerror}", hint="give a file you may read") from error
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise FileUnreadable(f"{path!r} is not a regular file", hint="give a plain file, not a link or a device")
    return fd


def opened(name: str, flags: int, mode: int, parent: int | None = None) -> int:
    """Open an entry of a folder; one that its maker locked even its owner out of gets this mode first.

    Raises:
        OSError: It is not there or not of the kind that the flags ask for; a link is never followed.
    """
    flags |= os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        return os.open(name, flags, dir_fd=parent)
    except PermissionError:
        if not hasattr(os, "O_PATH"):
            os.chmod(name, mode, dir_fd=parent, follow_symlinks=False)
            return os.open(name, flags, dir_fd=parent)
        # By descriptor: a name could be turned into a link to a file of the user's meanwhile.
        held = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
        try:
            if not stat.S_ISLNK(os.fstat(held).st_mode):
                os.chmod(f"/proc/self/fd/{held}", mode)
        finally:
            os.close(held)
        return os.open(name, flags, dir_fd=parent)


def remove_tree(top: str) -> None:
    """Remove a folder whatever a program made of it: folders too deep to walk are first moved up.

    The processes that wrote in it are dead.
    """
    with contextlib.suppress(FileNotFoundError):
        _open_up(top)
        moved = 0
        waiting = [top]
        while waiting:
            folder = waiting.pop()
            with os.scandir(folder) as found:
                entries = list(found)
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    _open_up(entry.path)
                    moved += 1
                    # Straight under the top, under a name that no program has given.
                    place = f"{top}/{PREFIX}{moved}-{os.urandom(8).hex()}"
                    os.rename(entry.path, place)
                    waiting.append(place)
                else:
                    os.unlink(entry.path)
            if folder != top:
                os.rmdir(folder)
        os.rmdir(top)


def _open_up(folder: str) -> None:
    if stat.S_IMODE(os.lstat(folder).st_mode) & _OURS != _OURS:
        os.chmod(folder, _OURS)


def remove_stale() -> None:
    """Remove the folders of runs whose program was killed: nobody holds their lock any more."""
    oldest = time.time() - _STALE_AFTER_S
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            seen = path.lstat()
            if seen.st_uid == os.geteuid() and stat.S_ISDIR(seen.st_mode) and seen.st_mtime < oldest:
                fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
                try:
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    remove_tree(str(path))
                finally:
                    os.close(fd)
