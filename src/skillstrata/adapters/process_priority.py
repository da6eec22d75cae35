"""Stand back behind everything else: the scheduler's nice value, and the idle class of the disk on Linux.

In     a nice value
Out    this process and what it starts get what others leave
Never  raises a priority; fails where the system refuses
"""

import contextlib
import ctypes
import os
import platform
import sys

_IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
_WHO_PROCESS, _CLASS_IDLE, _CLASS_SHIFT = 1, 3, 13


def stand_back(nice: int) -> None:
    """Lower this process to `nice` and to the idle class."""
    with contextlib.suppress(OSError):
        # A process cannot raise itself again: only the missing steps are taken.
        os.nice(max(0, nice - os.nice(0)))
    number = _IOPRIO_SET.get(platform.machine())
    if sys.platform == "linux" and number is not None and nice > 0:
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).syscall(number, _WHO_PROCESS, 0, _CLASS_IDLE << _CLASS_SHIFT)
