"""Paths of native tools: below the caller's folder or a declared root, and nowhere else.

In     a path as a step wrote it, the roots
Out    an open folder and a name in it
Never  accepts `..`; follows a link out of a root, also one that is put there between the look and the opening
Why    the path is resolved first, for the message; then every folder is opened by its name in the one before, and a
       link there is refused, so that what was looked at is what is opened
"""

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from skillstrata.adapters.native_tools import NativeFault
from skillstrata.records.tool_calls import ToolCall

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_CHARACTERS = 4096
# What lies there is no file: it tells of this very process, of secrets in its variables, and of the machine's devices.
_MACHINE = (Path("/proc"), Path("/sys"), Path("/dev"))
_MEMORY = Path("/dev/shm")  # noqa: S108 - it is named, nothing is put there


@dataclass(frozen=True, slots=True)
class Roots:
    """Folders beside the caller's own; and folders and files below them that no tool may touch, whoever asks.

    `spared` are folders in closed ones that are not closed.
    """

    open: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A place below `root`: `parts` are its folders and its own name, none of them a link when it was looked at."""

    root: Path
    parts: tuple[str, ...]

    @property
    def path(self) -> Path:
        """Give the whole path."""
        return self.root.joinpath(*self.parts)


def place_of(text: str, call: ToolCall, roots: Roots) -> Place:
    """Find the place that a path means.

    Args:
        text: Relative to the caller's folder, or absolute and below a root.
        call: Whose folder is itself a root, and what policy leaves it: a folder of every layer that names some.
        roots: Further folders, and what is closed; absolute.

    Raises:
        NativeFault: It lies elsewhere, or is no path.
    """
    if not text or "\0" in text or len(text) > _MOST_CHARACTERS:
        raise NativeFault("invalid_arguments", f"{text[:80]!r} is no path", sent=False)
    if ".." in PurePosixPath(text).parts:
        raise NativeFault(
            "denied", f"{text!r} goes up with `..`", hint="name the place without `..`, below a root", sent=False
        )
    cwd = call.caller.cwd
    wanted = Path(cwd) / text
    real = _resolved(wanted)
    if _is_below(real, roots.closed) and not _is_below(real, roots.spared):
        raise NativeFault("denied", f"{text!r} belongs to this program itself", hint="choose another", sent=False)
    if any(real.is_relative_to(folder) for folder in _MACHINE) and not real.is_relative_to(_MEMORY):
        raise NativeFault("denied", f"{text!r} is the machine's own, no file", hint="choose another", sent=False)
    for layer in call.bounds.roots:
        if not _is_below(real, layer):
            raise NativeFault(
                "denied", f"{text!r} lies outside {', '.join(layer)}", hint="policy `roots` leave no other", sent=False
            )
    for root in (cwd, *roots.open):
        base = _resolved(Path(root))
        if real == base or real.is_relative_to(base):
            return Place(base, real.relative_to(base).parts)
    led = "" if real == wanted else f", which leads to {real},"
    raise NativeFault(
        "denied",
        f"{text!r}{led} lies outside of {', '.join((cwd, *roots.open))}",
        hint="use a path below the folder of the call, or add its folder to policy `roots`",
        sent=False,
    )


def _is_below(real: Path, folders: tuple[str, ...]) -> bool:
    return any(real.is_relative_to(_resolved(Path(folder))) for folder in folders)


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:
        raise NativeFault("denied", f"{path}: its links lead in a circle", sent=False) from error


@contextmanager
def folder_of(place: Place, *, make: bool = False) -> Generator[int]:
    """Open the folder that a place lies in, step by step from its root; with `make`, make what is missing.

    Raises:
        NativeFault: A folder on the way is not there, is none, or is a link now.
    """
    fd = os.open(place.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in place.parts[:-1]:
            fd = _stepped(fd, name, place, make=make)
        yield fd
    finally:
        os.close(fd)


def _stepped(fd: int, name: str, place: Place, *, make: bool) -> int:
    try:
        inner = _opened(fd, name, make=make)
    except FileNotFoundError:
        raise NativeFault("tool_error", f"{place.path}: there is no folder {name!r}", sent=False) from None
    except OSError as error:
        raise NativeFault(
            "denied", f"{place.path}: {name!r} is not a folder that may be gone into: {error.strerror}", sent=False
        ) from error
    os.close(fd)
    return inner


def _opened(fd: int, name: str, *, make: bool) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=fd)
    except FileNotFoundError:
        if not make:
            raise
    try:
        os.mkdir(name, dir_fd=fd)
    except FileExistsError:
        pass
    else:
        os.fsync(fd)
    return os.open(name, _FOLDER, dir_fd=fd)
