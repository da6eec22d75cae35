"""The hand-over folder, spool/{tmp,new,quarantine}: the hook renames into new/, ingest takes out.

In     regular files under new/, whatever their names; what is no regular file is only named
Out    their bytes, oldest first; taken out only by `done` or `quarantine`
Never  follows a link, deletes what was not stored, reads a file over the cap
"""

import contextlib
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from skillstrata.adapters.atomic_files import STALE_AFTER_S, make_folder, storing, write_atomic
from skillstrata.adapters.spool_removal import files_of, remove_older
from skillstrata.ports.spool import SpoolItem

MAX_BYTES = 16_000_000


# In this order: who finds the last one finds all of them.
SPOOL_PARTS = ("tmp", "quarantine", "new")


def make_spool(spool: Path) -> None:
    """Make the folders of a spool that are missing; a hook that finds only some of them loses its event.

    Raises:
        StoreFull: One cannot be made.
    """
    for name in SPOOL_PARTS:
        with storing(spool / name):
            make_folder(spool / name)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A file under new/ or tmp/; order is by time, then name."""

    at_ns: int
    name: str
    size_bytes: int
    is_file: bool

    @property
    def order(self) -> tuple[int, str]:
        return (self.at_ns, self.name)


class SpoolFolder:
    """Fulfils the Spool port on a folder; a folder that is not there is an empty spool."""

    def __init__(self, root: Path, *, max_bytes: int = MAX_BYTES) -> None:
        """Remember the folder and the most bytes an event may have."""
        self._root = root
        self._max_bytes = max_bytes

    def items(self) -> Iterator[SpoolItem]:
        """Give the waiting files, one at a time; what the hook left unfinished for an hour is set aside first."""
        self._sweep()
        for waiting in sorted(self._waiting("new"), key=lambda w: w.order):
            if waiting.is_file and waiting.size_bytes <= self._max_bytes:
                # A file that another process took meanwhile is not ours any more.
                with contextlib.suppress(FileNotFoundError):
                    yield SpoolItem(
                        waiting.name, (self._root / "new" / waiting.name).read_bytes(), waiting.at_ns / 10**9
                    )

    def done(self, names: tuple[str, ...]) -> None:
        """Remove files whose events are stored durably."""
        for name in names:
            with storing(self._root / "new" / name):
                (self._root / "new" / name).unlink(missing_ok=True)

    def quarantine(self, name: str, reason: str) -> None:
        """Set a file aside as quarantine/NAME, with the reason in NAME.reason."""
        self._set_aside("new", name, reason)

    def oversized(self) -> tuple[str, ...]:
        """Name the waiting files over the size cap, which `items` leaves out."""
        over = [w for w in self._waiting("new") if w.is_file and w.size_bytes > self._max_bytes]
        return tuple(w.name for w in sorted(over, key=lambda w: w.order))

    def strange(self) -> tuple[str, ...]:
        """Name what waits and is no regular file, which `items` leaves out."""
        return tuple(w.name for w in sorted(self._waiting("new"), key=lambda w: w.order) if not w.is_file)

    def waiting(self) -> int:
        """Count what is not taken in yet, `strange` things included."""
        return len(self._waiting("new"))

    def quarantined(self) -> int:
        """Count the files set aside, without their reasons and without what a killed process left of one."""
        return sum(not w.name.endswith(".reason") and w.name[0] != "." for w in self._waiting("quarantine"))

    def lost(self) -> int:
        """Count the events the hook could not write: one line each, where the disk had room for the line."""
        try:
            return max(1, (self._root / "dropped").stat().st_size)
        except OSError:
            return 0

    def of_session(self, session: str) -> int:
        """Count the files, waiting or set aside, that say they are of a session."""
        return sum(1 for _ in files_of(self._root, session))

    def remove_session(self, session: str) -> None:
        """Remove the files, waiting or set aside, that say they are of a session.

        Raises:
            StoreFull: The spool cannot be written.
        """
        for path in files_of(self._root, session):
            with storing(path):
                path.unlink(missing_ok=True)
                path.with_name(f"{path.name}.reason").unlink(missing_ok=True)

    def remove_quarantined(self, before_s: float) -> int:
        """Remove what was set aside before a time, with the reasons; gives how many.

        Raises:
            StoreFull: The spool cannot be written.
        """
        return remove_older(self._root / "quarantine", before_s)

    def size_bytes(self) -> int:
        """Give the room that everything in the spool takes, what is set aside included."""
        return sum(w.size_bytes for folder in ("new", "tmp", "quarantine") for w in self._waiting(folder))

    def set_full(self, full: bool) -> None:
        """Put or take away the mark `full`, which the hook looks for."""
        with contextlib.suppress(OSError):
            if full:
                (self._root / "full").touch()
            elif self.is_full():
                (self._root / "full").unlink()

    def is_full(self) -> bool:
        """Say whether the mark is there."""
        return (self._root / "full").exists()

    def _waiting(self, folder: str) -> list[_Waiting]:
        found: list[_Waiting] = []
        try:
            with os.scandir(self._root / folder) as entries:
                for entry in entries:
                    with contextlib.suppress(FileNotFoundError):
                        status = entry.stat(follow_symlinks=False)
                        is_file = stat.S_ISREG(status.st_mode)
                        found.append(_Waiting(status.st_mtime_ns, entry.name, status.st_size, is_file))
        except FileNotFoundError:
            return []
        return found

    def _sweep(self) -> None:
        oldest_ns = int((time.time() - STALE_AFTER_S) * 1e9)
        for waiting in self._waiting("tmp"):
            if waiting.at_ns < oldest_ns:
                self._set_aside("tmp", waiting.name, "unfinished: the hook was stopped before it had written the event")

    def _set_aside(self, folder: str, name: str, reason: str) -> None:
        aside = self._root / "quarantine"
        source = self._root / folder / name
        with storing(aside / name):
            make_folder(aside)
            target = _free(aside, name)
            # The reason first: a file in quarantine is never without one.
            write_atomic(target.with_name(f"{target.name}.reason"), f"{reason}\n".encode("utf-8", "replace"))
            with contextlib.suppress(FileNotFoundError):
                source.rename(target)


def _free(folder: Path, name: str) -> Path:
    # Names end at 255 bytes, and the reason's name is longer than the file's. Hidden names are of temporary files, and
    # those are swept; an event never is.
    short = os.fsdecode(os.fsencode(name.lstrip(".") or "_")[:200])
    tried, number = folder / short, 1
    while os.path.lexists(tried) or os.path.lexists(f"{tried}.reason"):
        number += 1
        tried = folder / f"{short}.{number}"
    return tried
