"""Become another program that ends when the process that started this one ends.

In     the number of that process, a program and its arguments
Never  returns; imports anything but the standard library: it is run by its path
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, words: list[str]) -> None:
    """Ask the system for the signal, and become the program."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # It may have ended before we asked.
    if os.getppid() == parent:
        os.execv(words[0], words)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
