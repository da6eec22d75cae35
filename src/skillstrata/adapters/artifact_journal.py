"""What is about to be changed in folders of artefacts, written down first, so that a crash can be told and mended.

In     a Change
Out    its file, durable before the first step and gone after the last
Never  forgets a change before its last step; takes a damaged file for a change, or one of a later version for one of
       its own
Why    taking the old artefact away and putting the new one in are two steps on the disk; nobody may be left between
"""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

from skillstrata.adapters.artifact_listing import SCRATCH
from skillstrata.adapters.atomic_files import make_folder, sync_folder, write_atomic, write_new

_TEXTS = ("unit", "page", "kept", "gone", "manifest", "tombstone", "staged", "place", "back")


class Change(BaseModel):
    """One change. Paths are "" where the change has none.

    `unit` is what is taken out of use (a folder or a file), its `page` had this `digest`; it goes to `kept`, or to
    `gone` where only its tombstone or a copy stays. `staged` is the new artefact, whole, before it gets its name
    `place`. `back` is what a restore brings to `place` again.

    `is_copied`: `kept` (or `staged`) is made by copying, for it lies on another file system. `is_over`: all that is
    left to do is to remove what was moved to `gone`. `version` is that of these rules: what another one wrote down is
    settled by its own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    version: Literal[1] = 1
    id: str
    unit: str = ""
    page: str = ""
    digest: str = ""
    kept: str = ""
    gone: str = ""
    manifest: str = ""
    tombstone: str = ""
    tombstone_digest: str = ""
    staged: str = ""
    place: str = ""
    back: str = ""
    is_copied: bool = False
    is_over: bool = False

    @field_validator(*_TEXTS)
    @classmethod
    def _is_a_place(cls, path: str) -> str:
        if "\0" in path:
            raise ValueError("no path holds a zero byte")
        return path

    @property
    def scratches(self) -> tuple[Path, ...]:
        """Give the folders that were made for this change alone."""
        folders = dict.fromkeys(Path(each).parent for each in (self.staged, self.gone) if each)
        return tuple(folder for folder in folders if folder.name == f"{SCRATCH}{self.id}")

    @property
    def shelves(self) -> tuple[Path, ...]:
        """Give the folders that must be locked."""
        return tuple(Path(each).parent for each in (self.unit, self.place) if each)


class _Stamped(BaseModel):
    version: int


class Journal:
    """The changes that are under way."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made with the first change."""
        self._folder = folder

    def begin(self, change: Change) -> None:
        """Write a change down.

        Raises:
            OSError: It is not written down; nothing may be changed.
        """
        make_folder(self._folder)
        write_new(self._path(change.id), change.model_dump_json().encode())

    def note(self, change: Change) -> None:
        """Write down how far a change has come.

        Raises:
            OSError: What was written down before still is.
        """
        write_atomic(self._path(change.id), change.model_dump_json().encode())

    def end(self, change: Change) -> None:
        """Strike a change out."""
        with contextlib.suppress(FileNotFoundError):
            self._path(change.id).unlink()
            sync_folder(self._folder)

    def held(self, id_: str) -> Change | None:
        """Give a change as it is written down; None where it is not, no longer, or is damaged."""
        try:
            return _change_in(self._path(id_))
        except (OSError, ValueError):
            return None

    def is_open(self, id_: str) -> bool:
        """Say whether something is written down under this name, also where it cannot be read."""
        return os.path.lexists(self._path(id_))

    def open_changes(self) -> Iterator[Change]:
        """Give every change that is written down.

        What is none is set aside: a damaged file, a folder or a link, or one whose name is not its change's. What a
        later version wrote down stays as it is, for that one; so does what cannot be read now.
        """
        for path in sorted(self._folder.glob("*.json")):
            try:
                change = _change_in(path)
            except ValueError:
                if not _is_later(path):
                    _set_aside(path)
            except OSError as error:
                if error.errno == errno.ELOOP:
                    _set_aside(path)
            else:
                yield change

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"


def _change_in(path: Path) -> Change:
    change = Change.model_validate_json(_plain_bytes(path))
    if change.id != path.stem:
        raise ValueError(f"{path} holds another change")
    return change


def _plain_bytes(path: Path) -> bytes:
    # Without waiting, for a pipe in its place would keep whoever opens it.
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise ValueError(f"{path} is no plain file")
        with open(fd, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(fd)


def _is_later(path: Path) -> bool:
    try:
        return _Stamped.model_validate_json(_plain_bytes(path)).version > 1
    except (OSError, ValueError):
        return False


def _set_aside(path: Path) -> None:
    number, target = 1, path.with_suffix(".damaged")
    while os.path.lexists(target):
        number += 1
        target = path.with_suffix(f".damaged-{number}")
    with contextlib.suppress(OSError):
        path.rename(target)


def new_id() -> str:
    """Give a name for a change."""
    return secrets.token_hex(12)
