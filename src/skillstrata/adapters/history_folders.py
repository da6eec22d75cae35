"""Where agents' histories lie on the disk: every file below the folders that were named, by name and by size alone.

In     paths of files and folders
Out    FoundFile per regular file, ImportFault for what cannot be looked at
Never  opens a file while it walks; follows a link to a folder out of the one that was named; goes round in circles
Why    a link to "/" in a folder of histories would make the whole disk one
"""

import os
import stat
from collections.abc import Iterator

from skillstrata.ports.history_files import FoundFile
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.imports import ImportFault

_DATABASES = (".db", ".sqlite", ".sqlite3")
_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class HistoryFolders:
    """Fulfils the HistoryFiles port."""

    def walk(self, paths: tuple[str, ...]) -> Iterator[FoundFile | ImportFault]:
        """Find the files at and below these paths, each file once however many of the paths lead to it."""
        seen: set[tuple[int, int]] = set()
        for path in paths:
            top = os.path.abspath(path)
            try:
                found = os.stat(top)
            except OSError as error:
                yield _fault(top, error)
                continue
            if stat.S_ISDIR(found.st_mode):
                yield from _below(top, found, seen)
            else:
                yield _file(top, found, named=True)

    def head(self, path: str, *, max_bytes: int) -> bytes:
        """Give the first bytes of a file.

        Raises:
            FileUnreadable: It is gone, not permitted or no regular file.
        """
        try:
            # Without waiting: a pipe that took the file's place has nobody at its other end.
            fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
            try:
                if not stat.S_ISREG(os.fstat(fd).st_mode):
                    raise _unreadable(path, "not_a_file", "it is no regular file any more")
                return os.read(fd, max_bytes)
            finally:
                os.close(fd)
        except FileNotFoundError as error:
            raise _unreadable(path, "missing", "it vanished during the import") from error
        except (OSError, ValueError) as error:
            raise _unreadable(path, "unreadable", str(error)) from error


def _below(top: str, found: os.stat_result, seen: set[tuple[int, int]]) -> Iterator[FoundFile | ImportFault]:
    """Walk one folder without recursion, so that no depth of it can end the program."""
    root = os.path.realpath(top)
    seen.add((found.st_dev, found.st_ino))
    waiting: list[Iterator[os.DirEntry[str]]] = [iter(())]
    try:
        waiting = [iter(_entries(top))]
    except OSError as error:
        yield _fault(top, error)
    while waiting:
        entry = next(waiting[-1], None)
        if entry is None:
            waiting.pop()
            continue
        try:
            status = entry.stat()
            if not stat.S_ISDIR(status.st_mode):
                yield _file(entry.path, status, named=False)
            elif _is_new(entry, status, seen, root):
                waiting.append(iter(_entries(entry.path)))
        except OSError as error:
            yield _fault(entry.path, error)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _is_new(entry: os.DirEntry[str], status: os.stat_result, seen: set[tuple[int, int]], root: str) -> bool:
    """Say whether to go into a folder.

    Raises:
        OSError: It is a link that leads out, or round in a circle.
    """
    if entry.is_symlink():
        target = os.path.realpath(entry.path)
        if not _is_in(target, root):
            raise OSError(0, f"a link to {target}, which lies outside of the folder: name it to have it imported")
        if _is_in(os.path.realpath(os.path.dirname(entry.path)), target):
            raise OSError(0, "a link to a folder that it lies in")
    place = (status.st_dev, status.st_ino)
    if place in seen:
        return False
    seen.add(place)
    return True


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _file(path: str, status: os.stat_result, *, named: bool) -> FoundFile | ImportFault:
    for is_kind, name in _KINDS:
        if is_kind(status.st_mode):
            return ImportFault(path, 0, f"not read: {name}, no regular file")
    try:
        path.encode()
    except UnicodeEncodeError:
        return ImportFault(path.encode("utf-8", "replace").decode(), 0, "not read: its name is not UTF-8; rename it")
    size, changed = status.st_size, status.st_mtime_ns
    if path.endswith(_DATABASES):
        try:
            journal = os.stat(f"{path}-wal")
            size, changed = size + journal.st_size, max(changed, journal.st_mtime_ns)
        except OSError:
            # No journal: everything is in the database itself.
            return FoundFile(path, size, changed, named)
    return FoundFile(path, size, changed, named)


def _fault(path: str, error: OSError) -> ImportFault:
    shown = path.encode("utf-8", "replace").decode()
    return ImportFault(shown, 0, f"not read: {error.strerror or type(error).__name__}")


def _unreadable(path: str, reason: str, why: str) -> FileUnreadable:
    hint = "import it again once it can be read"
    return FileUnreadable(f"{path} cannot be read: {why}", hint=hint, reason=reason)
