"""The library on disk: a folder per tool, written whole or not at all.

In     files of a tool; folders as anybody may have left them
Out    tools; damaged folders by name and reason; skill folders of others are left alone and left out
Never  changes a file of a deposited version; follows a link out of a tool's folder; lets one folder break the rest
Why    manifest.json is the commit point: what it does not name is not there, so a killed deposit shows nothing
"""

import contextlib
import difflib
import fcntl
import hashlib
import os
import re
import secrets
import select
import shutil
import time
from collections.abc import Generator
from pathlib import Path, PurePosixPath
from typing import ClassVar

import orjson

from skillstrata.adapters.atomic_files import make_folder, storing, sweep_stale, sync_folder, write_atomic
from skillstrata.adapters.skill_manifest import ManifestUnreadable, lineage_of, proof_of, read_tool
from skillstrata.adapters.skill_removal import lineage_there, purge, remove_folder, rewrite
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.failures import StoreLocked, ToolDamaged, ToolUnknown
from skillstrata.records.proofs import Proof
from skillstrata.records.tools import LineageEntry, SkillFile, Tool

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MAX_NAME = 64
_MANIFEST = "manifest.json"
_LINEAGE = "lineage.jsonl"
_PAGE = "SKILL.md"
# What a new version may write anew; everything else in a folder stays as it was deposited.
_REWRITTEN = frozenset({_PAGE, _MANIFEST})
_TMP = ".tmp-"
_STALE_AFTER_S = 3600.0
_LOOK_S = 0.01
_NEAR = 3


class SkillFilesInvalid(StrataError):
    """A name or path that cannot lie in the library, or a file set that is not a skill."""

    code: ClassVar[str] = "library.files_invalid"
    exit_code: ClassVar[int] = 70


class SkillFolderTaken(StrataError):
    """A folder of this name holds something that is not a readable tool of ours."""

    code: ClassVar[str] = "library.folder_taken"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 4


class VersionImmutable(StrataError):
    """A deposit that would change a file of a deposited version, or leave a deposited version out."""

    code: ClassVar[str] = "library.version_immutable"
    exit_code: ClassVar[int] = 70


class SkillFolders:
    """Fulfils the LibraryStore port."""

    def __init__(self, root: Path, *, look_every_s: float = 0.1, wait_s: float = 10.0) -> None:
        """Remember where the library lies; it is made at the first deposit.

        `look_every_s` is for `stamp`; `wait_s` is how long a deposit waits for another process's.
        """
        self._root = root
        self._wait_s = wait_s
        self._look_every_s = look_every_s
        self._seen = (0.0, 0, "")

    def deposit(self, name: str, files: tuple[SkillFile, ...], *lineage: LineageEntry) -> None:
        """Write a tool's files and append lineage entries.

        Raises:
            SkillFilesInvalid: A name or path is not one, or `manifest.json` or `SKILL.md` is missing.
            SkillFolderTaken: Something else has this name.
            VersionImmutable: A file of an earlier deposit would change, or a version would be gone.
            StoreFull: The disk is full or read-only; the library is as it was.
            StoreLocked: Another process has been depositing for long.
        """
        checked = _checked(name, files)
        folder = self._root / name
        with storing(folder):
            make_folder(self._root)
        with storing(folder), self._alone():
            self._sweep()
            if folder.is_symlink() or folder.exists():
                self._add_version(folder, checked, lineage)
            else:
                self._make(folder, checked, lineage)

    def tools(self) -> tuple[Tool, ...]:
        """Read every tool's manifest and bodies, sorted by name."""
        return self.contents()[0]

    def contents(self) -> tuple[tuple[Tool, ...], tuple[tuple[str, str], ...]]:
        """Give the tools, and (folder, reason) of what could not be read, in one reading."""
        read = [(folder, _readable(folder)) for folder in self._folders()]
        return (
            tuple(found for _, found in read if isinstance(found, Tool)),
            tuple((str(folder), found.reason) for folder, found in read if isinstance(found, ManifestUnreadable)),
        )

    def tool(self, name: str) -> Tool:
        """Read one tool.

        Raises:
            ToolUnknown: There is no such tool.
            ToolDamaged: Its folder cannot be read.
        """
        found = _readable(self._root / name) if _is_name(name) else None
        if found is None:
            found = next((tool for tool in self.tools() if name in tool.aliases), None)
        if isinstance(found, Tool):
            return found
        if isinstance(found, ManifestUnreadable):
            folder = self._root / name
            raise ToolDamaged(
                f"the folder of {name!r} is damaged: {found.reason}",
                hint=f"put a backup of {folder} in its place, or take it out: `mv {folder} {self._root}/.{name}`",
            )
        names = [folder.name for folder in self._folders()]
        near = difflib.get_close_matches(name, names, n=_NEAR)
        raise ToolUnknown(
            f"no tool has the name {name!r}",
            hint=f"did you mean {', '.join(near)}?" if near else "`skillstrata ls` lists the tools",
        )

    def lineage(self, name: str) -> tuple[LineageEntry, ...]:
        """Read a tool's lineage, oldest first; entries of a deposit that never came to its end are left out."""
        tool = self.tool(name)
        return lineage_there(self._root / tool.name, tool)

    def proof(self, name: str, version_path: str) -> Proof | None:
        """Read the proof that was deposited with a version; None where it is missing or cannot be read."""
        return proof_of(self._root / self.tool(name).name, version_path)

    def folder(self, name: str) -> str:
        """Give the absolute path of a tool's folder; raises ToolUnknown."""
        return str((self._root / self.tool(name).name).absolute())

    def remove(self, name: str) -> None:
        """Remove a tool; one that is not there is removed already.

        Raises:
            StoreFull: It cannot be removed.
            StoreLocked: Another process has been depositing for long.
        """
        if _is_name(name) and self._root.is_dir():
            with storing(self._root / name), self._alone():
                remove_folder(self._root / name)

    def rewrite(self, name: str, files: tuple[SkillFile, ...], lineage: tuple[LineageEntry, ...]) -> None:
        """Write a tool's page, manifest and lineage anew; versions that the manifest leaves out are removed.

        Raises:
            ToolUnknown: There is no such tool.
            StoreFull: It cannot be written; what was not removed yet goes with the next `purge`.
            StoreLocked: Another process has been depositing for long.
        """
        self.tool(name)
        with storing(self._root / name), self._alone():
            rewrite(self._root / name, files, tuple(_line(entry) for entry in lineage))

    def purge(self) -> None:
        """Carry on removals that were killed, and remove what killed deposits left."""
        if self._root.is_dir():
            with storing(self._root), self._alone():
                purge(self._root, _TMP)

    def stamp(self) -> str:
        """Give a text that changes whenever a tool changes; an edit by hand may show a moment later."""
        try:
            root_at = self._root.stat().st_mtime_ns
        except (FileNotFoundError, NotADirectoryError):
            return ""
        now = time.monotonic()
        seen_at, seen_root, text = self._seen
        # A deposit by any process shows in the root's own time, so the folders need no look for every search.
        if root_at != seen_root or now - seen_at >= self._look_every_s:
            text = hashlib.sha256("\n".join(self._manifests()).encode()).hexdigest()
            self._seen = (now, root_at, text)
        return text

    def _manifests(self) -> list[str]:
        looks: list[str] = []
        for entry in os.scandir(self._root):
            try:
                found = os.stat(f"{entry.path}/{_MANIFEST}")
            except (FileNotFoundError, NotADirectoryError):
                continue
            looks.append(f"{entry.name!r} {found.st_mtime_ns} {found.st_ino} {found.st_size}")
        return sorted(looks)

    def taken(self) -> frozenset[str]:
        """Give every name under the library, whoever made it."""
        try:
            return frozenset(os.listdir(self._root))
        except (FileNotFoundError, NotADirectoryError):
            return frozenset()

    def damaged(self) -> tuple[tuple[str, str], ...]:
        """Give (folder, reason) of everything that has a manifest and could not be read."""
        return self.contents()[1]

    def _folders(self) -> list[Path]:
        """Give the folders that say they are tools of ours, sorted by name."""
        folders = (self._root / name for name in sorted(self.taken()) if not name.startswith("."))
        return [folder for folder in folders if (folder / _MANIFEST).is_file()]

    def _make(self, folder: Path, files: tuple[SkillFile, ...], lineage: tuple[LineageEntry, ...]) -> None:
        made = self._root / f"{_TMP}{secrets.token_hex(12)}"
        made.mkdir(mode=0o700)
        try:
            for file in (*files, SkillFile(_LINEAGE, b"".join(_line(entry) for entry in lineage))):
                _write_into(made, file)
            os.rename(made, folder)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
        sync_folder(self._root)

    def _add_version(self, folder: Path, files: tuple[SkillFile, ...], lineage: tuple[LineageEntry, ...]) -> None:
        found = None if folder.is_symlink() else _readable(folder)
        if not isinstance(found, Tool):
            raise SkillFolderTaken(
                f"{folder} exists and is not a tool that can be read",
                hint=f"move it out of the library, for example `mv {folder} {folder}.aside`",
            )
        _refuse_to_drop(folder, found, next(file.data for file in files if file.path == _MANIFEST))
        for file in _not_there(folder, found, files):
            _write_into(folder, file)
        self._append(folder / _LINEAGE, lineage)
        for path in (_PAGE, _MANIFEST):
            write_atomic(folder / path, next(file.data for file in files if file.path == path))
        # See `stamp`. The folder itself may be of a deposit that was killed before it was safe.
        os.utime(self._root)
        sync_folder(self._root)

    def _append(self, path: Path, entries: tuple[LineageEntry, ...]) -> None:
        # A deposit that was killed before its manifest left its lines: those of the one that succeeds take their place.
        steps = {_step(entry) for entry in entries}
        earlier = [e for e in lineage_of(path) if _step(e) not in steps]
        write_atomic(path, b"".join(_line(e) for e in (*earlier, *entries)))

    @contextlib.contextmanager
    def _alone(self) -> Generator[None]:
        """Keep other depositors out: two new versions of a tool would each write a manifest without the other.

        The lock is on the folder itself and ends with its holder, killed or not.
        """
        fd = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            until_s = time.monotonic() + self._wait_s
            while not _locked(fd):
                if time.monotonic() >= until_s:
                    raise StoreLocked(
                        f"another process is depositing in {self._root}", hint="wait for it to end and try again"
                    )
                select.select([], [], [], _LOOK_S)
            yield
        finally:
            os.close(fd)

    def _sweep(self) -> None:
        """Remove what a killed deposit left more than an hour ago."""
        now_s = time.time()
        for left in self._root.glob(f"{_TMP}*"):
            if now_s - left.lstat().st_mtime > _STALE_AFTER_S:
                shutil.rmtree(left, ignore_errors=True)
        for folder in self._folders():
            sweep_stale(folder, now_s)


def _readable(folder: Path) -> Tool | ManifestUnreadable | None:
    """Read a tool; None where there is none."""
    if not (folder / _MANIFEST).is_file():
        return None
    try:
        return read_tool(folder)
    except ManifestUnreadable as error:
        return error


def _locked(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # Some network file systems have no such locks; the distiller's own lock is what is left there.
        return True
    return True


def _is_name(name: str) -> bool:
    return len(name) <= _MAX_NAME and _NAME.fullmatch(name) is not None


def _checked(name: str, files: tuple[SkillFile, ...]) -> tuple[SkillFile, ...]:
    if not _is_name(name):
        raise SkillFilesInvalid(
            f"{name!r} is not a skill name: lowercase letters, digits and single hyphens, at most 64"
        )
    paths = [file.path for file in files]
    wrong = [path for path in paths if not _is_inside(path) or path == _LINEAGE]
    if wrong or len(set(paths)) != len(paths):
        raise SkillFilesInvalid(f"{name}: {wrong or paths} are not paths of one file each inside the folder")
    if not {_MANIFEST, _PAGE} <= set(paths):
        raise SkillFilesInvalid(f"{name}: a deposit needs {_MANIFEST} and {_PAGE}, it has {sorted(paths)}")
    return files


def _is_inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    plain = all(part.isprintable() and not part.startswith(".") and "\\" not in part for part in parts)
    return bool(parts) and plain and "/".join(parts) == path and not path.startswith("/")


def _refuse_to_drop(folder: Path, tool: Tool, manifest: bytes) -> None:
    """See that a new manifest names every deposited version: it may be made from an older state of the folder."""
    try:
        named = {(b["name"], v["number"]) for b in orjson.loads(manifest)["branches"] for v in b["versions"]}
    except (ValueError, KeyError, TypeError) as error:
        raise SkillFilesInvalid(f"{folder.name}: {_MANIFEST} does not list its versions: {error!r}") from error
    gone = [f"{b.name} {v.number}" for b in tool.branches for v in b.versions if (b.name, v.number) not in named]
    if gone:
        raise VersionImmutable(
            f"{folder} holds versions that this deposit leaves out: {', '.join(gone)}",
            hint="read the tool again and deposit on top of what is there",
        )


def _not_there(folder: Path, tool: Tool, files: tuple[SkillFile, ...]) -> list[SkillFile]:
    """Give the files that are to be written; those of deposited versions must be there with the same content."""
    versions = [version for branch in tool.branches for version in branch.versions]
    homes = tuple(f"{version.path}/" for version in versions)
    fixtures = {f"fixtures/{file.name}" for version in versions for f in version.fixtures for file in f.files}
    fresh: list[SkillFile] = []
    for file in files:
        if file.path in _REWRITTEN:
            continue
        if not file.path.startswith(homes) and file.path not in fixtures:
            # Not of a deposited version: if it is there, a killed deposit left it.
            fresh.append(file)
        elif not (folder / file.path).is_file() or (folder / file.path).read_bytes() != file.data:
            raise VersionImmutable(
                f"{folder / file.path} was deposited with other content",
                hint="a new version goes into a folder of its own",
            )
    return fresh


def _write_into(folder: Path, file: SkillFile) -> None:
    path = folder / file.path
    make_folder(path.parent)
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        raise SkillFilesInvalid(f"{path.parent} is a link out of the tool's folder", hint=f"remove it from {folder}")
    write_atomic(path, file.data)


def _line(entry: LineageEntry) -> bytes:
    return orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE)


def _step(entry: LineageEntry) -> tuple[str, str, int, str]:
    # What came of no candidate, a change of how a tool is offered, is a step of its own moment.
    return entry.what, entry.branch, entry.version, entry.candidate_id or repr(entry.at_s)
