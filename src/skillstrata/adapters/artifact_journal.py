"""What is about to be changed in folders of artefacts, written down first, so that a crash can be told and mended.

In     a Change
Out    its file, durable before the first step and gone after the last
Never  forgets a change before its last step; takes a damaged file for a change
Why    taking the old artefact away and putting the new one in are two steps on the disk; nobody may be left between
"""

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from skillstrata.adapters.artifact_listing import SCRATCH
from skillstrata.adapters.atomic_files import make_folder, sync_folder, write_atomic, write_new


class Change(BaseModel):
    """One change. Paths are "" where the change has none.

    `unit` is what is taken out of use (a folder or a file), its `page` had this `digest`; it goes to `kept`, or to
    `gone` where only its tombstone or a copy stays. `staged` is the new artefact, whole, before it gets its name
    `place`. `back` is what a restore brings to `place` again.

    `is_copied`: `kept` (or `staged`) is made by copying, for it lies on another file system. `is_over`: all that is
    left to do is to remove what was moved to `gone`.
    """

    model_config = ConfigDict(frozen=True)
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

    @property
    def scratches(self) -> tuple[Path, ...]:
        """Give the folders that were made for this change alone."""
        folders = dict.fromkeys(Path(each).parent for each in (self.staged, self.gone) if each)
        return tuple(folder for folder in folders if folder.name == f"{SCRATCH}{self.id}")

    @property
    def shelves(self) -> tuple[Path, ...]:
        """Give the folders that must be locked."""
        return tuple(Path(each).parent for each in (self.unit, self.place) if each)


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
        """Give a change as it is written down; None where it is not, or no longer."""
        try:
            return Change.model_validate_json(self._path(id_).read_bytes())
        except FileNotFoundError:
            return None

    def open_changes(self) -> Iterator[Change]:
        """Give every change that is written down; a file that is none is set aside."""
        for path in sorted(self._folder.glob("*.json")):
            try:
                yield Change.model_validate_json(path.read_bytes())
            except FileNotFoundError:
                continue
            except ValidationError:
                path.rename(path.with_suffix(".damaged"))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"


def new_id() -> str:
    """Give a name for a change."""
    return secrets.token_hex(12)
