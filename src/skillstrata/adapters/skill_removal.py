"""Take tools, or versions of one, out of the library for good.

In     the library's folder, held by the caller alone; a manifest that names fewer versions
Out    folders without what went; a removal that was killed is carried on by `purge`
Never  removes what a manifest names, or a file of the user's outside branches/ and fixtures/
"""

import os
import secrets
import shutil
from pathlib import Path

from skillstrata.adapters.atomic_files import sync_folder, write_atomic
from skillstrata.adapters.skill_manifest import ManifestUnreadable, lineage_of, read_tool
from skillstrata.records.tools import LineageEntry, SkillFile, Tool

_GONE = ".gone-"
_LINEAGE = "lineage.jsonl"


def remove_folder(folder: Path) -> None:
    """Remove a tool: it is out of the library in one step, and off the disk when this returns."""
    aside = folder.parent / f"{_GONE}{secrets.token_hex(12)}"
    try:
        os.rename(folder, aside)
    except FileNotFoundError:
        return
    sync_folder(folder.parent)
    shutil.rmtree(aside)


def rewrite(folder: Path, files: tuple[SkillFile, ...], lineage: tuple[bytes, ...]) -> None:
    """Write a tool's page and manifest anew, the manifest last, then remove what that does not name any more."""
    write_atomic(folder / _LINEAGE, b"".join(lineage))
    for file in sorted(files, key=lambda file: file.path == "manifest.json"):
        write_atomic(folder / file.path, file.data)
    drop_unnamed(folder)
    # So that searches see the change.
    os.utime(folder.parent)


def purge(root: Path, unfinished: str) -> None:
    """Carry on every removal that was killed, and remove what killed deposits left under the prefix `unfinished`."""
    for left in (*root.glob(f"{_GONE}*"), *root.glob(f"{unfinished}*")):
        shutil.rmtree(left, ignore_errors=True)
    for manifest in root.glob("[!.]*/manifest.json"):
        drop_unnamed(manifest.parent)


def drop_unnamed(folder: Path) -> None:
    """Remove versions, fixtures and lineage that the manifest does not name; nothing where it cannot be read."""
    try:
        tool = read_tool(folder)
    except ManifestUnreadable:
        return
    versions = [(branch.name, version) for branch in tool.branches for version in branch.versions]
    homes = {version.path for _, version in versions}
    for path in folder.glob("branches/*/*"):
        if path.is_dir() and not path.is_symlink() and path.relative_to(folder).as_posix() not in homes:
            shutil.rmtree(path)
    for path in folder.glob("branches/*"):
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()
    fixtures = {file.name for _, version in versions for fixture in version.fixtures for file in fixture.files}
    for path in folder.glob("fixtures/**/*"):
        if path.is_file() and path.relative_to(folder / "fixtures").as_posix() not in fixtures:
            path.unlink()
    for left in folder.rglob(".*.tmp"):
        left.unlink(missing_ok=True)


def lineage_there(folder: Path, tool: Tool) -> tuple[LineageEntry, ...]:
    """Give the lineage of the versions that a tool has."""
    there = {(branch.name, version.number) for branch in tool.branches for version in branch.versions}
    return tuple(e for e in lineage_of(folder / _LINEAGE) if (e.branch, e.version) in there)
