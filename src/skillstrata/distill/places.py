"""Resolve paths of a session as text: folders, home, Windows spellings; the disk is never asked.

In     a path as an agent wrote it and the folder it was meant from
Out    an absolute path with forward slashes, or the cleaned relative one where the folder is not known
"""

import posixpath
import re

_DRIVE = re.compile(r"([A-Za-z]):[\\/]")
_SHELL_DRIVE = re.compile(r"/([A-Za-z])(?=/|$)")
_HOME = re.compile(r"(/home/[^/]+|/Users/[^/]+|/root(?=/|$)|[A-Z]:/Users/[^/]+)")


def absolute(path: str, folder: str) -> str:
    """Give the absolute place of a path.

    Args:
        path: As written: absolute, relative, `~/…`, with either slash.
        folder: The folder it was meant from, "" where unknown.
    """
    windows = bool(_DRIVE.match(folder)) or bool(_DRIVE.match(path))
    if windows:
        path, folder = _windows(path), _windows(folder)
    if path == "~" or path.startswith("~/"):
        home = home_of(folder)
        path = home + path[1:] if home else path
    if not path.startswith("/") and not _DRIVE.match(path) and not path.startswith("~") and folder:
        path = folder.rstrip("/") + "/" + path
    return re.sub(r"^//+", "/", posixpath.normpath(path)) if path else ""


def home_of(folder: str) -> str | None:
    """Give the home folder that a place of the session lies in, None where it lies in no home."""
    match = _HOME.match(_windows(folder) if _DRIVE.match(folder) else folder)
    return match.group(1) if match else None


def follow(folders: tuple[str | None, ...], start: str) -> str | None:
    """Apply `cd` targets in order. None when one of them is not known."""
    place = start
    for target in folders:
        if target is None:
            return None
        place = absolute(target, place)
    return place


def _windows(path: str) -> str:
    path = path.replace("\\", "/")
    path = _SHELL_DRIVE.sub(lambda m: f"{m.group(1).upper()}:", path, count=1) if _SHELL_DRIVE.match(path) else path
    return path[:1].upper() + path[1:] if _DRIVE.match(path) else path
