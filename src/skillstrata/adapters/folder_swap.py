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
from pathlib import Path

from skillstrata.adapters.atomic_files import sync_folder

_AT_FDCWD = -100
_EXCHANGE = 2
NEW, OLD = ".skillstrata-new-", ".skillstrata-old-"


def beside(target: Path) -> Path:
    """Name a folder beside a place, in which what is to come there is made ready."""
    return target.parent / f"{NEW}{secrets.token_hex(8)}-{target.name}"


def put_folder(made: Path, target: Path) -> None:
    """Put a folder in its place, and remove what was there.

    Raises:
        OSError: Nothing has changed.
    """
    if not os.path.lexists(target):
        made.rename(target)
    elif _exchanged(made, target):
        sync_folder(target.parent)
        shutil.rmtree(made)
        return
    else:
        aside = target.parent / f"{OLD}{secrets.token_hex(8)}-{target.name}"
        target.rename(aside)
        try:
            made.rename(target)
        except OSError:
            aside.rename(target)
            raise
        sync_folder(target.parent)
        shutil.rmtree(aside)
    sync_folder(target.parent)


def take_folder(target: Path) -> None:
    """Remove a folder: out of its place in one step, then off the disk."""
    aside = target.parent / f"{NEW}{secrets.token_hex(8)}-{target.name}"
    try:
        target.rename(aside)
    except FileNotFoundError:
        return
    sync_folder(target.parent)
    shutil.rmtree(aside)


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
