"""Files of others that we edit: a backup before the first change, a note of what we wrote, the way back.

In     a path and a function from text to text
Out    the edited file; on the way back the very bytes that were there, if nobody else has written meanwhile
Never  writes a file whose content it could not read; replaces a symbolic link by a file
"""

import contextlib
import difflib
import hashlib
import json
import os
import stat
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from skillstrata.adapters.atomic_files import make_folder, storing, sweep_beside, sync_folder, write_atomic
from skillstrata.records.failures import ConfigUnreadable

_BOM = b"\xef\xbb\xbf"
Edit = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Note:
    """What we know of one edited file.

    `digest` is of the bytes we wrote last; empty when `backup` is not what the file would be without us. `made_folder`
    says that its folder was not there either.
    """

    existed: bool
    backup: str = ""
    digest: str = ""
    made_folder: bool = False


@dataclass(frozen=True, slots=True)
class _Notes:
    version: int
    files: dict[str, Note]


_NOTES = TypeAdapter(_Notes)


class Ledger:
    """The notes of all edited files, one small JSON file in the data directory."""

    def __init__(self, path: Path) -> None:
        """Remember where the notes lie."""
        self._path = path

    def all(self) -> Mapping[str, Note]:
        """Give every note by its file's path.

        Raises:
            ConfigUnreadable: The notes were damaged.
        """
        try:
            return _NOTES.validate_json(self._path.read_bytes()).files
        except FileNotFoundError:
            return {}
        except ValidationError as error:
            raise ConfigUnreadable(
                f"{self._path} does not hold the notes of what was installed: {error.errors()[0]['msg']}",
                hint=f"move {self._path} away; entries are then taken out one by one instead of by restoring backups",
            ) from error

    def save(self, file: Path, note: Note | None) -> None:
        """Store a file's note, or drop it; the last one dropped removes the notes."""
        files = {path: kept for path, kept in self.all().items() if path != str(file)}
        if note is not None:
            files[str(file)] = note
        with storing(self._path):
            if files:
                make_folder(self._path.parent)
                write_atomic(self._path, _NOTES.dump_json(_Notes(1, files), indent=2))
            else:
                self._path.unlink(missing_ok=True)


class EditedFile:
    """One JSON file of somebody else's, with our entries put in and taken out."""

    def __init__(self, path: Path, ledger: Ledger) -> None:
        """Remember the file and where notes go."""
        self.path = path
        self._ledger = ledger

    def text(self) -> str | None:
        """Give its text, None where there is no file; an empty file counts as an empty object.

        Raises:
            ConfigUnreadable: It is not a JSON object in UTF-8, with the line.
        """
        held = self._bytes()
        if held is None:
            return None
        try:
            text = held.removeprefix(_BOM).decode("utf-8")
            top: object = json.loads(text) if text.strip() else {}
        except json.JSONDecodeError as error:
            raise self.unreadable(error.msg, error.lineno) from error
        except (UnicodeDecodeError, RecursionError) as error:
            raise self.unreadable(f"{error}", 1) from error
        if not isinstance(top, dict):
            raise self.unreadable("the file does not hold a JSON object", 1)
        return text if text.strip() else "{}\n"

    def unreadable(self, why: str, line: int) -> ConfigUnreadable:
        """Say where the file is not what its program expects."""
        return ConfigUnreadable(
            f"{self.path} line {line}: {why}", hint="correct the file and run the command again; it was not changed"
        )

    def preview(self, edit: Edit) -> str:
        """Show what `put` would change, as a unified diff; empty if nothing."""
        before, after = self.text(), edit(self.text() or "{}\n")
        lines = difflib.unified_diff(
            (before or "").splitlines(), after.splitlines(), str(self.path), str(self.path), lineterm=""
        )
        return "\n".join(lines)

    def put(self, edit: Edit, without: Edit) -> bool:
        """Edit the file; `without` is the edit that takes our entries out. Gives whether anything changed."""
        before = self.text()
        after = edit(before if before is not None else "{}\n")
        note = self._ledger.all().get(str(self.path))
        if after == before:
            if note is None:
                self._ledger.save(self.path, Note(existed=True))
            with storing(self.path), contextlib.suppress(PermissionError):
                # An earlier call may have been killed before its last step.
                sync_folder(self._target().parent)
            return False
        with storing(self.path):
            self._ledger.save(
                self.path, self._note_before(before, note, is_ours=before is None or without(before) == before)
            )
            self._write(after)
            self._sign()
        return True

    def take_out(self, without: Edit) -> bool:
        """Restore what was there if the file is as we left it, else take out our entries. Gives whether it changed."""
        held, note = self._bytes(), self._ledger.all().get(str(self.path))
        changed = False
        with storing(self.path):
            if held is not None:
                changed = self._restore(held, note) or self._edit_back(note, without)
            if (
                note is not None
                and note.made_folder
                and self.path.parent.is_dir()
                and not any(self.path.parent.iterdir())
            ):
                self.path.parent.rmdir()
        self._ledger.save(self.path, None)
        return changed

    def _note_before(self, before: str | None, note: Note | None, *, is_ours: bool) -> Note:
        """Keep a backup, unless the file is still as we wrote it and the old backup is the one to go back to."""
        if note is not None and note.digest and note.digest == _digest(self._bytes() or b""):
            return note
        if before is None:
            return Note(existed=False, made_folder=not self.path.parent.exists())
        return Note(existed=True, backup=str(self._back_up()), digest="pending" if is_ours else "")

    def _back_up(self) -> Path:
        held, number = self._bytes() or b"", 1
        backup = Path(f"{self.path}.skillstrata-backup")
        while os.path.lexists(backup) and backup.read_bytes() != held:
            number += 1
            backup = Path(f"{self.path}.skillstrata-backup-{number}")
        write_atomic(backup, held, mode=self._mode())
        return backup

    def _sign(self) -> None:
        """Note what the file holds now, where that makes an exact way back."""
        note = self._ledger.all()[str(self.path)]
        if note.digest or not note.existed:
            digest = _digest(self._bytes() or b"")
            self._ledger.save(self.path, Note(note.existed, note.backup, digest, note.made_folder))

    def _restore(self, held: bytes, note: Note | None) -> bool:
        if note is None or not note.digest or note.digest != _digest(held):
            return False
        if not note.existed:
            self._target().unlink()
            return True
        backup = Path(note.backup)
        if not backup.is_file():
            return False
        write_atomic(self._target(), backup.read_bytes(), mode=self._mode())
        backup.unlink()
        return True

    def _edit_back(self, note: Note | None, without: Edit) -> bool:
        before = self.text() or "{}\n"
        after = without(before)
        if after == before:
            return False
        if note is not None and not note.existed and json.loads(after) == {}:
            self._target().unlink()
        else:
            self._write(after)
        return True

    def _write(self, text: str) -> None:
        has_bom = (self._bytes() or b"").startswith(_BOM)
        make_folder(self._target().parent, mode=0o755)
        sweep_beside(self._target().parent, time.time())
        write_atomic(self._target(), (_BOM if has_bom else b"") + text.encode(), mode=self._mode())

    def _target(self) -> Path:
        """Follow links: dotfiles are often links into a folder under version control."""
        return Path(os.path.realpath(self.path))

    def _bytes(self) -> bytes | None:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self.unreadable(f"{error.strerror}", 1) from error

    def _mode(self) -> int | None:
        return stat.S_IMODE(self.path.stat().st_mode) if self.path.exists() else None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
