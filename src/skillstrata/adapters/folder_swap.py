"""Put a whole folder in the place of another one in one step.

In     a finished folder, and the place it is for, on the same file system
Out    the new folder in that place; the old one is gone
Never  leaves the place empty where the system can exchange two names at once (Linux); elsewhere a kill between two
       renames can, and `recover` puts the old one back
"""

import ctypes
import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from skillstrata.adapters.atomic_files import sync_folder

_AT_FDCWD = -100
_EXCHANGE = 2
NEW, OLD = ".skillstrata-new-", ".skillstrata-old-"


def beside(target: Path) -> Path:
    """Name a folder beside a place, in which what is to come there is made ready."""
    return target.parent / f"{NEW}{secrets.token_hex(8)}-{target.name}"


def _any(_old: Path) -> bool:
    return True


def put_folder(made: Path, target: Path, fits: Callable[[Path], bool] = _any) -> bool:
    """Put a folder in its place, and remove what was there.

    Args:
        made: The folder, ready.
        target: Its place.
        fits: Asked about what was there once it is out of its place, where nobody finds it to change it; where it
            says no, that comes back.

    Returns:
        Whether it is there.

    Raises:
        OSError: Nothing has changed.
    """
    if not os.path.lexists(target):
        made.rename(target)
    elif _exchanged(made, target):
        if not fits(made):
            if not _exchanged(made, target):
                made.rename(target)
            sync_folder(target.parent)
            return False
        sync_folder(target.parent)
        shutil.rmtree(made)
        return True
    else:
        aside = _aside(target)
        target.rename(aside)
        try:
            if not fits(aside):
                aside.rename(target)
                return False
            made.rename(target)
        except OSError:
            aside.rename(target)
            raise
        sync_folder(target.parent)
        shutil.rmtree(aside)
    sync_folder(target.parent)
    return True


def take_folder(target: Path, fits: Callable[[Path], bool] = _any) -> bool:
    """Remove a folder: out of its place in one step, then off the disk; `fits` is asked as in `put_folder`."""
    aside = _aside(target)
    try:
        target.rename(aside)
    except FileNotFoundError:
        return True
    if not fits(aside):
        aside.rename(target)
        return False
    # Under this name it is removed by `recover`, under the other one put back.
    gone = beside(target)
    aside.rename(gone)
    sync_folder(target.parent)
    shutil.rmtree(gone)
    return True


def _aside(target: Path) -> Path:
    return target.parent / f"{OLD}{secrets.token_hex(8)}-{target.name}"


def recover(parent: Path) -> None:
    """Put back what a killed exchange moved aside, and remove what was only being made. Nobody may write meanwhile."""
    prefix = len(OLD) + 16 + 1
    for left in parent.glob(f"{OLD}*"):
        place = parent / left.name[prefix:]
        if os.path.lexists(place):
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.rename(place)
    for left in parent.glob(f"{NEW}*"):
        shutil.rmtree(left, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    try:
        exchange = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    return exchange(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE) == 0
