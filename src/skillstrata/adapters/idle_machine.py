"""The Machine port on what the operating system tells without asking anybody.

Never  starts a program; fails where a figure is not to be had
"""

import contextlib
import os
import time
from pathlib import Path

from skillstrata.adapters import process_priority

_ENOUGH = 1 << 62


class ThisMachine:
    """Fulfils the Machine port."""

    def load_per_core(self) -> float:
        """Give the load of the last minute for each core; 0.0 where the system does not tell."""
        try:
            load = os.getloadavg()[0]
        except OSError:
            return 0.0
        return load / (os.cpu_count() or 1)

    def steady_s(self) -> float:
        """Give seconds of a clock that nobody sets."""
        return time.monotonic()

    def free_bytes(self, folder: str) -> int:
        """Give the room that we may use on the disk of a folder or of the nearest one above it."""
        for place in (Path(folder), *Path(folder).parents):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                return _free(place)
        return _ENOUGH

    def stand_back(self, nice: int) -> None:
        """Lower this process to a nice value and to the idle class of its disk."""
        process_priority.stand_back(nice)


def _free(place: Path) -> int:
    try:
        room = os.statvfs(place)
    except PermissionError:
        return _ENOUGH
    return room.f_bavail * room.f_frsize
