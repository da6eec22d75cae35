"""A control group of its own for each run: the kernel holds memory and processes of the whole tree at their limits.

In     the job's limits, the process id of the sandbox's init before it goes on
Out    which limit the kernel had to enforce; the memory in use
Never  moves a process that is not the sandbox's; makes a group where somebody else has not opened the place to us
Why    the watcher looks every 50 ms and a program can take gigabytes between two looks. Where no group can be made
       (an ordinary user without delegation) the watcher alone holds the limits, and `doctor` says so
"""

import contextlib
import functools
import itertools
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from skillstrata.records.sandbox_runs import Limits

# bwrap's init and the shim, besides what the job may have.
_OURS = 2
_PREFIX = "skillstrata-"
_COUNTER = itertools.count()
_left: list[Path] = []
_UNIFIED_NEEDS = frozenset({"memory", "pids"})


@dataclass(frozen=True, slots=True)
class Hierarchies:
    """Folders in which a group can be made. Version 2 has one for everything, version 1 one for each controller."""

    unified: Path | None = None
    memory: Path | None = None
    pids: Path | None = None

    @property
    def version(self) -> int:
        """Give 2, 1, or 0 where none can be made."""
        return 2 if self.unified else 1 if self.memory else 0


class Group(Protocol):
    """What a run holds while it is alive."""

    def add(self, pid: int) -> None:
        """Move one process, and with it whatever it starts, into the group."""
        ...

    def broken_limit(self) -> str:
        """Give "memory" or "processes" when the kernel had to enforce it, else an empty string."""
        ...

    def close(self) -> None:
        """Remove the group; its processes are dead."""
        ...


class UnifiedGroup:
    """One folder of control group version 2."""

    def __init__(self, parent: Path, limits: Limits, memory_bytes: int) -> None:
        """Make the group.

        Raises:
            OSError: It cannot be made, or takes no limits.
        """
        self._folder = _made(parent)
        try:
            _write(self._folder / "memory.max", memory_bytes)
            with contextlib.suppress(OSError):  # a kernel without swap accounting has no such file
                _write(self._folder / "memory.swap.max", 0)
            _write(self._folder / "pids.max", limits.processes + _OURS)
        except OSError:
            self.close()
            raise

    def add(self, pid: int) -> None:
        """Move one process into the group."""
        _write(self._folder / "cgroup.procs", pid)

    def broken_limit(self) -> str:
        """Ask the kernel's counters."""
        if _counter(self._folder / "memory.events", "oom_kill"):
            return "memory"
        return "processes" if _counter(self._folder / "pids.events", "max") else ""

    def close(self) -> None:
        """Remove the folder."""
        _remove(self._folder)


class SplitGroup:
    """Folders of control group version 1: memory, and the number of processes where that is counted."""

    def __init__(self, places: Hierarchies, limits: Limits, memory_bytes: int) -> None:
        """Make the groups.

        Raises:
            OSError: They cannot be made, or take no limits.
        """
        self._folders: list[Path] = []
        try:
            if places.memory:
                self._limit(places.memory, "memory.limit_in_bytes", memory_bytes)
                with contextlib.suppress(OSError):  # a kernel without swap accounting has no such file
                    _write(self._folders[-1] / "memory.memsw.limit_in_bytes", memory_bytes)
            if places.pids:
                self._limit(places.pids, "pids.max", limits.processes + _OURS)
        except OSError:
            self.close()
            raise

    def _limit(self, parent: Path, name: str, value: int) -> None:
        self._folders.append(_made(parent))
        _write(self._folders[-1] / name, value)

    def add(self, pid: int) -> None:
        """Move one process into each group."""
        for folder in self._folders:
            _write(folder / "cgroup.procs", pid)

    def broken_limit(self) -> str:
        """Ask the kernel's counters."""
        for folder in self._folders:
            if _counter(folder / "memory.oom_control", "oom_kill"):
                return "memory"
            if _counter(folder / "pids.events", "max"):
                return "processes"
        return ""

    def close(self) -> None:
        """Remove the folders."""
        for folder in self._folders:
            _remove(folder)


def group_for(limits: Limits, folders_bytes: int) -> Group | None:
    """Make a group for one run; None where this process may make none.

    Args:
        limits: What the job may use.
        folders_bytes: What its folders in memory may hold besides; their pages count as memory in a group.
    """
    places = hierarchies()
    try:
        if places.unified:
            return UnifiedGroup(places.unified, limits, limits.memory_bytes + folders_bytes)
        return SplitGroup(places, limits, limits.memory_bytes + folders_bytes) if places.memory else None
    except OSError:
        return None


@functools.cache
def hierarchies() -> Hierarchies:
    """Find where this process may make groups; looked up once, and groups of processes long gone are removed then."""
    found = find_hierarchies(_text(Path("/proc/self/mountinfo")), _text(Path("/proc/self/cgroup")))
    for folder in (found.unified, found.memory, found.pids):
        if folder:
            _sweep(folder)
    return found


def find_hierarchies(mounts: str, groups: str) -> Hierarchies:
    """Find where groups may be made.

    Args:
        mounts: The text of /proc/self/mountinfo.
        groups: The text of /proc/self/cgroup.
    """
    paths = {names: path for _, names, path in (line.split(":", 2) for line in groups.splitlines() if ":" in line)}
    unified, split = _mounted(mounts)
    if unified and "" in paths:
        place = _delegated(unified, unified / paths[""].lstrip("/"))
        if place:
            return Hierarchies(unified=place)
    found = {name: _own(name, split[name], paths) for name in ("memory", "pids") if name in split}
    return Hierarchies(memory=found.get("memory"), pids=found.get("pids") if found.get("memory") else None)


def _mounted(mounts: str) -> tuple[Path | None, dict[str, tuple[str, Path]]]:
    unified: Path | None = None
    split: dict[str, tuple[str, Path]] = {}
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        match before.split(), after.split():
            case [_, _, _, _, place, *_], ["cgroup2", *_]:
                unified = Path(_plain(place))
            case [_, _, _, root, place, *_], ["cgroup", _, options, *_]:
                found = (_plain(root), Path(_plain(place)))
                split |= dict.fromkeys(_UNIFIED_NEEDS & set(options.split(",")), found)
            case _:
                pass
    return unified, split


def _plain(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), field)


def _delegated(mount: Path, own: Path) -> Path | None:
    # Never our own group: one that holds processes may not share out memory. The nearest above it that is open to us
    # and shares both out to its children will do; there we are one child more.
    for folder in own.parents if own != mount else (mount,):
        if not folder.is_relative_to(mount):
            return None
        shared = set(_text(folder / "cgroup.subtree_control").split())
        if shared >= _UNIFIED_NEEDS and _open_to_us(folder):
            return folder
    return None


def _own(name: str, mounted: tuple[str, Path], paths: dict[str, str]) -> Path | None:
    root, mount = mounted
    path = next((p for names, p in paths.items() if name in names.split(",")), "")
    folder = mount / path.removeprefix(root.rstrip("/")).lstrip("/")
    return folder if path and _open_to_us(folder) else None


def _open_to_us(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK) and os.access(folder / "cgroup.procs", os.W_OK)


def _made(parent: Path) -> Path:
    folder = parent / f"{_PREFIX}{os.getpid()}-{next(_COUNTER)}"
    folder.mkdir()
    return folder


def _write(path: Path, value: int) -> None:
    path.write_text(f"{value}\n", encoding="ascii")


def _counter(path: Path, name: str) -> int:
    for line in _text(path).splitlines():
        key, _, value = line.partition(" ")
        if key == name and value.isdigit():
            return int(value)
    return 0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _sweep(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not Path("/proc", owner).exists():
            _remove(folder)


def _remove(folder: Path) -> None:
    # A process that has just died is still counted for a moment; what is left then is tried again with the next one.
    _left.append(folder)
    for old in _left.copy():
        with contextlib.suppress(OSError):
            old.rmdir()
        if not old.exists():
            with contextlib.suppress(ValueError):  # another thread was quicker
                _left.remove(old)
