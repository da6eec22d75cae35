"""Folders of skills, watched: the folders themselves and those directly below that a skill could lie in.

In     roots that exist
Out    whether something changed in one of them
Never  follows a link to more than the one folder of a skill; watches more folders than a cap
Why    the system's own recursion follows links: one link to `/` in a skill would have the whole machine watched. What
       is not watched is found by the look that follows each wait
"""

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from skillstrata.adapters.file_watch import WatchedFolders

MOST_FOLDERS = 16_384
_MOST_DEPTH = 5
_SKIPPED = frozenset({"node_modules", "__pycache__", "synced"})
# Within this time a second change may leave the same time on a folder.
_TICK_NS = 50_000_000


class WatchedSkillFolders:
    """Fulfils the FileWatch port."""

    def __init__(self, roots: tuple[Path, ...], *, step_s: float, look_s: float) -> None:
        """Begin to watch.

        Args:
            roots: Folders of skills, of commands, or single skills.
            step_s: Seconds of quiet after which changes are told.
            look_s: Seconds between looks where the system cannot tell of changes.

        Raises:
            FileNotFoundError: A folder is not there.
        """
        self._roots = roots
        self._step_s, self._look_s = step_s, look_s
        self._listed = _Listed(roots)
        self._watch = self._open()

    def wait(self, timeout_s: float, interrupted: Callable[[], bool]) -> bool:
        """Wait for something new: True for that, False for the time's end or an interruption."""
        if self._listed.is_stale():
            listed = _Listed(self._roots)
            is_other, self._listed = listed.marks != self._listed.marks, listed
            if is_other:
                self._watch.close()
                self._watch = self._open()
                # What came into a new folder before it was watched is told here.
                return True
        return self._watch.wait(timeout_s, interrupted)

    def close(self) -> None:
        """Stop watching."""
        self._watch.close()

    def _open(self) -> WatchedFolders:
        return WatchedFolders(self._listed.folders, step_s=self._step_s, look_s=self._look_s, removals=True)


class _Listed:
    """The folders below some roots, ring by ring. A skill is not gone into, nor is a link."""

    def __init__(self, roots: tuple[Path, ...]) -> None:
        self._times: dict[str, int] = {}
        found = dict.fromkeys(str(root) for root in roots)
        ring = list(found)
        for _ in range(_MOST_DEPTH):
            following: list[str] = []
            for folder in ring:
                for path, goes_on in self._below(folder, MOST_FOLDERS + len(roots) - len(found)):
                    found[path] = None
                    following += [path] if goes_on else []
            ring = following
        self.folders = tuple(Path(path) for path in found)
        # The system watches a folder and not its name: another one of the same name is watched anew.
        self.marks = tuple((path, *_number(path)) for path in found)

    def is_stale(self) -> bool:
        """Say whether a folder that was gone into has changed."""
        return any(_changed_at(folder) != at for folder, at in self._times.items())

    def _below(self, folder: str, most: int) -> list[tuple[str, bool]]:
        self._times[folder] = _changed_at(folder)
        try:
            with os.scandir(folder) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError:
            return []
        if _has_page(entry.name for entry in entries):
            return []
        found: list[tuple[str, bool]] = []
        for entry in entries:
            if len(found) >= most:
                break
            if entry.name[0] == "." or entry.name in _SKIPPED or not _is_folder(entry):
                continue
            is_skill = _holds_page(entry.path)
            if is_skill or not entry.is_symlink():
                found.append((entry.path, not is_skill))
        return found


def _number(path: str) -> tuple[int, int]:
    try:
        seen = os.stat(path)
    except OSError:
        return (0, 0)
    return (seen.st_dev, seen.st_ino)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _holds_page(folder: str) -> bool:
    if os.path.exists(f"{folder}/SKILL.md"):
        return True
    try:
        return _has_page(os.listdir(folder))
    except OSError:
        return False


def _has_page(names: Iterable[str]) -> bool:
    return any(name.lower() == "skill.md" for name in names)


def _changed_at(folder: str) -> int:
    """Give when a folder changed; -1 where that may not be its last change at this time."""
    try:
        at = os.stat(folder).st_mtime_ns
    except OSError:
        return 0
    return -1 if 0 <= time.time_ns() - at < _TICK_NS else at
