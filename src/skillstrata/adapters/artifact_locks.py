"""One process at a time changes the artefacts of a folder.

In     folders
Out    the folders themselves locked, for the length of a with-block
Never  leaves a lock file in a folder of the user; holds a lock longer than its process lives
"""

import contextlib
import errno
import fcntl
import os
import threading
import time
from collections.abc import Generator, Iterable
from pathlib import Path

from skillstrata.records.learned_faults import ArtifactsBusy

_TRY_AGAIN_S = 0.02


@contextlib.contextmanager
def locked(folders: Iterable[Path], *, wait_s: float) -> Generator[None]:
    """Hold the locks of these folders, taken in one order so that two processes cannot wait for each other.

    Raises:
        ArtifactsBusy: Another process holds one for longer than `wait_s`.
    """
    with contextlib.ExitStack() as held:
        until = time.monotonic() + wait_s
        for folder in sorted({Path(os.path.realpath(each)) for each in folders}):
            fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            held.callback(os.close, fd)
            _lock(fd, folder, until)
        yield


def _lock(fd: int, folder: Path, until: float) -> None:
    pause = threading.Event()
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in {errno.EWOULDBLOCK, errno.EACCES}:
                raise
        else:
            return
        if time.monotonic() >= until:
            raise ArtifactsBusy(
                f"another process changes the artefacts in {folder}", hint="wait for it to end and try again"
            )
        pause.wait(_TRY_AGAIN_S)
