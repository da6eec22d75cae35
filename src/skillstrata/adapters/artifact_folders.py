"""Learned skills, commands and agents in the folders that agents read, changed so that nothing is ever lost.

In     orders about artefacts that were judged, with the digest of what was judged
Out    files in their places, archives with manifests, tombstones; the paths of them
Never  changes a file that is not the one judged; overwrites anything; leaves old and new in use together
Why    a skill is a folder and an agent may read it at any moment: every change is one rename, written down before
"""

import contextlib
import hashlib
import os
import unicodedata
from collections.abc import Callable, Generator, Iterable
from pathlib import Path

from skillstrata.adapters.artifact_aside import aside_rows, bring_back
from skillstrata.adapters.artifact_journal import Change, Journal
from skillstrata.adapters.artifact_listing import PAGE, Listing
from skillstrata.adapters.artifact_locks import locked
from skillstrata.adapters.artifact_moving import copy_durably, inside, moved, put_in_place
from skillstrata.adapters.artifact_planning import (
    aside_places,
    copied,
    file_of,
    freely_named,
    manifest_of,
    moment,
    planned_aside,
    planned_new,
    planned_restore,
    unit_of,
)
from skillstrata.adapters.artifact_settling import UNDONE, is_made, settle, sweep
from skillstrata.adapters.artifact_tombstones import manifest_bytes, tombstone_bytes
from skillstrata.adapters.atomic_files import make_folder, storing, sync_folder, write_atomic, write_new
from skillstrata.adapters.disk_files import DiskFiles
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.errors import StrataError
from skillstrata.records.failures import FileUnreadable, StoreFull
from skillstrata.records.learned import (
    ArtifactKind,
    ArtifactStamp,
    AsideRow,
    LifecycleResult,
    NewArtifact,
    PutAside,
)
from skillstrata.records.learned_faults import (
    ArtifactChanged,
    ArtifactNameTaken,
    ArtifactsBusy,
    ArtifactUnmovable,
)

MAX_ARTIFACT_BYTES = 1024 * 1024
_WAIT_S = 10.0
_FOLDER_MODE = 0o755


class ArtifactFolders:
    """Fulfils the ArtifactFiles port on this machine's file system."""

    def __init__(self, state: Path, *, now_s: Callable[[], float], wait_s: float = _WAIT_S) -> None:
        """Name the folder for the journal and what is remembered; it is made at first use."""
        self._state = state
        self._journal = Journal(state / "journal")
        self._remembered = state / "remembered"
        self._now_s = now_s
        self._wait_s = wait_s
        self._disk = DiskFiles()
        self._held: frozenset[Path] = frozenset()

    def stamps(
        self, kind: ArtifactKind, roots: tuple[str, ...]
    ) -> tuple[tuple[ArtifactStamp, ...], tuple[Diagnostic, ...]]:
        """List the artefacts' files below these folders, sorted by path, with what was odd about the folders."""
        listing = Listing(kind)
        for root in roots:
            listing.look(root)
        return tuple(listing.found[path] for path in sorted(listing.found)), tuple(listing.odd)

    def read(self, path: str) -> bytes:
        """Give the bytes of an artefact's file.

        Raises:
            FileUnreadable: It is missing, no plain file, unreadable or over the cap.
        """
        return self._disk.read(path, max_bytes=MAX_ARTIFACT_BYTES)

    def free_name(self, name: str, kind: ArtifactKind, root: str, *, besides: str = "") -> str:
        """Give this name, or the first with a number that is free here on a disk that knows no case."""
        gone = "" if not besides or unit_of(besides, kind).parent != Path(root) else unit_of(besides, kind).name
        names = {_folded(each) for each in _names(Path(root)) if each != gone}
        ending = "" if kind is ArtifactKind.SKILL else ".md"
        tried, number = name, 1
        while _folded(tried + ending) in names:
            number += 1
            tried = f"{name}-{number}"
        return tried

    @contextlib.contextmanager
    def alone(self, folders: tuple[str, ...]) -> Generator[None]:
        """Let nobody else change these folders inside the with-block, also where they are not there yet.

        Raises:
            ArtifactsBusy: Another process changes one for too long.
            StoreFull: The data directory cannot be written.
        """
        with storing(self._state):
            make_folder(self._state)
        there = {Path(os.path.realpath(folder)) for folder in folders if os.path.isdir(folder)}
        # A folder that is not there cannot be locked: of those with one data directory, one after the other.
        with locked([self._state], wait_s=self._wait_s), locked(there, wait_s=self._wait_s):
            self._held = frozenset(there)
            try:
                yield
            finally:
                self._held = frozenset()

    def create(self, new: NewArtifact) -> LifecycleResult:
        """Write a new artefact whole.

        Raises:
            ArtifactNameTaken: Its place is taken.
            StoreFull: It cannot be written.
        """
        change = planned_new(new)
        with self._under_way(change, (Path(new.root),)):
            _refuse_taken(Path(change.place), new.kind, "")
            self._begin(change)
            _stage(new, Path(change.staged))
            put_in_place(Path(change.staged), Path(change.place))
            settle(change, self._journal.note)
        return LifecycleResult(active_path=file_of(Path(change.place), new.kind))

    def replace(self, old: PutAside, new: NewArtifact) -> LifecycleResult:
        """Put the old one aside, then write the new one.

        Raises:
            ArtifactChanged: The old one is not the one judged.
            ArtifactNameTaken: The new one's place is taken by something else.
            StoreFull: Something cannot be written; nothing has moved.
        """
        return self._aside(old, new)

    def put_aside(self, old: PutAside) -> LifecycleResult:
        """Archive or delete one.

        Raises:
            ArtifactChanged: It is not the one judged.
            ArtifactTooLarge: A tombstone cannot keep it.
            StoreFull: Something cannot be written; nothing has moved.
        """
        return self._aside(old, None)

    def add_patch(self, path: str, digest: str, text: str) -> LifecycleResult:
        """Write a patch beside an artefact; one that says the same is given instead.

        Raises:
            ArtifactChanged: The artefact is not the one judged.
            StoreFull: It cannot be written.
        """
        page, data = Path(path), text.encode()
        is_skill = page.name == PAGE
        stem, ending = ("learned-skill.patch", ".md") if is_skill else (f"{page.stem}.patch", "")
        with storing(page), self._locked([page.parent]):
            self._expect(page, digest)
            number = 1
            while True:
                # A file of commands must not be taken for a command: the patch of one does not end in .md.
                beside = page.with_name(f"{stem}{'' if number == 1 else f'-{number}'}{ending}")
                if beside.is_file() and beside.read_bytes() == data:
                    break
                with contextlib.suppress(FileExistsError):
                    write_new(beside, data, mode=None)
                    break
                number += 1
        return LifecycleResult(active_path=path, patch_path=str(beside))

    def take_patch(self, path: str, digest: str) -> bool:
        """Remove a patch that is still the one that was written; False where it is not."""
        patch = Path(path)
        if not patch.parent.is_dir():
            return False
        with storing(patch), self._locked([patch.parent]):
            if not patch.is_file() or hashlib.sha256(patch.read_bytes()).hexdigest() != digest:
                return False
            patch.unlink()
            sync_folder(patch.parent)
        return True

    def aside(self, roots: tuple[str, ...], elsewhere: tuple[str, ...] = ()) -> tuple[AsideRow, ...]:
        """List what was put aside of these folders and can be restored, the latest first."""
        return aside_rows(roots, elsewhere)

    def restore(self, row: AsideRow) -> str:
        """Bring one back to where it was.

        Raises:
            ArtifactNameTaken: Something is there.
            TombstoneDamaged: The tombstone does not give it back.
            StoreFull: It cannot be written.
        """
        change = planned_restore(row)
        with self._under_way(change, (Path(change.place).parent,)):
            _refuse_taken(Path(change.place), row.kind, "")
            self._begin(change)
            settle(bring_back(row, change, self._journal.note), self._journal.note)
        return row.old_path

    def recover(self) -> tuple[str, ...]:
        """Finish or undo what a killed process left half done; give a sentence for each."""
        return tuple(said for change in self._journal.open_changes() if (said := self._recovered(change)))

    def remembered(self, key: str) -> bytes:
        """Give what was remembered under a key; nothing where it cannot be read."""
        try:
            return (self._remembered / f"{key}.bin").read_bytes()
        except OSError:
            return b""

    def drop_remembered(self) -> None:
        """Remove everything that was remembered."""
        for path in self._remembered.glob("*"):
            path.unlink(missing_ok=True)

    def remember(self, key: str, data: bytes) -> None:
        """Keep derived bytes; where the disk takes none, they are made again."""
        with contextlib.suppress(OSError):
            make_folder(self._remembered)
            write_atomic(self._remembered / f"{key}.bin", data)

    def _recovered(self, change: Change) -> str:
        try:
            with contextlib.suppress(ArtifactsBusy, FileNotFoundError), locked(change.shelves, wait_s=0.0):
                # Whoever holds the locks is at it; whoever comes after may find it done.
                held = self._journal.held(change.id)
                if held is not None:
                    said = settle(held, self._journal.note)
                    self._journal.end(held)
                    return said
                return ""
        except (OSError, StrataError) as error:
            return f"left for the next time: {change.unit or change.place}: {error}"
        if any(not shelf.is_dir() for shelf in change.shelves):
            self._journal.end(change)
            return f"left: {change.unit or change.place} and its folder are gone"
        return ""

    def _begin(self, change: Change) -> None:
        with storing(Path(change.unit or change.place)):
            self._journal.begin(change)

    @contextlib.contextmanager
    def _under_way(self, change: Change, folders: tuple[Path, ...]) -> Generator[None]:
        """Hold the locks of a change; finish or undo it, whatever happens in the with-block.

        Where the disk refuses a step after which the change can be finished, it is, and nothing is raised.
        """
        for folder in folders:
            with storing(folder):
                make_folder(folder, _FOLDER_MODE)
        with storing(Path(change.unit or change.place)), self._locked(folders):
            for shelf in dict.fromkeys(change.shelves):
                sweep(shelf, self._journal.is_open)
            try:
                yield
            except (OSError, StrataError) as error:
                held = self._journal.held(change.id)
                if held is None:
                    raise
                if not (self._is_made_after_all(held) and isinstance(error, OSError | StoreFull)):
                    raise
            else:
                self._journal.end(change)

    def _is_made_after_all(self, held: Change) -> bool:
        try:
            said = settle(held, self._journal.note)
        except OSError:
            # All that may be left is to remove what is kept elsewhere; it is written down for the next recovery.
            if is_made(held):
                return True
            raise
        self._journal.end(held)
        return is_made(held, said)

    @contextlib.contextmanager
    def _locked(self, folders: Iterable[Path]) -> Generator[None]:
        """Hold the locks of folders, besides those that this object holds already."""
        wanted = {Path(os.path.realpath(folder)) for folder in folders}
        with locked(wanted - self._held, wait_s=self._wait_s):
            yield

    def _expect(self, page: Path, digest: str) -> None:
        try:
            data = self._disk.read(str(page), max_bytes=MAX_ARTIFACT_BYTES, nofollow=True)
        except FileUnreadable as error:
            raise ArtifactChanged(f"{page} is not as it was: {error.message}", hint="compare again") from error
        if hashlib.sha256(data).hexdigest() != digest:
            raise ArtifactChanged(f"{page} is not the text that was judged", hint="compare again, then apply")

    def _aside(self, old: PutAside, new: NewArtifact | None) -> LifecycleResult:
        unit, page = unit_of(old.path, old.kind), Path(old.path)
        archive, manifests = aside_places(old)
        folders = (unit.parent, archive, manifests, *((Path(new.root),) if new else ()))
        now = moment(self._now_s())
        change = planned_aside(old, new, now)
        with self._under_way(change, folders):
            self._expect(page, old.digest)
            _refuse_unmovable(unit)
            if new is not None:
                _refuse_taken(Path(change.place), new.kind, unit.name if Path(new.root) == unit.parent else "")
            change = freely_named(change, old.kind)
            tomb = tombstone_bytes(unit, old.name, page) if old.is_deleted else b""
            change = change.model_copy(update={"tombstone_digest": hashlib.sha256(tomb).hexdigest() if tomb else ""})
            self._begin(change)
            if new is not None:
                _stage(new, Path(change.staged))
            with storing(Path(change.manifest)):
                write_new(Path(change.manifest), manifest_bytes(manifest_of(old, new, change, now)), mode=None)
            change = self._out(change, tomb)
            said = settle(change, self._journal.note)
            if said.startswith(UNDONE):
                raise ArtifactNameTaken(said, hint="compare again, then apply")
        return LifecycleResult(
            active_path=file_of(Path(change.place), new.kind) if new else "",
            archived_path=change.kept,
            deleted_path=old.path if old.is_deleted else "",
            manifest_path=change.manifest,
            tombstone_path=change.tombstone,
        )

    def _out(self, change: Change, tomb: bytes) -> Change:
        """Move what is put aside out of its place, where all of it is kept; give the change as it is now."""
        unit = Path(change.unit)
        if tomb:
            with storing(Path(change.tombstone)):
                write_new(Path(change.tombstone), tomb)
        elif moved(unit, Path(change.kept)):
            return change
        else:
            change = copied(change)
            self._journal.note(change)
            with storing(Path(change.kept)):
                copy_durably(unit, Path(change.kept))
        make_folder(Path(change.gone).parent)
        os.rename(unit, change.gone)
        sync_folder(Path(change.gone).parent)
        sync_folder(unit.parent)
        return change


def _stage(new: NewArtifact, staged: Path) -> None:
    data = new.text.encode()
    make_folder(staged.parent)
    if new.kind is ArtifactKind.SKILL:
        make_folder(staged, _FOLDER_MODE)
        write_atomic(staged / PAGE, data, mode=None)
    else:
        write_new(staged, data, mode=None)


def _refuse_taken(place: Path, kind: ArtifactKind, gone: str) -> None:
    wanted = _folded(place.name)
    other = next((each for each in _names(place.parent) if each != gone and _folded(each) == wanted), "")
    if other:
        raise ArtifactNameTaken(
            f"{place.parent / other} is there already, where the {kind.value} {place.name!r} would be",
            hint="choose another name, or archive that one first: `skillstrata learn archive NAME`",
        )


def _refuse_unmovable(unit: Path) -> None:
    if unit.is_symlink() or os.path.ismount(unit):
        raise ArtifactUnmovable(f"{unit} is a link or a mount and is not moved", hint="change what it leads to")
    other = next((part.path for part in inside(unit) if part.path.endswith(f"/{PAGE}")), "")
    if other:
        raise ArtifactUnmovable(
            f"{unit} holds another skill, {other}, which is not ours to move", hint="move that one elsewhere first"
        )


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
