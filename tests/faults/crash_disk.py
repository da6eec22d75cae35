"""A model of a disk that forgets what was not synced, and a recorder that runs real code on it.

In     real code that works below a folder, through the functions of `os`
Out    the same files as ever; and every tree of files that a power failure at this moment may leave
Why    a file's bytes are safe after fsync of the file, its name after fsync of the folder it lies in; between those, a
       disk may keep any part of what was asked for, in any order. kill -9 loses nothing that was asked for already.
"""

import contextlib
import itertools
import os
import shutil
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ParamSpec

P = ParamSpec("P")
Tree = frozenset[tuple[str, bytes | None]]
_ROOT = 1
# Above this many changes of names at once, not every set of them is tried.
_EVERY_SET_UP_TO = 8


class Killed(BaseException):
    """SIGKILL, as far as a process can be shown it: nothing that follows reaches the disk."""


@dataclass
class _Node:
    is_folder: bool
    data: bytes = b""
    synced: bytes = b""


@dataclass(frozen=True)
class _Change:
    """One change of names: each (folder, name) gets a node or none. A sync of `home` makes it safe."""

    home: int
    entries: tuple[tuple[tuple[int, str], int | None], ...]


@dataclass
class CrashDisk:
    """What is on the disk for a process, and what of it is safe."""

    nodes: dict[int, _Node] = field(default_factory=lambda: {_ROOT: _Node(is_folder=True)})
    safe: dict[tuple[int, str], int] = field(default_factory=dict)
    pending: list[_Change] = field(default_factory=list)

    def now(self) -> dict[tuple[int, str], int]:
        """Give every name as a process sees it."""
        return _applied(self.safe, self.pending)

    def change(self, home: int, *entries: tuple[tuple[int, str], int | None]) -> None:
        """Change names."""
        self.pending.append(_Change(home, entries))

    def sync(self, node: int) -> None:
        """Make a file's bytes, or the names in a folder, safe."""
        self.nodes[node].synced = self.nodes[node].data
        self.safe = _applied(self.safe, [change for change in self.pending if change.home == node])
        self.pending = [change for change in self.pending if change.home != node]

    def add(self, *, is_folder: bool) -> int:
        """Make a file or folder without a name."""
        self.nodes[len(self.nodes) + 1] = _Node(is_folder)
        return len(self.nodes)

    def after_power_loss(self) -> set[Tree]:
        """Give every tree that may be found when the power comes back."""
        return {tree for kept in self._sets() for tree in self._trees(_applied(self.safe, kept))}

    def drawn(self, choice: int) -> Tree:
        """Give one such tree; every bit of `choice` decides about a name or a file."""
        kept = [change for bit, change in enumerate(self.pending) if choice >> bit & 1]
        choice >>= len(self.pending)
        paths = dict(_walk(_applied(self.safe, kept), self.nodes, _ROOT, ""))
        held: dict[int, bytes] = {}
        for node in sorted({node for node in paths.values() if not self.nodes[node].is_folder}):
            choice, index = divmod(choice, len(ways := sorted(_leftovers(self.nodes[node]))))
            held[node] = ways[index]
        return frozenset((path, held.get(node)) for path, node in paths.items())

    def _sets(self) -> Iterator[list[_Change]]:
        count = len(self.pending)
        if count <= _EVERY_SET_UP_TO:
            for mask in range(2**count):
                yield [change for bit, change in enumerate(self.pending) if mask >> bit & 1]
            return
        for cut in range(count + 1):
            yield self.pending[:cut]
            yield self.pending[:cut] + self.pending[cut + 1 :]

    def _trees(self, names: dict[tuple[int, str], int]) -> Iterator[Tree]:
        paths = dict(_walk(names, self.nodes, _ROOT, ""))
        files = [node for node in set(paths.values()) if not self.nodes[node].is_folder]
        for contents in itertools.product(*(_leftovers(self.nodes[node]) for node in files)):
            held = dict(zip(files, contents, strict=True))
            yield frozenset((path, held.get(node)) for path, node in paths.items())


def _applied(safe: dict[tuple[int, str], int], changes: list[_Change]) -> dict[tuple[int, str], int]:
    names = dict(safe)
    for key, node in itertools.chain.from_iterable(change.entries for change in changes):
        if node is None:
            names.pop(key, None)
        else:
            names[key] = node
    return names


def _walk(
    names: dict[tuple[int, str], int], nodes: dict[int, _Node], folder: int, prefix: str
) -> Iterator[tuple[str, int]]:
    for (home, name), node in names.items():
        if home == folder:
            yield prefix + name, node
            if nodes[node].is_folder:
                yield from _walk(names, nodes, node, f"{prefix}{name}/")


def _leftovers(node: _Node) -> set[bytes]:
    """Give what a file may hold after power loss: the synced bytes, all of them, half, or room with nothing in it."""
    if node.data == node.synced:
        return {node.data}
    half = node.data[: (len(node.synced) + len(node.data) + 1) // 2]
    empty = node.synced[: len(node.data)].ljust(len(node.data), b"\0")
    return {node.synced, node.data, half, empty}


def disk_of(root: Path) -> CrashDisk:
    """Give a disk on which everything below a folder is safe."""
    disk = CrashDisk()
    known = {root: _ROOT}
    for path in sorted(root.rglob("*")):
        node = disk.add(is_folder=path.is_dir())
        known[path] = node
        disk.safe[known[path.parent], path.name] = node
        if path.is_file():
            disk.nodes[node].data = disk.nodes[node].synced = path.read_bytes()
    return disk


def put_back(root: Path, tree: Tree) -> CrashDisk:
    """Make a folder hold exactly this tree, as after the power came back."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    for path, held in sorted(tree):
        if held is None:
            (root / path).mkdir()
        else:
            (root / path).write_bytes(held)
    return disk_of(root)


class Recorder:
    """Runs code with the functions of `os` replaced by ones that also tell the disk; kills or fails it at a step.

    A step is anything that changes the disk or syncs it. Other threads, and paths outside the folder, are left alone.
    """

    def __init__(self, root: Path, disk: CrashDisk, *, kill_at: int = 0, fail_at: int = 0, number: int = 0) -> None:
        self._root, self.disk = root, disk
        self._kill_at, self._fail_at, self._errno = kill_at, fail_at, number
        self._fds: dict[int, int] = {}
        self._thread = threading.get_ident()
        self._is_dead = False
        self.steps = 0

    @contextlib.contextmanager
    def recording(self) -> Generator["Recorder"]:
        """Put the functions in place for the length of a with-block."""
        mine = {
            "open": self._open,
            "close": self._close,
            "write": self._write,
            "fsync": self._fsync,
            "ftruncate": self._ftruncate,
            "fchmod": self._plain("fchmod"),
            "utime": self._plain("utime"),
            "mkdir": self._mkdir,
            "rmdir": self._unlink("rmdir"),
            "unlink": self._unlink("unlink"),
            "link": self._link,
            "rename": self._rename("rename"),
            "replace": self._rename("replace"),
        }
        self._real = {name: getattr(os, name) for name in mine}
        try:
            for name, function in mine.items():
                setattr(os, name, function)
            yield self
        finally:
            for name, function in self._real.items():
                setattr(os, name, function)

    def _is_ours(self, path: object) -> bool:
        if threading.get_ident() != self._thread:
            return False
        if isinstance(path, int):
            ours = path in self._fds
        else:
            ours = isinstance(path, str | os.PathLike) and Path(path).is_relative_to(self._root)
        if ours and self._is_dead:
            raise Killed
        return ours

    def _step(self) -> None:
        self.steps += 1
        if self.steps == self._kill_at:
            self._is_dead = True
            raise Killed
        if self.steps == self._fail_at:
            raise OSError(self._errno, os.strerror(self._errno))

    def _key(self, path: str | Path) -> tuple[int, str]:
        """Give a path as (folder, name)."""
        folder, names = _ROOT, self.disk.now()
        *above, name = Path(path).relative_to(self._root).parts
        for part in above:
            folder = names[folder, part]
        return folder, name

    def _node(self, path: str | Path) -> int | None:
        return _ROOT if Path(path) == self._root else self.disk.now().get(self._key(path))

    def _open(self, path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if dir_fd is not None or not self._is_ours(path):
            return self._real["open"](path, flags, mode, dir_fd=dir_fd)
        makes = bool(flags & os.O_CREAT) and not os.path.lexists(path)
        if makes:
            self._step()
        fd = self._real["open"](path, flags, mode)
        if makes:
            self.disk.change(self._key(path)[0], (self._key(path), self.disk.add(is_folder=False)))
        node = self._node(path)
        assert node is not None
        self._fds[fd] = node
        return fd

    def _close(self, fd: int) -> None:
        if threading.get_ident() == self._thread:
            self._fds.pop(fd, None)
        self._real["close"](fd)

    def _write(self, fd: int, data: bytes) -> int:
        if not self._is_ours(fd):
            return self._real["write"](fd, data)
        try:
            self._step()
        except (Killed, OSError):
            # A write that is cut short has written its first half.
            self._write_really(fd, data[: len(data) // 2])
            raise
        return self._write_really(fd, data)

    def _write_really(self, fd: int, data: bytes) -> int:
        written = self._real["write"](fd, data)
        # All of our writers append, to a new file or an old one.
        self.disk.nodes[self._fds[fd]].data += bytes(data[:written])
        return written

    def _fsync(self, fd: int) -> None:
        if self._is_ours(fd):
            self._step()
            self.disk.sync(self._fds[fd])
        else:
            self._real["fsync"](fd)

    def _ftruncate(self, fd: int, length: int) -> None:
        if self._is_ours(fd):
            self._step()
            node = self.disk.nodes[self._fds[fd]]
            node.data = node.data[:length]
        self._real["ftruncate"](fd, length)

    def _plain(self, name: str) -> Callable[P, None]:
        """Give a function that changes neither names nor bytes, but is a moment to die at."""

        def function(*args: P.args, **more: P.kwargs) -> None:
            if args and self._is_ours(args[0]):
                self._step()
            self._real[name](*args, **more)

        return function

    def _mkdir(self, path: str, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        ours = dir_fd is None and self._is_ours(path)
        if ours:
            self._step()
        self._real["mkdir"](path, mode, dir_fd=dir_fd)
        if ours:
            self.disk.change(self._key(path)[0], (self._key(path), self.disk.add(is_folder=True)))

    def _unlink(self, name: str) -> Callable[..., None]:
        def function(path: str, *, dir_fd: int | None = None) -> None:
            ours = dir_fd is None and self._is_ours(path)
            if ours:
                self._step()
            key = self._key(path) if ours else (0, "")
            self._real[name](path, dir_fd=dir_fd)
            if ours:
                self.disk.change(key[0], (key, None))

        return function

    def _link(self, source: str, target: str) -> None:
        if not self._is_ours(target):
            self._real["link"](source, target)
            return
        self._step()
        self._real["link"](source, target)
        self.disk.change(self._key(target)[0], (self._key(target), self._node(source)))

    def _rename(self, name: str) -> Callable[[str, str], None]:
        def function(source: str, target: str) -> None:
            if not self._is_ours(target):
                self._real[name](source, target)
                return
            self._step()
            moved = self._node(source)
            self._real[name](source, target)
            old, new = self._key(source), self._key(target)
            self.disk.change(new[0], (old, None), (new, moved))

        return function
