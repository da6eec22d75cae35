"""What is about to be changed in folders of artefacts, written down first, so that a crash can be told and mended.

In     a Change
Out    its file, durable before the first step and gone after the last; after a crash the change is finished or undone
Never  mends a change whose process is still at it; removes what the change did not make
Why    taking the old artefact away and putting the new one in are two steps on the disk; nobody may be left between
"""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from skillstrata.adapters.artifact_moving import beside, content_digest, put_in_place, remove
from skillstrata.adapters.atomic_files import make_folder, sync_folder, write_new
from skillstrata.records.learned_faults import ArtifactNameTaken

UNDONE = "undone"


class Change(BaseModel):
    """One change. Paths are "" where the change has none.

    `unit` is what is taken out of use (a folder or a file), known again by the digest of its `page`; it goes to `kept`,
    or to `gone` where only its tombstone stays. `staged` is the new artefact, whole, before it gets its name `place`.
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
    staged: str = ""
    place: str = ""

    @property
    def shelves(self) -> tuple[Path, ...]:
        """Give the folders that must be locked."""
        return tuple(Path(each).parent for each in (self.unit, self.place) if each)

    @property
    def is_old_there(self) -> bool:
        """Say whether what is to be taken away is still in its place."""
        try:
            return hashlib.sha256(Path(self.page).read_bytes()).hexdigest() == self.digest
        except OSError:
            return False


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


def settle(change: Change) -> str:
    """Finish a change whose old artefact is out of the way, undo any other; give a sentence on it.

    Raises:
        OSError: The disk does not let us; everything is still written down.
    """
    if change.unit and change.is_old_there:
        _undo(change)
        return f"{UNDONE}: {change.unit} is as it was"
    if change.unit and not _is_safe(change):
        # Neither there nor kept: somebody else moved it. What we wrote about it would not be true.
        _undo(change)
        return f"{UNDONE}: {change.unit} was taken away by somebody else"
    sentence = _finish_place(change)
    _remove_named(change.gone)
    return sentence or f"finished: {change.unit} is out of use"


def _is_safe(change: Change) -> bool:
    return os.path.lexists(change.kept or change.gone) or os.path.lexists(change.tombstone or change.kept)


def _undo(change: Change) -> None:
    for path in (change.staged, change.gone, change.tombstone):
        _remove_named(path)
    if change.kept:
        _remove_named(str(beside(Path(change.kept))))
        if not _is_a_copy(Path(change.kept), Path(change.unit)):
            return
        _remove_named(change.kept)
    _remove_named(change.manifest)


def _is_a_copy(kept: Path, unit: Path) -> bool:
    """Say whether nothing is kept, or nothing but a copy, made on the way to another file system."""
    if not os.path.lexists(kept):
        return True
    return os.path.lexists(unit) and content_digest(kept) == content_digest(unit)


def _finish_place(change: Change) -> str:
    if not change.place:
        return ""
    staged, place = Path(change.staged), Path(change.place)
    is_staged, is_placed = os.path.lexists(staged), os.path.lexists(place)
    if is_placed and (not is_staged or content_digest(staged) == content_digest(place)):
        remove(staged)
        return f"finished: {place} is there"
    if not change.unit:
        remove(staged)
        return f"{UNDONE}: {place} was not written"
    if not is_staged:
        _bring_back(change)
        return f"{UNDONE}: {place} was not written"
    try:
        put_in_place(staged, place)
    except ArtifactNameTaken:
        _bring_back(change)
        return f"{UNDONE}: something else is at {place}"
    return f"finished: {place} is there"


def _bring_back(change: Change) -> None:
    """Put the old artefact back, where its place is free; else it stays kept, and only the new one is dropped."""
    held = next((each for each in (change.gone, change.kept) if each and os.path.lexists(each)), "")
    if held and not os.path.lexists(change.unit):
        os.rename(held, change.unit)
        sync_folder(Path(change.unit).parent)
        for path in (change.kept, change.tombstone, change.manifest):
            _remove_named(path)
    remove(Path(change.staged))


def _remove_named(path: str) -> None:
    if path:
        remove(Path(path))
