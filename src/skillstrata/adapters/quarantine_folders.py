"""Packages of others in folders of ours that no source of skills looks into.

    exchange/quarantine/<name>/record.json, files/…        exchange/accepted/<name>.json

In     packages that passed the bounds
Out    the same bytes again; records
Never  writes below a name that is no skill name; leaves half a package
"""

import json
import os
import re
import shutil
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from skillstrata.adapters.atomic_files import make_folder, storing, sync_folder, write_atomic, write_new
from skillstrata.adapters.folder_swap import NEW, beside, put_folder, recover, take_folder
from skillstrata.adapters.skill_resources import SkillResourceFolders
from skillstrata.records.exchange_faults import PackageUnknown
from skillstrata.records.exchanges import SkillPackage, content_digest
from skillstrata.records.failures import FileUnreadable, OutputExists
from skillstrata.records.tools import SkillFile

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_RECORD = TypeAdapter(SkillPackage)
_MOST_FILES, _MOST_BYTES = 600, 20 * 1024 * 1024
_EXECUTABLE_HEAD = b"#!"


class QuarantineFolders:
    """Fulfils the Quarantine port."""

    def __init__(self, root: Path) -> None:
        """Remember where packages lie; it is made with the first one."""
        self._held = root / "quarantine"
        self._accepted = root / "accepted"

    def put(self, package: SkillPackage, files: tuple[SkillFile, ...]) -> None:
        """Lay a package down.

        Raises:
            StoreFull: It cannot be written; what was there is as it was.
        """
        target = self._place(package.name)
        with storing(target):
            make_folder(self._held)
            recover(self._held)
            made = beside(target)
            try:
                _fill(made / "files", files, executable=False)
                write_new(made / "record.json", _json(package))
                put_folder(made, target)
            finally:
                shutil.rmtree(made, ignore_errors=True)

    def held(self) -> tuple[SkillPackage, ...]:
        """Give what lies there, by name; what cannot be read is left out."""
        return _records(self._held, "*/record.json")

    def package(self, name: str) -> SkillPackage:
        """Give one.

        Raises:
            PackageUnknown: Nothing of this name is there.
        """
        found = _record(self._place(name) / "record.json") if _NAME.fullmatch(name) else None
        if found is None:
            raise PackageUnknown(
                f"nothing of the name {name!r} lies in quarantine", hint="`skillstrata import-skill --list` shows it"
            )
        return found

    def files(self, name: str) -> tuple[SkillFile, ...]:
        """Give a package's files.

        Raises:
            PackageUnknown: Nothing of this name is there, or not as it was put.
        """
        package, folder = self.package(name), str(self._place(name) / "files")
        folders = SkillResourceFolders()
        try:
            listed = folders.listing(folder, most=_MOST_FILES)
            files = tuple(SkillFile(e.path, folders.read(folder, e.path, max_bytes=_MOST_BYTES)) for e in listed)
        except FileUnreadable as error:
            raise PackageUnknown(error.message, hint="import it again") from error
        if package.content != content_digest(files):
            raise PackageUnknown(f"{folder} was changed since it was put there", hint="import it again")
        return files

    def drop(self, name: str) -> None:
        """Remove a package.

        Raises:
            StoreFull: It cannot be removed.
        """
        if _NAME.fullmatch(name) and self._held.is_dir():
            with storing(self._held):
                take_folder(self._place(name))

    def note_accepted(self, package: SkillPackage) -> None:
        """Keep the record of a package that comes into the library.

        Raises:
            StoreFull: It cannot be written.
        """
        path = self._accepted / f"{package.name}.json"
        with storing(path):
            make_folder(self._accepted)
            write_atomic(path, _json(package))

    def accepted(self) -> tuple[SkillPackage, ...]:
        """Give the records of what was accepted, by name."""
        return _records(self._accepted, "*.json")

    def write_skill(self, folder: str, files: tuple[SkillFile, ...]) -> None:
        """Write a new folder of files whole.

        Raises:
            OutputExists: Something is there.
            StoreFull: It cannot be written.
        """
        target = Path(folder)
        with storing(target):
            make_folder(target.parent)
            recover(target.parent)
            if os.path.lexists(target):
                raise OutputExists(f"{target} is there already", hint="name another folder, or move that one away")
            made = beside(target)
            try:
                _fill(made, files, executable=True)
                made.rename(target)
            finally:
                shutil.rmtree(made, ignore_errors=True)
            sync_folder(target.parent)

    def _place(self, name: str) -> Path:
        return self._held / name


def _fill(folder: Path, files: tuple[SkillFile, ...], *, executable: bool) -> None:
    folder.mkdir(parents=True, mode=0o700)
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        is_program = executable and file.data.startswith(_EXECUTABLE_HEAD)
        write_new(path, file.data, mode=0o755 if is_program else 0o644)


def _json(package: SkillPackage) -> bytes:
    return (json.dumps(asdict(package), indent=1, sort_keys=True) + "\n").encode()


def _records(folder: Path, pattern: str) -> tuple[SkillPackage, ...]:
    found = (_record(path) for path in sorted(folder.glob(pattern)) if not path.parent.name.startswith(NEW))
    return tuple(one for one in found if one is not None)


def _record(path: Path) -> SkillPackage | None:
    try:
        return _RECORD.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
