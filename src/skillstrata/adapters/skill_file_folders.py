"""Skill files on disk: folders with a SKILL.md, and the single files of older commands and agents.

In     a source with its root, which need not exist
Out    stamps without a read; bytes as they were at one moment
Never  follows a link twice, opens what is no plain file, reads more than the cap
Why    a stat of each file is all that an unchanged folder costs; a stamp that did not change is the same object
"""

import contextlib
import errno
import fcntl
import os
import signal
import stat
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from skillstrata.ports.skill_files import SkillFileStamp
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.skills import SkillSource

PAGE = "SKILL.md"
_SKIPPED = frozenset({"node_modules", "synced", "__pycache__"})
_DOCUMENT_KINDS = frozenset({"command", "agents"})
_MOST_FOLDERS = 2_000
_MOST_DEPTH = 5
_TRIES = 3
# Where the user's own skills lie, below the home folder.
_OWN = (".claude/skills", ".agents/skills")
_WAYS = {
    False: "it is left out; skills.trust_project allows it",
    True: "it is left out; where the plugin is named with --source, skills.trust_project allows it",
}
# A file that was written to this recently may still be open for writing.
_FRESH_S = 2.0


class SkillFileFolders:
    """Fulfils the SkillFiles port."""

    def __init__(self, home: Path | None = None) -> None:
        """Start with nothing known; the user's own skills lie below `home`, and any link may lead to them."""
        self._home = home
        self._known: dict[tuple[str, str], dict[str, SkillFileStamp]] = {}

    def stamps(self, source: SkillSource) -> tuple[tuple[SkillFileStamp, ...], tuple[Diagnostic, ...]]:
        """List a source's skill files, sorted by path, with what was odd about the folders."""
        place = (source.kind, source.root)
        within = () if source.trusted else (source.within or source.root, *self._own())
        look = _Look(self._known.get(place, {}), within, _WAYS[source.label.startswith("plugin:")])
        if not look.is_inside(source.root):
            look.tell_outside(source.root)
        elif source.kind in _DOCUMENT_KINDS:
            look.documents(source.root, "", 0)
        else:
            look.folders(source.root)
        look.found.sort(key=lambda stamp: stamp.path)
        # What is gone now is forgotten.
        self._known[place] = {stamp.path: stamp for stamp in look.found}
        return tuple(look.found), tuple(look.odd)

    def _own(self) -> Iterator[str]:
        """Give the folders of the user's own skills, links followed; none that holds the home folder itself."""
        if self._home is None:
            return
        home = Path(os.path.realpath(self._home))
        for folder in _OWN:
            real = Path(os.path.realpath(home / folder))
            if real not in (home, *home.parents):
                yield str(real)

    def read(self, path: str, *, max_bytes: int) -> bytes:
        """Give a file's bytes.

        Raises:
            FileUnreadable: It is missing, no plain file, over the cap, or changes while it is read.
        """
        for _ in range(_TRIES):
            data = _read_once(path, max_bytes)
            if data is not None:
                return data
        raise FileUnreadable(
            f"{path} is being written", hint="it is read again when it has come to rest", reason="unstable"
        )


class _Look:
    """One pass over one source; `within` are the folders that links may lead to, none for anywhere.

    `way` says how somebody may allow what leads out of them.
    """

    def __init__(self, known: dict[str, SkillFileStamp], within: tuple[str, ...], way: str) -> None:
        self._known = known
        self._within = tuple(map(os.path.realpath, within))
        self._way = way
        self._slugs: set[str] = set()
        self._seen: set[tuple[int, int]] = set()
        self._folders = 0
        self.found: list[SkillFileStamp] = []
        self.odd: list[Diagnostic] = []

    def is_inside(self, path: str) -> bool:
        """Say whether a path leads to what may be listed."""
        if not self._within:
            return True
        real = os.path.realpath(path)
        return any(real == folder or real.startswith(os.path.join(folder, "")) for folder in self._within)

    def tell_outside(self, path: str) -> None:
        """Note a link that is not followed."""
        self._tell("link_outside", path, f"leads out of a project or plugin that is not trusted; {self._way}")

    def folders(self, root: str) -> None:
        """Take the folders directly below the root; or the root itself, where it is a skill."""
        entries = self._entries(root)
        page = _page_among(entry.name for entry in entries)
        if page:
            self._take(f"{root}/{page}", os.path.basename(os.path.normpath(root)))
            return
        linked: list[os.DirEntry[str]] = []
        for entry in entries:
            if entry.name[0] == "." or entry.name in _SKIPPED:
                continue
            if entry.is_symlink():
                linked.append(entry)
            elif entry.is_dir(follow_symlinks=False):
                self._folder(entry)
        # What is there by itself goes before what only leads to it.
        for entry in sorted(linked, key=lambda one: one.name):
            self._folder(entry)

    def documents(self, folder: str, above: str, depth: int) -> None:
        """Take every Markdown file, in folders below too; a folder's name goes before those of its files."""
        entries = sorted(self._entries(folder), key=lambda entry: (entry.is_symlink(), entry.name))
        for entry in entries:
            if entry.name[0] == ".":
                continue
            if entry.name.lower().endswith(".md"):
                self._take(entry.path, above + entry.name[:-3])
            elif depth < _MOST_DEPTH and self._folders < _MOST_FOLDERS and entry.is_dir(follow_symlinks=False):
                self._folders += 1
                self.documents(entry.path, f"{above}{entry.name}:", depth + 1)

    def _folder(self, entry: os.DirEntry[str]) -> None:
        linked = entry.is_symlink()
        if self._take(f"{entry.path}/{PAGE}", entry.name, linked=linked):
            return
        try:
            with os.scandir(entry.path) as inside:
                page = _page_among(each.name for each in inside)
        except NotADirectoryError:
            return
        except OSError as error:
            if not (linked and isinstance(error, FileNotFoundError)):
                self._tell("folder_unreadable", entry.path, f"cannot be listed: {error.strerror}")
            return
        if page:
            self._take(f"{entry.path}/{page}", entry.name, linked=linked)

    def _take(self, path: str, slug: str, *, linked: bool = False) -> bool:
        """Take one file; False where there is none. `linked` says that its folder is a link."""
        try:
            seen = self._looked_at(path, linked=linked)
        except OSError as error:
            if error.errno == errno.ELOOP:
                self._tell("link_loop", path, "is a loop of links")
            return error.errno == errno.ELOOP
        if seen is None:
            self.tell_outside(path)
            return True
        if not stat.S_ISREG(seen.st_mode):
            self._tell("not_a_file", path, "is no plain file and is not opened")
            if path in self._known:
                # It was a skill: the version before goes on while this one is set aside.
                self._found(path, slug, seen, size=-1)
            return True
        mark = (seen.st_dev, seen.st_ino)
        # Hard links are files of their own; one link more to the same file is the same skill.
        if mark in self._seen and seen.st_nlink == 1:
            return True
        self._seen.add(mark)
        self._found(path, slug, seen, size=seen.st_size)
        return True

    def _looked_at(self, path: str, *, linked: bool) -> os.stat_result | None:
        """Give what a path leads to; None where a link leads outside."""
        seen = os.stat(path) if linked else os.lstat(path)
        if not linked and not stat.S_ISLNK(seen.st_mode):
            return seen
        return os.stat(path) if self.is_inside(path) else None

    def _found(self, path: str, slug: str, seen: os.stat_result, *, size: int) -> None:
        if slug in self._slugs:
            first, slug = slug, next(new for n in count(2) if (new := f"{slug}#{n}") not in self._slugs)
            self._tell("duplicate_id", path, f"would be called {first} like another file, and is called {slug}")
        self._slugs.add(slug)
        now = (seen.st_mtime_ns, seen.st_ctime_ns, size, seen.st_ino)
        old = self._known.get(path)
        if old is None or (old.mtime_ns, old.ctime_ns, old.size, old.inode) != now or old.slug != slug:
            number = _number(os.path.dirname(path))
            old = SkillFileStamp(path, slug, size, seen.st_mtime_ns, seen.st_ino, seen.st_ctime_ns, number)
        self.found.append(old)

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return list(entries)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            self._tell("folder_unreadable", folder, f"cannot be listed: {error.strerror}")
            return []

    def _tell(self, code: str, path: str, what: str) -> None:
        self.odd.append(Diagnostic(code, "warning", f"{path} {what}", path=path))


def _number(folder: str) -> tuple[int, int]:
    try:
        seen = os.stat(folder)
    except OSError:
        return (0, 0)
    return (seen.st_dev, seen.st_ino)


def _page_among(names: Iterator[str]) -> str:
    """Give the name of the page as it is written here; the exact form wins."""
    pages = sorted(name for name in names if name.lower() == "skill.md")
    return PAGE if PAGE in pages else (pages[0] if pages else "")


def _read_once(path: str, max_bytes: int) -> bytes | None:
    """Read a file; None where it changed meanwhile or somebody has it open for writing."""
    try:
        # A pipe would be waited for; what is no plain file is refused below.
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        before = os.fstat(fd)
        if not stat.S_ISREG(before.st_mode):
            raise FileUnreadable(f"{path} is no plain file", hint="put a file there", reason="not_a_file")
        if before.st_size > max_bytes:
            raise FileUnreadable(
                f"{path} has {before.st_size:,} bytes, over the cap of {max_bytes:,}",
                hint="move what is long into files beside it",
                reason="too_large",
            )
        if time.time() - before.st_mtime < _FRESH_S and _is_written_to(fd):
            return None
        data = os.read(fd, before.st_size + 1)
        after = os.fstat(fd)
    except OSError as error:
        raise _unreadable(path, error) from error
    finally:
        os.close(fd)
    rest = (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)
    return data if rest and len(data) == before.st_size else None


def _unreadable(path: str, error: OSError) -> FileUnreadable:
    reason = "missing" if isinstance(error, FileNotFoundError | NotADirectoryError) else "unreadable"
    return FileUnreadable(f"{path} cannot be read: {error.strerror}", hint="check that file", reason=reason)


def _is_written_to(fd: int) -> bool:
    """Ask the system whether anybody has the file open for writing; where it cannot tell, nobody has."""
    if sys.platform != "linux":
        return False
    with contextlib.suppress(OSError):
        # The system would tell of a writer that comes while we hold the lease by a signal that ends us.
        fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGURG)
        try:
            fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except OSError as error:
            return error.errno == errno.EAGAIN
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False
