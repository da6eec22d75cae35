"""The CallOutputs port on one folder, a folder in it for each call.

In     the folder, the day
Out    <folder>/<day>-<random>[-<digest of the session>]
Never  keeps a list beside them: a folder's name says whose it is, so that nothing can fall out of step
"""

import contextlib
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from skillstrata.adapters.atomic_files import storing
from skillstrata.records.learned_drafts import session_digest

_NAMED = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{8}-([0-9a-f]+)", re.ASCII)


class OutputFolders:
    """Fulfils CallOutputs."""

    def __init__(self, root: Path, now_s: Callable[[], float]) -> None:
        """Remember the folder; it is made with the first output."""
        self._root = root
        self._now_s = now_s

    def fresh(self, session: str) -> str:
        """Name a folder that is not there yet."""
        whose = f"-{session_digest(session)}" if session else ""
        return str(self._root / f"{datetime.fromtimestamp(self._now_s(), UTC):%Y-%m-%d}-{secrets.token_hex(4)}{whose}")

    def of_session(self, session: str) -> int:
        """Count the files that calls of a session made."""
        return sum(_files(folder) for folder in self._of(session))

    def of_none(self) -> int:
        """Count the folders that nothing ties to a session."""
        return sum(_digest(folder) == "" for folder in self._folders())

    def remove(self, session: str) -> int:
        """Remove the folders of a session; gives how many files went."""
        gone = 0
        for folder in self._of(session):
            gone += _files(folder)
            with storing(folder), contextlib.suppress(FileNotFoundError):
                if folder.is_symlink():
                    folder.unlink()
                else:
                    shutil.rmtree(folder)
        return gone

    def _of(self, session: str) -> Iterator[Path]:
        wanted = session_digest(session) if session else None
        return (folder for folder in self._folders() if _digest(folder) == wanted)

    def _folders(self) -> tuple[Path, ...]:
        if not self._root.is_dir():
            return ()
        return tuple(path for path in sorted(self._root.iterdir()) if path.is_dir())


def _digest(folder: Path) -> str:
    found = _NAMED.fullmatch(folder.name)
    return "" if found is None else found[1]


def _files(folder: Path) -> int:
    if folder.is_symlink():
        return 0
    return sum(path.is_symlink() or not path.is_dir() for path in folder.rglob("*"))
