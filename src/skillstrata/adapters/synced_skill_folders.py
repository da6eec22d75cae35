"""Skills of ours in folders that Claude Code and other agents read, each put there in one step.

    <journal>/<number>/journal.json    what was to be done     <journal>/<number>/before/<n>/…   what was there

In     changes, each with the files that were judged to be there
Out    folders with exactly these files; a journal that takes it back
Never  touches a folder that is a link, or not as it was judged; follows a link in one
"""

import contextlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from skillstrata.adapters.atomic_files import make_folder, storing, write_atomic, write_new
from skillstrata.adapters.folder_swap import beside, put_folder, recover, take_folder
from skillstrata.adapters.skill_resources import SkillResourceFolders
from skillstrata.ports.synced_folders import PresentSkill, SyncChange
from skillstrata.records.exchanges import SyncStep, content_digest
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.tools import SkillFile

PAGE = "SKILL.md"
_JOURNAL = "journal.json"
_MOST_FILES, _MOST_BYTES = 600, 20 * 1024 * 1024
_MOST_FOLDERS = 2_000
_MOST_JOURNALS = 10
_CHANGED = "somebody changed it meanwhile"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    target: str
    name: str
    before: str
    after: str


class _Journal(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    at_s: float
    entries: tuple[_Entry, ...]


@dataclass(frozen=True, slots=True)
class SyncedSkillFolders:
    """Fulfils the SyncedFolders port. `journals` is where what was done is written down."""

    journals: Path

    def present(self, target: str, names: frozenset[str]) -> tuple[PresentSkill, ...]:
        """Give what is there under these names, and every other folder that has a SKILL.md, by name."""
        root = Path(target)
        try:
            with os.scandir(root) as scan:
                listed = [entry.name for _, entry in zip(range(_MOST_FOLDERS), scan, strict=False)]
        except OSError:
            listed = []
        there = {name for name in (*listed, *names) if not name.startswith(".")}
        return tuple(
            PresentSkill(name, _files(root / name))
            for name in sorted(there)
            if (name in names and os.path.lexists(root / name)) or (root / name / PAGE).is_file()
        )

    def apply(self, changes: tuple[SyncChange, ...], at_s: float) -> tuple[tuple[SyncStep, ...], str]:
        """Make the changes.

        Raises:
            StoreFull: Something cannot be written; what was done before stays, and is in the journal.
        """
        for target in sorted({change.target for change in changes}):
            with storing(Path(target)):
                make_folder(Path(target), mode=0o755)
                recover(Path(target))
        judged = [(change, _as_judged(change)) for change in changes]
        name = self._noted([change for change, is_so in judged if is_so], at_s)
        return tuple(_made(change) if is_so else _left(change) for change, is_so in judged), name

    def undo(self) -> tuple[SyncStep, ...]:
        """Take the last `apply` back that was not taken back yet.

        Raises:
            StoreFull: Something cannot be written; run it again.
        """
        numbers = self._numbers()
        if not numbers:
            return ()
        folder = self.journals / numbers[-1]
        try:
            journal = _Journal.model_validate_json((folder / _JOURNAL).read_bytes())
        except (OSError, ValidationError):
            # It was being written when its process ended: nothing had been changed yet.
            journal = _Journal(at_s=0.0, entries=())
        steps = tuple(_taken_back(folder / "before" / str(n), entry) for n, entry in enumerate(journal.entries))
        with storing(folder):
            shutil.rmtree(folder)
        return steps

    def _numbers(self) -> list[str]:
        try:
            return sorted(name for name in os.listdir(self.journals) if name.isdigit())
        except OSError:
            return []

    def _noted(self, changes: list[SyncChange], at_s: float) -> str:
        """Write down what is to be done, and keep what is there, before anything is done."""
        if not changes:
            return ""
        for unfinished in (number for number in self._numbers() if not (self.journals / number / _JOURNAL).is_file()):
            shutil.rmtree(self.journals / unfinished)
        numbers = self._numbers()
        name = f"{int(numbers[-1]) + 1 if numbers else 1:06d}"
        folder = self.journals / name
        with storing(folder):
            make_folder(folder)
            for n, change in enumerate(changes):
                _fill(folder / "before" / str(n), change.before)
            entries = tuple(
                _Entry(target=c.target, name=c.name, before=_digest(c.before), after=_digest(c.files)) for c in changes
            )
            text = _Journal(at_s=at_s, entries=entries).model_dump(mode="json")
            write_atomic(folder / _JOURNAL, (json.dumps(text, indent=1) + "\n").encode())
            for old in numbers[: -(_MOST_JOURNALS - 1)]:
                shutil.rmtree(self.journals / old, ignore_errors=True)
        return name


def _files(folder: Path) -> tuple[SkillFile, ...]:
    if folder.is_symlink() or not folder.is_dir():
        return ()
    folders = SkillResourceFolders()
    try:
        # Everything: a repository or an empty folder in it is somebody's work, whatever the other files are.
        listed = folders.listing(str(folder), most=_MOST_FILES, whole=True)
        if len(listed) > _MOST_FILES or any(entry.kind != "file" for entry in listed):
            return ()
        return tuple(SkillFile(e.path, folders.read(str(folder), e.path, max_bytes=_MOST_BYTES)) for e in listed)
    except FileUnreadable:
        return ()


def _digest(files: tuple[SkillFile, ...]) -> str:
    return content_digest(files) if files else ""


def _as_judged(change: SyncChange) -> bool:
    place = Path(change.target) / change.name
    if not change.before:
        return not os.path.lexists(place)
    return _digest(_files(place)) == _digest(change.before)


def _made(change: SyncChange) -> SyncStep:
    place = Path(change.target) / change.name
    if not _replaced(place, change.files, _digest(change.before)):
        return _left(change)
    what = "remove" if not change.files else "update" if change.before else "create"
    return SyncStep(change.name, what, str(place))


def _left(change: SyncChange) -> SyncStep:
    return SyncStep(change.name, "leave", f"{change.target}/{change.name}", _CHANGED)


def _taken_back(saved: Path, entry: _Entry) -> SyncStep:
    place = Path(entry.target) / entry.name
    now = _digest(_files(place)) if os.path.lexists(place) else ""
    if now == entry.before and (now or not os.path.lexists(place)):
        return SyncStep(entry.name, "keep", str(place), "it is as it was before")
    if now != entry.after or (not now and os.path.lexists(place)):
        return SyncStep(entry.name, "leave", str(place), "somebody changed it since")
    if not _replaced(place, _files(saved) if entry.before else (), entry.after):
        return SyncStep(entry.name, "leave", str(place), _CHANGED)
    if not entry.before:
        return SyncStep(entry.name, "remove", str(place))
    return SyncStep(entry.name, "create" if not entry.after else "update", str(place))


def _replaced(place: Path, files: tuple[SkillFile, ...], before: str) -> bool:
    """Put these files in a place, none for nothing, where what is taken out of it has this digest ("": nothing may)."""

    def fits(old: Path) -> bool:
        return bool(before) and _digest(_files(old)) == before

    with storing(place):
        if not files:
            return take_folder(place, fits)
        made = beside(place)
        try:
            _fill(made, files)
            return put_folder(made, place, fits)
        finally:
            with contextlib.suppress(OSError):
                shutil.rmtree(made, ignore_errors=True)


def _fill(folder: Path, files: tuple[SkillFile, ...]) -> None:
    folder.mkdir(parents=True, mode=0o755)
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        write_new(path, file.data, mode=0o755 if file.data.startswith(b"#!") else 0o644)
