"""The ComposedStore port on one file, `composed_tools.json`, and the last good one beside it.

In     a library of compiled tools
Out    the same, after any crash: the old one or the new one
Never  starts empty without saying so; touches a file that a newer version wrote
"""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from skillstrata.adapters.atomic_files import make_folder, storing, sync_folder, write_atomic
from skillstrata.adapters.file_lock import LockFile
from skillstrata.records.composed_tools import ComposedLibrary, ComposedTool, FailedSource
from skillstrata.records.failures import StoreLocked, StoreNewer

VERSION = 1
_LOCK_WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class _Stored:
    version: int
    compiler: str
    tools: tuple[ComposedTool, ...]
    failed: tuple[FailedSource, ...]
    tombstones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Head:
    version: int


_WHOLE = TypeAdapter(_Stored)
_VERSION = TypeAdapter(_Head)
_Mark = tuple[int, int, int]


class ComposedToolsFile:
    """Keeps compiled tools in a file; several processes and threads may."""

    def __init__(self, path: Path, *, lock_wait_s: float = _LOCK_WAIT_S) -> None:
        """Name the file; its folder is made with the first write."""
        self._path = path
        self._last_good = path.with_name(f"{path.name}.bak")
        self._lock = LockFile(path.with_name(f"{path.name}.lock"), wait_s=lock_wait_s)
        # What was read, and the mark of the file it was read from: a file is replaced, never changed.
        self._read: tuple[_Mark, ComposedLibrary] | None = None

    def load(self) -> ComposedLibrary:
        """Give what is compiled; the last good state, and `told`, where the file is damaged.

        Raises:
            StoreNewer: A newer version wrote the file.
        """
        mark = _mark(self._path)
        if mark is None:
            return ComposedLibrary() if _mark(self._last_good) is None else self._recovered("is missing")
        kept = self._read
        if kept is not None and kept[0] == mark:
            return kept[1]
        found = _parsed(self._path)
        if found is None:
            return self._recovered("is damaged")
        self._read = (mark, found)
        return found

    def update(self, change: Callable[[ComposedLibrary], ComposedLibrary]) -> ComposedLibrary:
        """Read again under the lock, change, and write where that made a difference.

        Raises:
            StoreNewer: A newer version wrote the file; it is left alone.
            StoreLocked: Another process holds the lock for too long.
            StoreFull: The file cannot be written.
        """
        with storing(self._path):
            make_folder(self._path.parent)
        try:
            with self._lock.held():
                return self._updated(change)
        except StoreLocked as error:
            raise StoreLocked(
                f"another process is writing {self._path}", hint="wait for it to end, then compile again"
            ) from error

    def _updated(self, change: Callable[[ComposedLibrary], ComposedLibrary]) -> ComposedLibrary:
        before = self.load()
        after = change(before)
        if replace(after, told="") == replace(before, told="") and not before.told:
            return after
        whole = _Stored(VERSION, after.compiler, after.tools, after.failed, after.tombstones)
        with storing(self._path):
            if before.told:
                self._set_aside()
            else:
                self._keep_good()
            write_atomic(self._path, orjson.dumps(whole))
        mark = _mark(self._path)
        self._read = (mark, replace(after, told="")) if mark else None
        return after

    def _keep_good(self) -> None:
        """Give the file a second name before it is replaced: no bytes are copied."""
        if not self._path.exists():
            return
        second = self._path.with_name(f".{secrets.token_hex(12)}.tmp")
        try:
            os.link(self._path, second)
        except PermissionError:
            # Some file systems know no hard links.
            write_atomic(self._last_good, self._path.read_bytes())
        else:
            second.replace(self._last_good)
            sync_folder(self._path.parent)

    def _set_aside(self) -> None:
        if self._path.exists():
            self._path.replace(self._path.with_name(f"{self._path.name}.damaged"))

    def _recovered(self, why: str) -> ComposedLibrary:
        good = _parsed(self._last_good) if _mark(self._last_good) else None
        if good is None:
            told = f"{self._path} {why}, and there is no last good state: compile the skills again"
            return ComposedLibrary(told=told)
        told = f"{self._path} {why}; the last good state was taken instead: compile the skills again"
        return replace(good, told=told)


def _parsed(path: Path) -> ComposedLibrary | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    try:
        found = _WHOLE.validate_json(data)
    except ValidationError:
        _refuse_newer(path, _version(data))
        return None
    _refuse_newer(path, found.version)
    return ComposedLibrary(found.tools, found.failed, found.tombstones, found.compiler)


def _version(data: bytes) -> int:
    try:
        return _VERSION.validate_json(data).version
    except ValidationError:
        return 0


def _refuse_newer(path: Path, version: int) -> None:
    if version > VERSION:
        raise StoreNewer(
            f"{path} has version {version}, this program knows {VERSION}",
            hint="use the newer program, or move the file away and compile again",
        )


def _mark(path: Path) -> _Mark | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
