"""Files that are whole or not there: written beside their place, synced, then renamed into it.

In     a path and all of its bytes
Out    the file with exactly these bytes, durable when the call returns
Never  leaves half a file under the final name; follows a link that lies under the temporary name
Why    a rewrite in place was torn in 60 of 60 kills; this form in none
"""

import contextlib
import errno
import os
import re
import secrets
from collections.abc import Generator
from pathlib import Path

from skillstrata.records.failures import StoreFull

STALE_AFTER_S = 3600.0
_TMP_SUFFIX = ".tmp"
_OURS = re.compile(r"\.[0-9a-f]{24}\.tmp")
_UNWRITABLE = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EROFS,
        errno.EACCES,
        errno.EPERM,
        errno.EIO,
        errno.ENOTDIR,
        errno.EISDIR,
    }
)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextlib.contextmanager
def storing(path: Path) -> Generator[None]:
    """Turn the operating system's refusal to write at `path` into StoreFull; other faults pass through.

    Raises:
        StoreFull: The disk is full, read-only or not ours to write to.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        hint = f"free space on the disk of {path.parent}" if error.errno in _FULL else f"make {path.parent} writable"
        raise StoreFull(
            f"cannot write {path}: {error.strerror}", hint=f"{hint}, then run the command again; nothing is lost"
        ) from error


def make_folder(folder: Path, mode: int = 0o700) -> None:
    """Make a folder and its parents, so that they are there after a power failure too."""
    if folder.is_dir():
        # Its maker may have been killed, or be about to sync: what is put in it is safe only if its name is.
        with contextlib.suppress(PermissionError):
            sync_folder(folder.parent)
        return
    make_folder(folder.parent, mode)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=mode)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_atomic(path: Path, data: bytes, mode: int | None = 0o600) -> None:
    """Write a file whole and durably, replacing what was there.

    Args:
        path: The file; its folder must exist.
        data: All of its bytes.
        mode: Its permissions; None leaves them to the process's umask.

    Raises:
        OSError: Nothing under `path` has changed.
    """
    try:
        _replace(path, data, mode)
    except FileNotFoundError:
        # A sweep whose clock had jumped took the temporary file for an old one. A missing folder fails again.
        _replace(path, data, mode)
    sync_folder(path.parent)


def write_new(path: Path, data: bytes, mode: int | None = 0o600) -> None:
    """Write a file whole and durably where nothing is yet.

    Raises:
        FileExistsError: Something is there; it has not changed.
        OSError: Nothing is there.
    """
    with _written_beside(path, data, mode) as tmp:
        # A hard link refuses an existing name in one step; a rename would replace it.
        os.link(tmp, path)
        tmp.unlink()
    sync_folder(path.parent)


def sweep_stale(root: Path, now_s: float) -> int:
    """Remove temporary files that a killed process left under `root` more than an hour ago; give how many."""
    return sum(_removed(tmp, now_s) for tmp in root.rglob(f".*{_TMP_SUFFIX}"))


def sweep_beside(folder: Path, now_s: float) -> int:
    """Do the same in a folder of the user, not below it, and only where the name is one that we make."""
    return sum(_removed(tmp, now_s) for tmp in folder.glob(f".*{_TMP_SUFFIX}") if _OURS.fullmatch(tmp.name))


def _removed(tmp: Path, now_s: float) -> bool:
    with contextlib.suppress(FileNotFoundError):
        if tmp.is_file() and now_s - tmp.lstat().st_mtime > STALE_AFTER_S:
            tmp.unlink()
            return True
    return False


def _replace(path: Path, data: bytes, mode: int | None) -> None:
    with _written_beside(path, data, mode) as tmp:
        tmp.replace(path)


@contextlib.contextmanager
def _written_beside(path: Path, data: bytes, mode: int | None) -> Generator[Path]:
    # A name of its own: a name made from a long target would pass the file system's limit.
    tmp = path.parent / f".{secrets.token_hex(12)}{_TMP_SUFFIX}"
    fd = os.open(tmp, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666 if mode is None else mode)
    try:
        try:
            write_all(fd, data)
            if mode is not None:
                os.fchmod(fd, mode)
            os.fsync(fd)
        finally:
            os.close(fd)
        yield tmp
    except BaseException:
        tmp.unlink(missing_ok=True)
        raise


def write_all(fd: int, data: bytes) -> None:
    """Write every byte; one `write` may take fewer than it was given."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]
