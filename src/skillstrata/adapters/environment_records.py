"""Whose each file of an installed environment is, from the RECORD files of its distributions.

In     the folder of a plain installation, the paths that were there before it, the pins that were installed
Out    per distribution its files; nothing where some file cannot be told with certainty
Never  imports or runs anything of them
"""

import base64
import csv
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_COMPILED = re.compile(r"(.+)\.[a-z]+-\d+(?:\.opt-\d)?\.pyc")
_PIN = re.compile(r"([a-z0-9][a-z0-9._-]*)==([A-Za-z0-9.+!_-]+) \\((?:\n    --hash=sha256:[0-9a-f]{64}(?: \\)?)+)\n")
_RECORD_FIELDS = 3


@dataclass(frozen=True, slots=True)
class Pin:
    """One distribution of a lock: its name, its version and all digests that it may have."""

    name: str
    version: str
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InstalledFiles:
    """Paths relative to the environment: regular files, symbolic links with their targets, folders, parents first."""

    paths: tuple[str, ...]
    folders: tuple[str, ...]
    links: tuple[tuple[str, str], ...] = ()


def pins_of(text: str) -> tuple[Pin, ...] | None:
    """Read a lock; None where it holds more than plain pins (extras, markers)."""
    pins = tuple(
        Pin(name, version, tuple(sorted(re.findall(r"sha256:(\w+)", hashes))))
        for name, version, hashes in _PIN.findall(text)
    )
    return None if _PIN.sub("", text).strip() else pins


def everything(environment: Path) -> InstalledFiles:
    """List a whole environment."""
    paths: list[str] = []
    folders: list[str] = []
    links: list[tuple[str, str]] = []
    for where, inner, names in os.walk(environment):
        for name in (*inner, *names):
            path = Path(where, name)
            short = path.relative_to(environment).as_posix()
            if path.is_symlink():
                links.append((short, str(path.readlink())))
            elif name in inner:
                folders.append(short)
            else:
                paths.append(short)
    return InstalledFiles(tuple(sorted(paths)), tuple(sorted(folders)), tuple(sorted(links)))


def owned(
    environment: Path, site: str, pins: tuple[Pin, ...], before: InstalledFiles, ours: frozenset[str]
) -> tuple[InstalledFiles, dict[Pin, InstalledFiles]] | None:
    """Divide the files of an installed environment.

    Args:
        environment: Its folder.
        site: The folder of its packages, relative to it.
        pins: What was installed.
        before: What was there before.
        ours: Files that belong to neither.

    Returns:
        What belongs to the bare environment, and what to each distribution that can be told from the others; None
        where a file belongs to nobody.
    """
    found = everything(environment)
    if found.links != before.links:
        return None
    claims = {pin: _record(environment, site, pin) for pin in pins}
    if any(claim is None for claim in claims.values()):
        return None
    left = set(found.paths) - ours
    bare = _with_compiled(set(before.paths), left)
    divided: dict[Pin, set[str]] = {pin: _with_compiled(set(claim or ()), left) for pin, claim in claims.items()}
    if left - bare - set[str]().union(*divided.values()):
        return None
    sole = {
        pin: InstalledFiles(tuple(sorted(paths)), _folders_of(paths))
        for pin, paths in divided.items()
        if paths <= left and not paths & bare and _undisputed(environment, pin, claims)
    }
    folders = tuple(sorted({*before.folders, *_folders_of(bare & left)}))
    return InstalledFiles(tuple(sorted(bare & left)), folders, before.links), sole


def _record(environment: Path, site: str, pin: Pin) -> dict[str, tuple[str, str]] | None:
    """Read a distribution's RECORD: path in the environment to digest and size; None where it cannot be trusted."""
    folders = [
        folder
        for folder in (environment / site).glob("*.dist-info")
        if _spelled(folder.name.removesuffix(".dist-info").partition("-")[0]) == _spelled(pin.name)
    ]
    if len(folders) != 1:
        return None
    claimed: dict[str, tuple[str, str]] = {}
    with (folders[0] / "RECORD").open(encoding="utf-8", newline="") as lines:
        for row in csv.reader(lines):
            if len(row) != _RECORD_FIELDS or row[0].startswith("/"):
                return None
            path = os.path.normpath(f"{site}/{row[0]}")
            if path.startswith(".."):
                return None
            claimed[path] = (row[1], row[2])
    return claimed


def _spelled(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _with_compiled(paths: set[str], found: set[str]) -> set[str]:
    """Add the compiled form of each module, as far as it is there."""
    return paths | {path for path in found if (source := _source_of(path)) is not None and source in paths}


def _source_of(path: str) -> str | None:
    place = PurePosixPath(path)
    match = _COMPILED.fullmatch(place.name)
    return f"{place.parent.parent}/{match[1]}.py" if match and place.parent.name == "__pycache__" else None


def _folders_of(paths: set[str]) -> tuple[str, ...]:
    return tuple(sorted({str(parent) for path in paths for parent in PurePosixPath(path).parents} - {"."}))


def _undisputed(environment: Path, pin: Pin, claims: dict[Pin, dict[str, tuple[str, str]] | None]) -> bool:
    """Say whether each file is as this distribution has it: nobody else claims it, or its digest is as recorded."""
    mine = claims[pin] or {}
    others = set[str]().union(*(set(claim or ()) for other, claim in claims.items() if other != pin))
    for path, (digest, size) in mine.items():
        file = environment / path
        if size and str(file.lstat().st_size) != size:
            return False
        if path in others and _digest(file) != digest:
            return False
    return True


def _digest(file: Path) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(file.read_bytes()).digest()).rstrip(b"=").decode()
