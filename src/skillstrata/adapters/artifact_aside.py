"""What was put aside, found by its manifests and brought back.

In     folders of artefacts; archive folders elsewhere that the user named
Out    rows of what can be restored; a restored artefact in its place
Never  restores to a place outside the folders named, whatever a manifest says; opens an archive that lies elsewhere
Why    an archive may lie in a repository of somebody else: its manifests are data
"""

import os
from collections.abc import Iterator
from pathlib import Path

from skillstrata.adapters.artifact_journal import Change
from skillstrata.adapters.artifact_listing import ARCHIVE, PAGE, TOMBSTONES, shelves
from skillstrata.adapters.artifact_moving import copy_durably, moved, put_in_place
from skillstrata.adapters.artifact_planning import copied
from skillstrata.adapters.artifact_settling import Note
from skillstrata.adapters.artifact_tombstones import KEPT_FILE, MANIFEST, TOMBSTONE, ManifestForm, read_manifest, unpack
from skillstrata.adapters.atomic_files import make_folder
from skillstrata.records.learned import ArtifactKind, AsideRow
from skillstrata.records.learned_faults import ArtifactUnknown

_KINDS = {kind.value: kind for kind in ArtifactKind}


def aside_rows(roots: tuple[str, ...], elsewhere: tuple[str, ...]) -> tuple[AsideRow, ...]:
    """List what can be restored, the latest first."""
    shelf_list = list(shelves(roots))
    named = tuple(Path(os.path.realpath(each)) for each in elsewhere)
    rows = [row for shelf in shelf_list for row in _of_shelf(shelf, named)]
    rows += [row for folder in named for row in _of_elsewhere(folder, named, roots)]
    unique = {row.manifest_path: row for row in rows}
    return tuple(sorted(unique.values(), key=lambda row: (row.replaced_at, row.manifest_path), reverse=True))


def _of_shelf(shelf: Path, elsewhere: tuple[Path, ...]) -> Iterator[AsideRow]:
    for name in (ARCHIVE, TOMBSTONES):
        folder = shelf / name
        for path, form in _manifests(folder):
            unit = _unit_name(form)
            row = _row(path, form, shelf / unit, (Path(os.path.realpath(folder)), *elsewhere)) if unit else None
            if row is not None:
                yield row


def _of_elsewhere(folder: Path, elsewhere: tuple[Path, ...], roots: tuple[str, ...]) -> Iterator[AsideRow]:
    below = tuple(Path(os.path.realpath(root)) for root in roots)
    for path, form in _manifests(folder):
        unit = _unit_name(form)
        if not unit:
            continue
        shelf = _shelf_of(form)
        own = tuple(shelf / name for name in (ARCHIVE, TOMBSTONES))
        if any(shelf.is_relative_to(root) for root in below):
            row = _row(path, form, shelf / unit, (*elsewhere, *own))
            if row is not None:
                yield row


def _manifests(folder: Path) -> Iterator[tuple[Path, ManifestForm]]:
    if folder.is_symlink() or not folder.is_dir():
        return
    for path in sorted(folder.glob(f"*{MANIFEST}")):
        form = read_manifest(path)
        if form is not None and form.kind in _KINDS and form.action in {"archive", "delete"}:
            yield path, form


def _shelf_of(form: ManifestForm) -> Path:
    old = Path(form.old_path)
    return Path(os.path.realpath(old.parent.parent if form.kind == ArtifactKind.SKILL.value else old.parent))


def _unit_name(form: ManifestForm) -> str:
    """Give the name of the folder or file that was put aside; "" where what is stated is none."""
    old = Path(form.old_path)
    name = old.parent.name if form.kind == ArtifactKind.SKILL.value else old.name
    is_plain = bool(name) and not name.startswith(".") and "\0" not in form.old_path
    if form.kind == ArtifactKind.SKILL.value:
        return name if is_plain and old.name == PAGE else ""
    return name if is_plain and name.endswith(".md") else ""


def _row(path: Path, form: ManifestForm, unit: Path, allowed: tuple[Path, ...]) -> AsideRow | None:
    kind = _KINDS[form.kind]
    # Archives of an earlier version hold single files that end in .md.
    endings = (TOMBSTONE,) if form.action == "delete" else ("",) if kind is ArtifactKind.SKILL else (KEPT_FILE, ".md")
    beside = (path.with_name(path.name.removesuffix(MANIFEST) + ending) for ending in endings)
    kept = next((each for each in beside if os.path.lexists(each)), None)
    if kept is None:
        kept = Path(form.kept_path)
        if not form.kept_path or Path(os.path.realpath(kept.parent)) not in allowed or not os.path.lexists(kept):
            return None
    old_path = unit / PAGE if kind is ArtifactKind.SKILL else unit
    return AsideRow(
        form.old_skill, kind, form.action, str(old_path), str(kept), str(path), form.replaced_at, form.reason
    )


def bring_back(row: AsideRow, change: Change, note: Note) -> Change:
    """Put what was put aside in its place again; the caller holds the lock and saw that the place is free.

    Args:
        row: What was put aside.
        change: The restore, as it is written down.
        note: Writes down how far it has come.

    Returns:
        The restore as it is written down now, still to be settled.

    Raises:
        ArtifactUnknown: It is no longer there.
        TombstoneDamaged: The tombstone does not give it back.
        OSError: The disk does not let us; it is still put aside.
    """
    kept, place = Path(row.kept_path), Path(change.place)
    if not os.path.lexists(kept):
        raise ArtifactUnknown(
            f"{kept} is no longer there", hint="list what can be restored: `skillstrata learn restore`"
        )
    if row.action == "delete":
        make_folder(Path(change.staged).parent)
        unpack(kept, Path(change.staged))
    elif moved(kept, place):
        return change
    else:
        change = copied(change)
        note(change)
        make_folder(Path(change.staged).parent)
        copy_durably(kept, Path(change.staged))
    put_in_place(Path(change.staged), place)
    return change
