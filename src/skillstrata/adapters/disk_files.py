"""Single files of the user: read as they are, written whole.

In     a path as a program or a person named it
Out    its bytes, or the file with exactly these bytes
Never  opens what is not a regular file for longer than it takes to see that; replaces a file unless told
"""

import errno
import fnmatch
import itertools
import os
import stat
from pathlib import Path

from skillstrata.adapters.atomic_files import storing, write_atomic, write_new
from skillstrata.records.failures import FileUnreadable, OutputExists

_REASONS = {
    errno.ENOENT: "missing",
    errno.ENOTDIR: "missing",
    errno.ENAMETOOLONG: "missing",
    errno.ELOOP: "not_a_file",
    errno.ENXIO: "not_a_file",
}


# A folder of more names is not searched to its end: a capture must not wait for it.
_MOST_NAMES = 2000


class DiskFiles:
    """Fulfils the Disk port on this machine's file system."""

    def read(self, path: str, *, max_bytes: int, nofollow: bool = False) -> bytes:
        """Give a regular file's bytes.

        Args:
            path: The file; `~` is not expanded.
            max_bytes: The most it may hold.
            nofollow: Refuse a symbolic link at the last step.

        Raises:
            FileUnreadable: With the word for why in `reason`.
        """
        # Without O_NONBLOCK, opening a named pipe would wait for a writer for ever.
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | (os.O_NOFOLLOW if nofollow else 0)
        try:
            fd = os.open(path, flags)
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from error
        try:
            return _whole(fd, path, max_bytes)
        except OSError as error:
            raise _unreadable(path, error) from error
        finally:
            os.close(fd)

    def write(self, path: str, data: bytes, *, replace: bool = False, private: bool = False) -> None:
        """Write a file atomically; its folder is made if need be.

        Args:
            path: The file.
            data: All of its bytes.
            replace: Put it in the place of one that is there.
            private: For its owner alone; else with the permissions of the one it replaces, or those of new files here.

        Raises:
            OutputExists: Something is there and `replace` is False.
            StoreFull: The disk is full or not writable; what was there is unharmed.
        """
        target = Path(path)
        with storing(target):
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                if replace:
                    write_atomic(target, data, mode=0o600 if private else _mode_of(target))
                else:
                    write_new(target, data, mode=0o600 if private else None)
            except FileExistsError as error:
                raise OutputExists(
                    f"{path} is there already", hint="choose another name or folder, or allow overwriting with --force"
                ) from error

    def exists(self, path: str) -> bool:
        """Say whether something is at this path, a dangling link included."""
        try:
            os.lstat(path)
        except (OSError, ValueError):
            return False
        return True

    def matching(self, pattern: str, *, most: int) -> tuple[str, ...]:
        """Give the first regular files that a pattern stands for; none for a folder that cannot be read."""
        folder, _, last = pattern.rpartition("/")
        try:
            with os.scandir(folder or "/") as entries:
                seen = [e for e in itertools.islice(entries, _MOST_NAMES) if not e.name.startswith(".")]
            names = sorted(e.name for e in seen if fnmatch.fnmatchcase(e.name, last) and e.is_file())
        except (OSError, ValueError):
            return ()
        return tuple(f"{folder}/{name}" for name in names[:most])

    def blocked_by(self, folder: str) -> str:
        """Give the path that keeps this from being a folder: a file, or a link to nothing, at it or above it."""
        path = Path(folder).absolute()
        for place in (path, *path.parents):
            if self.exists(str(place)):
                return "" if place.is_dir() else str(place)
        return ""


def _whole(fd: int, path: str, max_bytes: int) -> bytes:
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        raise FileUnreadable(
            f"{path} is not a regular file", hint="name a file, not a folder or device", reason="not_a_file"
        )
    # A file may grow while it is read: one byte over the cap is enough to know.
    with os.fdopen(fd, "rb", closefd=False) as stream:
        read = stream.read(max_bytes + 1)
    if len(read) > max_bytes:
        raise FileUnreadable(
            f"{path} has {max(status.st_size, len(read))} bytes, more than {max_bytes}",
            hint="use a smaller file",
            reason="too_large",
        )
    return read


def _unreadable(path: str, error: OSError | ValueError) -> FileUnreadable:
    number = error.errno if isinstance(error, OSError) else errno.ENOENT
    said = error.strerror if isinstance(error, OSError) else str(error)
    hint = "check the path and its permissions"
    return FileUnreadable(
        f"cannot read {path!r}: {said}", hint=hint, reason=_REASONS.get(number or errno.EIO, "unreadable")
    )


def _mode_of(path: Path) -> int | None:
    try:
        return stat.S_IMODE(path.lstat().st_mode) if not path.is_symlink() else None
    except OSError:
        return None
