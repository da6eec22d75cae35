"""What environments and layers share as folders: read-only, removed, written through to the disk, last used.

In     folders
Out    the same folders, changed as each name says
Never  follows a symbolic link
"""

import contextlib
import ctypes
import errno
import fcntl
import os
import secrets
import shutil
import stat
import time
from pathlib import Path

BUILDING = ".building-"
REMOVING = ".removing-"
_TOUCHED_EVERY_S = 3600.0
_STALE_AFTER_S = 3600.0


def make_read_only(folder: Path) -> None:
    """Take the right to write from a folder and everything in it."""
    for where, _, files in os.walk(folder, topdown=False):
        for name in files:
            path = Path(where, name)
            if not path.is_symlink():
                path.chmod(0o555 if path.stat().st_mode & stat.S_IXUSR else 0o444)
        Path(where).chmod(0o555)


def remove(folder: Path) -> None:
    """Remove a folder, read-only as it may be; one that is not there is fine."""
    if not folder.exists():
        return
    # Another process may be removing it too.
    with contextlib.suppress(FileNotFoundError):
        folder.chmod(0o700)
        for where, folders, _ in os.walk(folder):
            for name in folders:
                path = Path(where, name)
                if not path.is_symlink():
                    path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def aside(root: Path, prefix: str) -> Path:
    """Name a folder beside the others that nobody takes for one of them."""
    return root / f"{prefix}{secrets.token_hex(8)}"


def leftovers(root: Path) -> list[Path]:
    """Find what killed builders and collectors left: older than an hour, nobody works there any more."""
    oldest = time.time() - _STALE_AFTER_S
    found = [*root.glob(f"{BUILDING}*"), *root.glob(f"{REMOVING}*")]
    return [left for left in found if left.lstat().st_mtime < oldest]


def write_through(folder: Path) -> None:
    """Have everything of the folder's file system on the disk when this returns.

    Raises:
        OSError: The disk could not take it.
    """
    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None:
        os.sync()
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if syncfs(descriptor) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), str(folder))
    finally:
        os.close(descriptor)


def still_there(folder: Path, mark: str) -> bool:
    """Say whether a whole folder is there, and note that it is used now: its own modification time says when.

    What was noted within the hour is not noted again: nobody takes away what was used within a day. Else the note is
    made under a lock that a collector respects, so that it is either in time or finds the folder gone.
    """
    try:
        os.stat(folder / mark)
        if time.time() - folder.stat().st_mtime < _TOUCHED_EVERY_S:
            return True
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        # On a read-only medium nothing is collected either.
        with contextlib.suppress(OSError):
            os.utime(descriptor)
        return os.path.samestat(os.fstat(descriptor), folder.stat())
    except FileNotFoundError:
        return False
    finally:
        os.close(descriptor)


def take_away(folder: Path, *, unused_since: float) -> bool:
    """Remove a folder that nobody used since then; False where somebody did after all.

    It is renamed first, so that others see either all of it or nothing.
    """
    gone = aside(folder.parent, REMOVING)
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_mtime > unused_since:
            return False
        folder.rename(gone)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.ENOENT):
            return False
        raise
    finally:
        os.close(descriptor)
    remove(gone)
    return True
