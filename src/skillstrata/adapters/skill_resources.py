"""Skill folders on disk: their files read without following links, copies of them written whole.

In     a folder, relative paths
Out    listings and bytes; a new folder
Never  opens a pipe or device, goes through a link below the folder, leaves half a copy
"""

import contextlib
import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from skillstrata.adapters.atomic_files import make_folder, storing, sync_folder, write_new
from skillstrata.ports.skill_resources import CopiedFile, SkillResource
from skillstrata.records.failures import FileUnreadable, OutputExists

PAGE = "SKILL.md"
_SKIPPED = frozenset({".git", "node_modules", "__pycache__"})
_MOST_DEPTH = 6
_MOST_FOLDERS = 2_000
_MOST_LEVELS = 64
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class SkillResourceFolders:
    """Fulfils the SkillResources port."""

    def pages(self, path: str) -> tuple[str, ...]:
        """Give the skill files at a path."""
        place = Path(path)
        if place.is_file():
            return (str(place),)
        return tuple(sorted(_pages(place, _Budget())))

    def loops(self, path: str) -> tuple[str, ...]:
        """Give the links at a path that lead back to themselves."""
        found = _Budget()
        if _is_loop(path):
            return (path,)
        for _page in _pages(Path(path), found):
            continue
        return tuple(sorted(found.loops))

    def listing(self, folder: str, *, most: int, whole: bool = False) -> tuple[SkillResource, ...]:
        """Give what lies below a folder, sorted by path; with `whole` nothing is passed over.

        Raises:
            FileUnreadable: The folder cannot be listed.
        """
        found: list[SkillResource] = []
        try:
            for resource in _below(Path(folder), "", frozenset() if whole else _SKIPPED):
                found.append(resource)
                if len(found) > most:
                    break
        except OSError as error:
            raise _unreadable(folder, error.strerror or "cannot be listed") from error
        return tuple(sorted(found, key=lambda resource: resource.path))

    def read(
        self, folder: str, path: str, *, max_bytes: int, number: tuple[int, int] = (0, 0), may_be_new: bool = False
    ) -> bytes:
        """Give the bytes of one file below a folder.

        Raises:
            FileUnreadable: It is missing, behind a link, no plain file, or over the cap; or the folder is another one
                than that of the number.
        """
        parts = path.split("/")
        if not path or any(part in {"", ".", ".."} or "\0" in part for part in parts):
            raise _unreadable(f"{folder}/{path}", "is no path below the folder", "not_a_file")
        try:
            with contextlib.ExitStack() as opened:
                at = _opened(opened, folder, None)
                if any(number) and _mark(os.fstat(at)) != number and not (may_be_new and _is_there_itself(folder, at)):
                    raise FileUnreadable(
                        f"{folder}: is another folder than when the skill was read",
                        hint="the folder was replaced: ask for the list again",
                        reason="replaced",
                    )
                for part in parts[:-1]:
                    at = _opened(opened, part, at)
                return _whole(os.open(parts[-1], _FILE, dir_fd=at), f"{folder}/{path}", max_bytes)
        except OSError as error:
            reason = "missing" if isinstance(error, FileNotFoundError) else "not_a_file"
            raise _unreadable(f"{folder}/{path}", error.strerror or "cannot be read", reason) from error

    def changed_ns(self, folder: str, path: str) -> int:
        """Say when a file below a folder, or a folder on the way to it, changed last; 0 where it is not there."""
        places = [Path(folder, path), *Path(folder, path).parents][: path.count("/") + 1]
        try:
            return max(os.stat(place, follow_symlinks=False).st_ctime_ns for place in places)
        except (OSError, ValueError):
            return 0

    def overlaps(self, one: str, other: str) -> bool:
        """Say whether two folders are the same, or one lies in the other, links followed."""
        # Unlike Path.resolve, it takes a loop of links for a name.
        first, second = Path(os.path.realpath(one)), Path(os.path.realpath(other))
        return first == second or first in second.parents or second in first.parents

    def write(self, folder: str, files: tuple[CopiedFile, ...], *, replace: bool = False) -> None:
        """Write a folder of files.

        Raises:
            OutputExists: Something is there and `replace` is False, or it is no skill's folder; or two files have one
                place.
            StoreFull: It cannot be written; what was there is as it was.
        """
        target = Path(folder).absolute()
        beside = target.parent / f".{target.name}.{secrets.token_hex(6)}"
        with storing(target):
            _check_free(target, replace=replace)
            make_folder(target.parent, mode=0o755)
            try:
                _fill(beside / "new", files)
                _put(beside, target)
            except FileExistsError as error:
                raise OutputExists(
                    f"two files of the copy have one place: {error.filename}", hint="rename one of them"
                ) from error
            finally:
                shutil.rmtree(beside, ignore_errors=True)
            sync_folder(target.parent)


class _Budget:
    def __init__(self) -> None:
        self.folders = _MOST_FOLDERS
        self.loops: list[str] = []


def _pages(folder: Path, budget: _Budget, depth: int = 0) -> Iterator[str]:
    budget.folders -= 1
    if budget.folders < 0:
        return
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except OSError:
        return
    budget.loops += [entry.path for entry in entries if entry.is_symlink() and _is_loop(entry.path)]
    pages = [entry.name for entry in entries if entry.name.lower() == PAGE.lower() and not _is_dir(entry)]
    if pages:
        yield str(folder / (PAGE if PAGE in pages else pages[0]))
        return
    for entry in entries:
        # A linked folder is a skill like any other, and nothing is looked for below it.
        if entry.name not in _SKIPPED and _is_dir(entry) and depth < _MOST_DEPTH:
            yield from _pages(folder / entry.name, budget, _MOST_DEPTH if entry.is_symlink() else depth + 1)


def _is_dir(entry: os.DirEntry[str]) -> bool:
    """Say whether an entry is a folder, links followed; one that leads back to itself is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_loop(path: str) -> bool:
    try:
        os.stat(path)
    except OSError as error:
        return error.errno == errno.ELOOP
    return False


def _below(folder: Path, above: str, skipped: frozenset[str]) -> Iterator[SkillResource]:
    with os.scandir(folder) as scan:
        entries = sorted(scan, key=lambda entry: entry.name)
    if above and not entries and not skipped:
        yield SkillResource(above.rstrip("/"), 0, "folder")
    for entry in entries:
        path = above + entry.name
        try:
            seen = entry.stat(follow_symlinks=False)
        except OSError:
            # It went away since the folder was listed.
            continue
        if not stat.S_ISDIR(seen.st_mode):
            yield _resource(path, seen)
        elif entry.name not in skipped:
            yield from _inside(folder / entry.name, path, skipped)


def _inside(folder: Path, path: str, skipped: frozenset[str]) -> Iterator[SkillResource]:
    """List a folder below the skill's own; one that cannot be listed is named and costs only itself."""
    if path.count("/") >= _MOST_LEVELS:
        yield SkillResource(path, 0, "special")
        return
    try:
        yield from _below(folder, f"{path}/", skipped)
    except OSError:
        yield SkillResource(path, 0, "special")


def _resource(path: str, seen: os.stat_result) -> SkillResource:
    if stat.S_ISREG(seen.st_mode):
        executable = bool(seen.st_mode & stat.S_IXUSR)
        return SkillResource(path, seen.st_size, executable=executable, changed_ns=seen.st_ctime_ns)
    return SkillResource(path, 0, "link" if stat.S_ISLNK(seen.st_mode) else "special")


def _opened(opened: contextlib.ExitStack, name: str, at: int | None) -> int:
    """Open a folder; the skill's own may be a link, those below may not."""
    fd = os.open(name, _FOLDER if at is not None else _FOLDER & ~os.O_NOFOLLOW, dir_fd=at)
    opened.callback(os.close, fd)
    return fd


def _mark(seen: os.stat_result) -> tuple[int, int]:
    return (seen.st_dev, seen.st_ino)


def _is_there_itself(folder: str, at: int) -> bool:
    """Say whether an open folder is the one of a name, and no link leads to it."""
    is_plain = os.path.realpath(folder) == os.path.abspath(folder)
    return is_plain and _mark(os.lstat(folder)) == _mark(os.fstat(at))


def _whole(fd: int, path: str, max_bytes: int) -> bytes:
    with os.fdopen(fd, "rb") as stream:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise _unreadable(path, "is no plain file", "not_a_file")
        data = stream.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise _unreadable(path, f"has more than {max_bytes:,} bytes", "too_large")
    return data


def _unreadable(path: str, why: str, reason: str = "unreadable") -> FileUnreadable:
    return FileUnreadable(f"{path}: {why}", hint="name a plain file of the skill's folder", reason=reason)


def _check_free(target: Path, *, replace: bool) -> None:
    if not target.is_symlink() and not target.exists():
        return
    if target.is_symlink() or not (target / PAGE).is_file():
        raise OutputExists(f"{target} is there and is no skill", hint="name another folder")
    if not replace:
        raise OutputExists(f"{target} is there already", hint="name another folder, or allow overwriting with --force")


def _fill(folder: Path, files: tuple[CopiedFile, ...]) -> None:
    folder.mkdir(parents=True)
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        write_new(path, file.data, mode=0o755 if file.executable else 0o644)


def _put(beside: Path, target: Path) -> None:
    """Rename the new folder into its place; an old one is moved aside first, and back where that fails."""
    if target.exists():
        target.rename(beside / "old")
    try:
        (beside / "new").rename(target)
    except OSError:
        with contextlib.suppress(OSError):
            (beside / "old").rename(target)
        raise
