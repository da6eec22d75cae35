"""What is kept of environments and their layers, and its collection by last use.

In     the folder of environments
Out    EnvironmentStock, Collection
Never  takes what was used within the last day, or what another process builds or begins to use at this moment
Why    a folder is renamed away before it is deleted, so that whoever asks for it at that moment has it whole or not at
       all, and builds it anew
"""

import contextlib
import os
import re
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from skillstrata.adapters.environment_folders import leftovers, remove, take_away
from skillstrata.ports.environments import DAY_S, KEPT_UNUSED_S
from skillstrata.records.environments import Collection, EnvironmentStock, KeptEnvironment

COMPLETE = "COMPLETE"
LOCK_FILE = "requirements.lock"
LAYERS = ".layers"
_COLLECTED = ".collected"
_KEY = re.compile(r"[0-9a-f]{32}")
_PIN = re.compile(r"^([\w.+!\[\],-]+==[\w.+!-]+)", re.MULTILINE)
_Inode = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Folder:
    """One environment or layer, the size of its files by inode."""

    path: Path
    last_used_s: float
    files: dict[_Inode, tuple[int, int]]

    @property
    def is_layer(self) -> bool:
        return self.path.parent.name == LAYERS


def stock(root: Path) -> EnvironmentStock:
    """List what is kept, the longest unused first."""
    folders = _folders(root)
    environments = tuple(_kept(folder) for folder in folders if not folder.is_layer)
    return EnvironmentStock(environments, len(folders) - len(environments), _Shares(folders).disk_bytes)


def collect(root: Path, *, unused_for_s: float, most_bytes: int | None, dry_run: bool) -> Collection:
    """Remove what nobody used for so long, then, the longest unused first, what is beyond a size."""
    now = time.time()
    folders = _folders(root)
    shares = _Shares(folders)
    gone: list[KeptEnvironment] = []
    freed = layers = 0
    for folder in folders:
        too_much = most_bytes is not None and shares.disk_bytes > most_bytes
        oldest = now - DAY_S if too_much else now - max(unused_for_s, DAY_S)
        kept = None if folder.is_layer else _kept(folder)
        if folder.last_used_s > oldest or not (dry_run or _taken(folder, oldest)):
            continue
        freed += shares.without(folder)
        if kept is None:
            layers += 1
        else:
            gone.append(kept)
    old = [*leftovers(root), *leftovers(root / LAYERS)]
    if not dry_run:
        for left in old:
            remove(left)
        _drop_lock_files(root, oldest=now - max(unused_for_s, DAY_S))
    return Collection(tuple(gone), layers, len(old), freed, dry_run)


def collect_daily(
    root: Path, *, unused_for_s: float = KEPT_UNUSED_S, most_bytes: int | None = None
) -> Collection | None:
    """Collect once a day; None where it was done, or there is nothing to look at."""
    mark = root / _COLLECTED
    try:
        if time.time() - mark.stat().st_mtime < DAY_S:
            return None
    except OSError:
        if not root.is_dir():
            return None
    try:
        mark.touch()
        return collect(root, unused_for_s=unused_for_s, most_bytes=most_bytes, dry_run=False)
    except OSError:
        # Housekeeping never stops the work it comes after.
        return None


class _Shares:
    """How many folders hold each file: its room is free when the last of them goes."""

    def __init__(self, folders: Iterable[_Folder]) -> None:
        self._holders: Counter[_Inode] = Counter()
        sizes: dict[_Inode, int] = {}
        for folder in folders:
            self._holders.update(folder.files.keys())
            sizes |= {inode: room for inode, (_, room) in folder.files.items()}
        self.disk_bytes = sum(sizes.values())

    def without(self, folder: _Folder) -> int:
        """Take one folder out of the account and give how much room that frees."""
        freed = 0
        for inode, (_, room) in folder.files.items():
            self._holders[inode] -= 1
            freed += room if not self._holders[inode] else 0
        self.disk_bytes -= freed
        return freed


def _folders(root: Path) -> list[_Folder]:
    found: list[_Folder] = []
    for path in (*root.glob("*"), *(root / LAYERS).glob("*")):
        # One that goes away meanwhile is no longer kept.
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            if _KEY.fullmatch(path.name):
                found.append(_Folder(path, path.stat().st_mtime, _files(path)))
    return sorted(found, key=lambda folder: (folder.last_used_s, folder.path))


def _files(folder: Path) -> dict[_Inode, tuple[int, int]]:
    """Give each file's length and its room on the disk."""
    found: dict[_Inode, tuple[int, int]] = {}
    for where, folders, names in os.walk(folder):
        for name in (*folders, *names):
            state = os.lstat(f"{where}/{name}")
            length = 0 if name in folders else state.st_size
            found[(state.st_dev, state.st_ino)] = (length, state.st_blocks * 512)
    return found


def _kept(folder: _Folder) -> KeptEnvironment:
    try:
        text = (folder.path / LOCK_FILE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = ""
    return KeptEnvironment(
        key=folder.path.name,
        requirements=tuple(_PIN.findall(text)),
        size_bytes=sum(length for length, _ in folder.files.values()),
        last_used_s=folder.last_used_s,
        complete=(folder.path / COMPLETE).is_file(),
    )


def _taken(folder: _Folder, oldest: float) -> bool:
    if folder.is_layer:
        return take_away(folder.path, unused_since=oldest)
    try:
        with FileLock(folder.path.parent / f".{folder.path.name}.lock", timeout=0, mode=0o600):
            return take_away(folder.path, unused_since=oldest)
    except Timeout:
        return False


def _drop_lock_files(root: Path, *, oldest: float) -> None:
    """Remove the lock files of environments that are gone; nobody has opened those for as long."""
    for path in root.glob(".*.lock"):
        with contextlib.suppress(OSError, Timeout):
            if path.stat().st_mtime < oldest and not (root / path.name[1:].removesuffix(".lock")).exists():
                with FileLock(path, timeout=0, mode=0o600):
                    path.unlink()
