"""A folder for the length of a with-block, and none left of those whose processes were killed.

In     nothing
Out    an empty folder that only its owner may enter
Never  removes a folder that a living process holds
Why    a lock on a folder ends with its process, whatever ended it; its age says nothing
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

_PREFIX = "skillstrata-git-"


@contextlib.contextmanager
def scratch_folder() -> Generator[Path]:
    """Give a folder, and remove it; those that killed processes left are removed first."""
    place = Path(tempfile.gettempdir())
    for left in place.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError), _held(left):
            shutil.rmtree(left, ignore_errors=True)
    with contextlib.ExitStack() as stack:
        yield _made(stack)


def _made(stack: contextlib.ExitStack) -> Path:
    """Make a folder and hold it; one that was swept in between is made again."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        with contextlib.suppress(OSError):
            stack.enter_context(_held(folder))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            return folder


@contextlib.contextmanager
def _held(folder: Path) -> Generator[None]:
    """Hold a folder of ours; raises OSError where another process does, it is a link, or it is gone."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        seen, there = os.fstat(fd), os.lstat(folder)
        if (seen.st_dev, seen.st_ino) != (there.st_dev, there.st_ino) or seen.st_uid != os.getuid():
            raise FileNotFoundError(folder)
        yield
    finally:
        os.close(fd)
