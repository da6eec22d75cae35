"""Move, copy and remove folders and files so that a crash leaves the old place or the new one, whole.

In     paths that the caller holds the locks of
Out    the same bytes elsewhere, durable when the call returns
Never  overwrites anything; takes something away before it is safe elsewhere; follows a link
"""

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from skillstrata.adapters.atomic_files import sync_folder
from skillstrata.records.learned_faults import ArtifactChanged, ArtifactNameTaken, ArtifactUnmovable

_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.EXDEV, errno.ENOSYS})


@dataclass(frozen=True, slots=True)
class Inside:
    """One thing at or in an artefact. `path` is relative, "" for itself; `kind` is file, folder or link."""

    path: str
    kind: str
    mode: int
    size: int = 0


def inside(unit: Path) -> Iterator[Inside]:
    """Give the unit and everything in it, folders before what is in them, by name.

    Raises:
        ArtifactUnmovable: A device, pipe or socket is among it.
    """
    yield from _inside(unit, "")


def _inside(at: Path, path: str) -> Iterator[Inside]:
    seen = at.lstat()
    mode = stat.S_IMODE(seen.st_mode)
    if stat.S_ISLNK(seen.st_mode):
        yield Inside(path, "link", mode)
    elif stat.S_ISREG(seen.st_mode):
        yield Inside(path, "file", mode, seen.st_size)
    elif stat.S_ISDIR(seen.st_mode):
        yield Inside(path, "folder", mode)
        for name in sorted(os.listdir(at)):
            yield from _inside(at / name, f"{path}/{name}" if path else name)
    else:
        raise ArtifactUnmovable(f"{at} is no plain file, folder or link", hint="remove it, then run the command again")


def moved(source: Path, target: Path) -> bool:
    """Move a file or folder to a place where nothing is, in one step; False where only a copy gets there.

    Raises:
        ArtifactNameTaken: Something is at the target.
        OSError: The source is where it was.
    """
    if os.path.lexists(target):
        raise ArtifactNameTaken(f"{target} is there already", hint="run the command again")
    try:
        os.rename(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return False
    sync_folder(target.parent)
    sync_folder(source.parent)
    return True


def beside(target: Path) -> Path:
    """Give where a copy is made before it gets its name."""
    return target.with_name(f".tmp-{target.name[:100]}")


def copy_durably(source: Path, target: Path) -> None:
    """Copy a file or folder beside its target, see that it is the same, and rename it into place.

    Raises:
        ArtifactChanged: The source changed meanwhile.
        OSError: It cannot be read, or written there.
    """
    copy = beside(target)
    remove(copy)
    parts = tuple(inside(source))
    for part in parts:
        _copy_one(source / part.path, copy / part.path, part)
    for part in reversed(parts):
        if part.kind == "folder":
            os.chmod(copy / part.path, part.mode)
            sync_folder(copy / part.path)
    if tuple(inside(source)) != parts or content_digest(source) != content_digest(copy):
        remove(copy)
        raise ArtifactChanged(f"{source} changed while it was copied", hint="run the command again")
    os.rename(copy, target)
    sync_folder(target.parent)


def _copy_one(source: Path, target: Path, part: Inside) -> None:
    if part.kind == "link":
        os.symlink(os.readlink(source), target)
    elif part.kind == "folder":
        os.mkdir(target, 0o700)
    else:
        shutil.copyfile(source, target, follow_symlinks=False)
        shutil.copystat(source, target, follow_symlinks=False)
        _sync_file(target)


def _sync_file(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def content_digest(unit: Path) -> str:
    """Give a digest of names, kinds and bytes of a file or folder."""
    total = hashlib.sha256()
    for part in inside(unit):
        at = unit / part.path
        data = os.fsencode(os.readlink(at)) if part.kind == "link" else at.read_bytes() if part.kind == "file" else b""
        total.update(f"{part.kind} {part.path}\0{len(data)}\0".encode("utf-8", "surrogateescape") + data)
    return total.hexdigest()


def put_in_place(staged: Path, place: Path) -> None:
    """Give a staged file or folder its name, in one step, where nothing has it.

    Raises:
        ArtifactNameTaken: Something has.
    """
    if os.path.lexists(place):
        raise ArtifactNameTaken(f"{place} is there already", hint="choose another name for the draft")
    if staged.is_dir():
        os.rename(staged, place)
    else:
        _name_file(staged, place)
    sync_folder(place.parent)


def _name_file(staged: Path, place: Path) -> None:
    try:
        os.link(staged, place)
    except FileExistsError:
        raise ArtifactNameTaken(f"{place} is there already", hint="choose another name for the draft") from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        os.rename(staged, place)
    else:
        # After power loss the old name may be gone and the new one not there, unless that is safe first.
        sync_folder(place.parent)
        os.unlink(staged)


def remove(path: Path) -> None:
    """Remove a file or folder of ours, if it is there; folders that forbid it are opened for that."""
    if not os.path.lexists(path):
        return
    if path.is_symlink() or not path.is_dir():
        os.unlink(path)
    else:
        for folder, _below, names in os.walk(path, topdown=True):
            os.chmod(folder, 0o700)
            for name in names:
                os.unlink(f"{folder}/{name}")
        for folder, below, _names in os.walk(path, topdown=False):
            for name in below:
                _remove_folder(Path(folder, name))
        os.rmdir(path)
    sync_folder(path.parent)


def _remove_folder(path: Path) -> None:
    if path.is_symlink():
        os.unlink(path)
    else:
        os.rmdir(path)
