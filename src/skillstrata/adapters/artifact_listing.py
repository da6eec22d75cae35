"""Find artefacts below folders, and the folders that hold their archives, without opening a file.

In     folders that the user named
Out    a stamp for each artefact, shelves, diagnostics
Never  follows a link below a named folder to look for more; enters folders that hold other people's code or archives
"""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.learned import ArtifactKind, ArtifactStamp

PAGE = "SKILL.md"
ARCHIVE, TOMBSTONES = ".archive", ".tombstones"
SCRATCH = ".tmp-"
EXCLUDED = frozenset(
    f"{ARCHIVE} {TOMBSTONES} .git .hg .svn .cache .idea .mypy_cache .pytest_cache .ruff_cache .tox .venv .vscode "
    "__pycache__ bower_components node_modules site-packages venv".split()
)
_PATCH = re.compile(r"\.patch(-\d+)?\.md\Z")
_MOST_DEPTH = 12
_MOST_FOLDERS = 50_000
_MOST_FOUND = 50_000


class Listing:
    """One pass over some folders."""

    def __init__(self, kind: ArtifactKind) -> None:
        """Begin with nothing found."""
        self._kind = kind
        self._folders = 0
        self._seen: set[tuple[int, int]] = set()
        self.found: dict[str, ArtifactStamp] = {}
        self.odd: list[Diagnostic] = []

    def look(self, root: str) -> None:
        """Take what lies below one folder; one that is not there has nothing."""
        root = os.path.abspath(root)
        if self._kind is ArtifactKind.SKILL and self._take(f"{root}/{PAGE}", os.path.basename(root)):
            return
        self._folder(root, 0)

    def _folder(self, folder: str, depth: int) -> None:
        entries = self._entries(folder)
        if self._kind is not ArtifactKind.SKILL and any(entry.name == PAGE for entry in entries):
            # What lies in a skill's folder belongs to the skill.
            return
        for entry in entries:
            if len(self.found) >= _MOST_FOUND:
                self._tell("artifacts_too_many", folder, f"and others hold more than {_MOST_FOUND:,} artefacts")
                return
            if self._kind is ArtifactKind.SKILL:
                self._among_skills(entry, depth)
            else:
                self._among_files(entry, depth)

    def _among_skills(self, entry: os.DirEntry[str], depth: int) -> None:
        if entry.name in EXCLUDED or entry.name.startswith(SCRATCH) or not entry.is_dir():
            return
        # What lies below a skill belongs to it. A linked skill is compared; a linked folder of skills is not entered.
        if not self._take(f"{entry.path}/{PAGE}", entry.name) and not entry.is_symlink():
            self._enter(entry.path, depth)

    def _among_files(self, entry: os.DirEntry[str], depth: int) -> None:
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in EXCLUDED and not entry.name.startswith(SCRATCH):
                self._enter(entry.path, depth)
        elif entry.name.endswith(".md") and entry.name[0] != "." and not _PATCH.search(entry.name):
            self._take(entry.path, entry.name[:-3])

    def _enter(self, folder: str, depth: int) -> None:
        self._folders += 1
        if depth >= _MOST_DEPTH or self._folders > _MOST_FOLDERS:
            self._tell("folder_too_deep", folder, "is not looked into: too deep, or one of too many")
            return
        self._folder(folder, depth + 1)

    def _take(self, path: str, slug: str) -> bool:
        try:
            seen = os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            self._tell("artifact_unreadable", path, f"cannot be looked at: {error.strerror}")
            return True
        if not stat.S_ISREG(seen.st_mode):
            self._tell("artifact_unreadable", path, "is no plain file and is not opened")
            return True
        # One artefact reached twice, by a link or by folders named twice, would be compared with itself.
        mark = (seen.st_dev, seen.st_ino)
        if mark not in self._seen or seen.st_nlink > 1:
            self._seen.add(mark)
            self.found.setdefault(path, ArtifactStamp(path, slug, seen.st_size, seen.st_mtime_ns, seen.st_ino))
        return True

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                # What is there by itself goes before what only leads to it.
                return sorted(entries, key=lambda entry: (entry.is_symlink(), entry.name))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            self._tell("folder_unreadable", folder, f"cannot be listed: {error.strerror}")
            return []

    def _tell(self, code: str, path: str, what: str) -> None:
        self.odd.append(Diagnostic(code, "warning", f"{path} {what}", path=path))


def shelves(roots: tuple[str, ...]) -> Iterator[Path]:
    """Give each folder at or below these that has an archive or tombstones, once."""
    seen: set[Path] = set()
    for root in roots:
        for folder, below, _files in os.walk(os.path.abspath(root)):
            shelf = Path(folder)
            if (ARCHIVE in below or TOMBSTONES in below) and shelf not in seen:
                seen.add(shelf)
                yield shelf
            deep = len(shelf.parts) - len(Path(root).absolute().parts) >= _MOST_DEPTH
            below[:] = [] if deep else sorted(name for name in below if name not in EXCLUDED)
