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
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from pathlib import Path

from skillstrata.adapters.artifact_aside import aside_rows, bring_back
from skillstrata.adapters.artifact_journal import UNDONE, Change, Journal, new_id, settle
from skillstrata.adapters.artifact_listing import ARCHIVE, PAGE, SCRATCH, TOMBSTONES, Listing
from skillstrata.adapters.artifact_locks import locked
from skillstrata.adapters.artifact_moving import inside, move, put_in_place
from skillstrata.adapters.artifact_tombstones import MANIFEST, TOMBSTONE, manifest_bytes, tombstone_bytes
from skillstrata.adapters.atomic_files import make_folder, storing, sync_folder, write_atomic, write_new
from skillstrata.adapters.disk_files import DiskFiles
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.errors import StrataError
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.learned import (
    ArtifactKind,
    ArtifactStamp,
    AsideRow,
    LifecycleResult,
    NewArtifact,
    PutAside,
    ReplacementManifest,
)
from skillstrata.records.learned_faults import (
    ArtifactChanged,
    ArtifactNameTaken,
    ArtifactsBusy,
    ArtifactUnmovable,
)

MAX_ARTIFACT_BYTES = 1024 * 1024
_WAIT_S = 10.0
_NAME_CHARS = 60
_FOLDER_MODE = 0o755


class ArtifactFolders:
    """Fulfils the ArtifactFiles port on this machine's file system."""

    def __init__(self, state: Path, *, now_s: Callable[[], float], wait_s: float = _WAIT_S) -> None:
        """Name the folder for the journal and what is remembered; it is made at first use."""
        self._journal = Journal(state / "journal")
        self._remembered = state / "remembered"
        self._now_s = now_s
        self._wait_s = wait_s
        self._disk = DiskFiles()

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
        gone = "" if not besides or _unit(besides, kind).parent != Path(root) else _unit(besides, kind).name
        names = {_folded(each) for each in _names(Path(root)) if each != gone}
        ending = "" if kind is ArtifactKind.SKILL else ".md"
        tried, number = name, 1
        while _folded(tried + ending) in names:
            number += 1
            tried = f"{name}-{number}"
        return tried

    def create(self, new: NewArtifact) -> LifecycleResult:
        """Write a new artefact whole.

        Raises:
            ArtifactNameTaken: Its place is taken.
            StoreFull: It cannot be written.
        """
        id_ = new_id()
        change = Change(id=id_, staged=_staged(new, id_), place=str(_place(new)))
        with self._under_way(change, (Path(new.root),)):
            _refuse_taken(Path(change.place), new.kind, "")
            self._begin(change)
            _stage(new, Path(change.staged))
            put_in_place(Path(change.staged), Path(change.place))
        return LifecycleResult(active_path=_file_of(Path(change.place), new.kind))

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
        with storing(page), locked([page.parent], wait_s=self._wait_s):
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
        unit = _unit(row.old_path, row.kind)
        with storing(unit):
            make_folder(unit.parent, _FOLDER_MODE)
            with locked([unit.parent], wait_s=self._wait_s):
                _refuse_taken(unit, row.kind, "")
                bring_back(row, unit, unit.parent / f"{SCRATCH}{new_id()}")
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

    def remember(self, key: str, data: bytes) -> None:
        """Keep derived bytes; where the disk takes none, they are made again."""
        with contextlib.suppress(OSError):
            make_folder(self._remembered)
            write_atomic(self._remembered / f"{key}.bin", data)

    def _recovered(self, change: Change) -> str:
        with contextlib.suppress(ArtifactsBusy, FileNotFoundError), locked(change.shelves, wait_s=0.0):
            # Whoever holds the locks is at it; whoever comes after may find it done.
            if self._journal.held(change.id) is not None:
                said = settle(change)
                self._journal.end(change)
                return said
            return ""
        if any(not shelf.is_dir() for shelf in change.shelves):
            self._journal.end(change)
            return f"left: {change.unit or change.place} and its folder are gone"
        return ""

    def _begin(self, change: Change) -> None:
        with storing(Path(change.unit or change.place)):
            self._journal.begin(change)

    @contextlib.contextmanager
    def _under_way(self, change: Change, folders: tuple[Path, ...]) -> Generator[None]:
        """Hold the locks of a change; finish or undo it, whatever happens in the with-block."""
        with storing(Path(change.unit or change.place)):
            for folder in folders:
                make_folder(folder, _FOLDER_MODE)
            with locked(folders, wait_s=self._wait_s):
                try:
                    yield
                except (OSError, StrataError):
                    held = self._journal.held(change.id)
                    if held is not None:
                        settle(held)
                        self._journal.end(held)
                    raise
                self._journal.end(change)

    def _expect(self, page: Path, digest: str) -> None:
        try:
            data = self._disk.read(str(page), max_bytes=MAX_ARTIFACT_BYTES, nofollow=True)
        except FileUnreadable as error:
            raise ArtifactChanged(f"{page} is not as it was: {error.message}", hint="compare again") from error
        if hashlib.sha256(data).hexdigest() != digest:
            raise ArtifactChanged(f"{page} is not the text that was judged", hint="compare again, then apply")

    def _aside(self, old: PutAside, new: NewArtifact | None) -> LifecycleResult:
        unit, page = _unit(old.path, old.kind), Path(old.path)
        beside = unit.parent / (TOMBSTONES if old.is_deleted else ARCHIVE)
        archive, manifests = Path(old.archive_root or beside), Path(old.manifest_root or old.archive_root or beside)
        folders = [unit.parent, archive, manifests, *([Path(new.root)] if new else [])]
        now = datetime.fromtimestamp(self._now_s(), UTC)
        change = _planned(old, new, unit, (archive, manifests), _stamp(now))
        with self._under_way(change, tuple(folders)):
            self._expect(page, old.digest)
            _refuse_unmovable(unit)
            if new is not None:
                _refuse_taken(Path(change.place), new.kind, unit.name if Path(new.root) == unit.parent else "")
            change = _named(change, unit, old.is_deleted)
            tomb = tombstone_bytes(unit, old.name, page) if old.is_deleted else b""
            self._begin(change)
            if new is not None:
                _stage(new, Path(change.staged))
            write_new(Path(change.manifest), manifest_bytes(_manifest(old, new, change, now)), mode=None)
            if old.is_deleted:
                write_new(Path(change.tombstone), tomb)
                os.rename(unit, change.gone)
                sync_folder(unit.parent)
            else:
                move(unit, Path(change.kept), Path(change.gone))
            said = settle(change)
            if said.startswith(UNDONE):
                raise ArtifactNameTaken(said, hint="compare again, then apply")
        return LifecycleResult(
            active_path=_file_of(Path(change.place), new.kind) if new else "",
            archived_path=change.kept,
            deleted_path=old.path if old.is_deleted else "",
            manifest_path=change.manifest,
            tombstone_path=change.tombstone,
        )


def _unit(path: str, kind: ArtifactKind) -> Path:
    """Give what is moved: a skill's folder, and of a command or an agent the file, never the folder it lies in."""
    return Path(path).parent if kind is ArtifactKind.SKILL else Path(path)


def _place(new: NewArtifact) -> Path:
    return Path(new.root) / (new.name if new.kind is ArtifactKind.SKILL else f"{new.name}.md")


def _staged(new: NewArtifact, id_: str) -> str:
    return str(Path(new.root) / f"{SCRATCH}{id_}-new")


def _file_of(place: Path, kind: ArtifactKind) -> str:
    return str(place / PAGE if kind is ArtifactKind.SKILL else place)


def _stage(new: NewArtifact, staged: Path) -> None:
    data = new.text.encode()
    if new.kind is ArtifactKind.SKILL:
        make_folder(staged, _FOLDER_MODE)
        write_atomic(staged / PAGE, data, mode=None)
    else:
        write_new(staged, data, mode=None)


def _stamp(now: datetime) -> str:
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z").replace(":", "-").replace(".", "-")


def _planned(old: PutAside, new: NewArtifact | None, unit: Path, places: tuple[Path, Path], stamp: str) -> Change:
    id_, (archive, manifests) = new_id(), places
    stem = unit.name if old.kind is ArtifactKind.SKILL else unit.stem
    base = f"{stem[:_NAME_CHARS]}-{stamp}"
    ending = "" if old.kind is ArtifactKind.SKILL else unit.suffix
    return Change(
        id=id_,
        unit=str(unit),
        page=old.path,
        digest=old.digest,
        kept="" if old.is_deleted else str(archive / f"{base}{ending}"),
        gone=str(unit.parent / f"{SCRATCH}{id_}-old"),
        manifest=str(manifests / f"{base}{MANIFEST}"),
        tombstone=str(archive / f"{base}{TOMBSTONE}") if old.is_deleted else "",
        staged=_staged(new, id_) if new else "",
        place=str(_place(new)) if new else "",
    )


def _named(change: Change, unit: Path, is_deleted: bool) -> Change:
    """Give the change names that nothing has yet; the folders they are in are locked."""
    update: dict[str, str] = {}
    number = 1
    while any(os.path.lexists(path) for path in _taken(change.model_copy(update=update), is_deleted)):
        number += 1
        update["manifest"] = _numbered(change.manifest, MANIFEST, number)
        update["tombstone"] = _numbered(change.tombstone, TOMBSTONE, number)
        update["kept"] = _numbered(change.kept, unit.suffix if unit.is_file() else "", number)
    return change.model_copy(update=update)


def _taken(change: Change, is_deleted: bool) -> tuple[str, str]:
    return change.manifest, change.tombstone if is_deleted else change.kept


def _numbered(path: str, ending: str, number: int) -> str:
    return f"{path.removesuffix(ending)}-{number}{ending}" if path else ""


def _manifest(old: PutAside, new: NewArtifact | None, change: Change, now: datetime) -> ReplacementManifest:
    return ReplacementManifest(
        old_skill=old.name,
        old_path=old.path,
        kind=old.kind,
        action="delete" if old.is_deleted else "archive",
        reason=old.reason,
        replaced_at=now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        kept_path=change.tombstone or change.kept,
        new_skill=new.name if new else "",
        new_path=_file_of(Path(change.place), new.kind) if new else "",
    )


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
