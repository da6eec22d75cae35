"""Where everything of a change will lie, named before its first step.

In     orders about artefacts; the folders for archives and manifests; a moment
Out    a Change with every path in it; the manifest that goes with it
Never  writes anything; gives a new artefact, or one that goes, a path at which an agent's client would find it
Why    clients read any .md file in a folder of commands or agents, and any folder with SKILL.md among skills: what is
       not yet or no longer in use lies one folder deeper, and in an archive a single file does not end in .md
"""

import os
from datetime import UTC, datetime
from pathlib import Path

from skillstrata.adapters.artifact_journal import Change, new_id
from skillstrata.adapters.artifact_listing import ARCHIVE, PAGE, SCRATCH, TOMBSTONES
from skillstrata.adapters.artifact_tombstones import KEPT_FILE, MANIFEST, TOMBSTONE
from skillstrata.records.learned import ArtifactKind, AsideRow, NewArtifact, PutAside, ReplacementManifest

_NAME_CHARS = 60


def unit_of(path: str, kind: ArtifactKind) -> Path:
    """Give what is moved: a skill's folder, and of a command or an agent the file, never the folder it lies in."""
    return Path(path).parent if kind is ArtifactKind.SKILL else Path(path)


def file_of(place: Path, kind: ArtifactKind) -> str:
    """Give the file of an artefact by what is moved."""
    return str(place / PAGE if kind is ArtifactKind.SKILL else place)


def moment(now_s: float) -> datetime:
    """Give a time as manifests state it."""
    return datetime.fromtimestamp(now_s, UTC)


def planned_new(new: NewArtifact) -> Change:
    """Plan to write an artefact where nothing is."""
    id_ = new_id()
    return Change(id=id_, staged=_staged(Path(new.root), id_), place=str(_place(new)))


def planned_aside(old: PutAside, new: NewArtifact | None, now: datetime) -> Change:
    """Plan to put one aside, and to write another in its stead."""
    id_, unit = new_id(), unit_of(old.path, old.kind)
    archive, manifests = aside_places(old)
    stem = unit.name if old.kind is ArtifactKind.SKILL else unit.stem
    base = f"{stem[:_NAME_CHARS]}-{_stamp(now)}"
    return Change(
        id=id_,
        unit=str(unit),
        page=old.path,
        digest=old.digest,
        kept="" if old.is_deleted else str(archive / f"{base}{_ending(old.kind)}"),
        gone=str(unit.parent / f"{SCRATCH}{id_}" / "old"),
        manifest=str(manifests / f"{base}{MANIFEST}"),
        tombstone=str(archive / f"{base}{TOMBSTONE}") if old.is_deleted else "",
        staged=_staged(Path(new.root), id_) if new else "",
        place=str(_place(new)) if new else "",
    )


def planned_restore(row: AsideRow) -> Change:
    """Plan to bring one back; `staged` is for what cannot be brought back by one rename."""
    id_, unit = new_id(), unit_of(row.old_path, row.kind)
    return Change(
        id=id_,
        place=str(unit),
        back=row.kept_path,
        gone=str(Path(row.kept_path).parent / f"{SCRATCH}{id_}-back"),
        staged=_staged(unit.parent, id_) if row.action == "delete" else "",
    )


def copied(change: Change) -> Change:
    """Give the change as it is where one rename does not do: what lies on another file system is copied."""
    staged = _staged(Path(change.place).parent, change.id) if change.back else change.staged
    return change.model_copy(update={"is_copied": True, "staged": staged})


def aside_places(old: PutAside) -> tuple[Path, Path]:
    """Give the folders that the archive (or tombstone) and the manifest go into."""
    beside = unit_of(old.path, old.kind).parent / (TOMBSTONES if old.is_deleted else ARCHIVE)
    return Path(old.archive_root or beside), Path(old.manifest_root or old.archive_root or beside)


def freely_named(change: Change, kind: ArtifactKind) -> Change:
    """Give the change names that nothing has yet; the folders they are in are locked."""
    update: dict[str, str] = {}
    number = 1
    while any(os.path.lexists(path) for path in _taken(change.model_copy(update=update))):
        number += 1
        update["manifest"] = _numbered(change.manifest, MANIFEST, number)
        update["tombstone"] = _numbered(change.tombstone, TOMBSTONE, number)
        update["kept"] = _numbered(change.kept, _ending(kind), number)
    return change.model_copy(update=update)


def manifest_of(old: PutAside, new: NewArtifact | None, change: Change, now: datetime) -> ReplacementManifest:
    """Give what is written down beside what is put aside."""
    return ReplacementManifest(
        old_skill=old.name,
        old_path=old.path,
        kind=old.kind,
        action="delete" if old.is_deleted else "archive",
        reason=old.reason,
        replaced_at=now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        kept_path=change.tombstone or change.kept,
        new_skill=new.name if new else "",
        new_path=file_of(Path(change.place), new.kind) if new else "",
    )


def _place(new: NewArtifact) -> Path:
    return Path(new.root) / (new.name if new.kind is ArtifactKind.SKILL else f"{new.name}.md")


def _staged(shelf: Path, id_: str) -> str:
    return str(shelf / f"{SCRATCH}{id_}" / "new")


def _ending(kind: ArtifactKind) -> str:
    return "" if kind is ArtifactKind.SKILL else KEPT_FILE


def _stamp(now: datetime) -> str:
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z").replace(":", "-").replace(".", "-")


def _taken(change: Change) -> tuple[str, str]:
    return change.manifest, change.tombstone or change.kept


def _numbered(path: str, ending: str, number: int) -> str:
    return f"{path.removesuffix(ending)}-{number}{ending}" if path else ""
