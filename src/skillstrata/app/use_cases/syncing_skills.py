"""Keep the published skills in folders that Claude Code and other agents read by themselves."""

import json
from pathlib import Path

from skillstrata.app.skill_packing import instruction_folder, packed
from skillstrata.app.wiring import App
from skillstrata.app.wiring_library import exchange_lock, synced_folders
from skillstrata.library.packages import PAGE, marked, marker_of
from skillstrata.ports.synced_folders import SyncChange
from skillstrata.records.errors import StrataError
from skillstrata.records.exchanges import SyncReport, SyncStep
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.tools import SkillFile
from skillstrata.runtime.parsing import parse_skill
from skillstrata.runtime.skill_bytes import MAX_SKILL_BYTES

PUBLISHED = "published"


def _usual_targets(app: App) -> tuple[Path, ...]:
    """Name the user's folders of skills: Claude Code's, and the one of other agents where they have one."""
    home = app.settings.home
    others = (home / ".agents" / "skills",) if (home / ".agents").is_dir() else ()
    return (home / ".claude" / "skills", *others)


def sync(app: App, targets: tuple[Path, ...], *, dry_run: bool) -> SyncReport:
    """Write what is published, renew what has changed, remove what is published no more.

    Only a folder with our marker whose files are as we wrote them is ever replaced or removed.

    Args:
        app: The App.
        targets: The folders; none stands for the usual ones.
        dry_run: Say what would be done.

    Raises:
        StoreFull: A folder cannot be written.
        StoreLocked: Another sync is at work.
    """
    with exchange_lock(app).held():
        wanted, faults = _published(app)
        steps: list[SyncStep] = list(faults)
        changes: list[SyncChange] = []
        for target in targets or _usual_targets(app):
            kept, asked = _planned(app, str(target.absolute()), wanted)
            steps += kept
            changes += asked
        if dry_run:
            return SyncReport((*steps, *map(_would, changes)), dry_run=True)
        done, name = synced_folders(app).apply(tuple(changes), app.clock.now_s()) if changes else ((), "")
        return SyncReport((*steps, *done), undo=name)


def undo(app: App) -> SyncReport:
    """Take the last sync back, but for what somebody changed since; raises StoreFull, StoreLocked."""
    with exchange_lock(app).held():
        return SyncReport(synced_folders(app).undo())


def _published(app: App) -> tuple[dict[str, tuple[SkillFile, ...]], tuple[SyncStep, ...]]:
    """Give the files of each published skill, and a step for each that cannot be given away."""
    names = [tool.name for tool in app.library.tools() if tool.visibility == PUBLISHED]
    names += _published_instructions(app, frozenset(app.library.taken()))
    wanted: dict[str, tuple[SkillFile, ...]] = {}
    faults: list[SyncStep] = []
    for name in sorted(names):
        try:
            files, _ = packed(app, name, with_fixtures=False)
        except StrataError as error:
            faults.append(SyncStep(name, "leave", "", error.message))
        else:
            wanted[name] = marked(files, name)
    return wanted, tuple(faults)


def _published_instructions(app: App, taken: frozenset[str]) -> list[str]:
    """Name the instruction skills of the library whose own metadata says that they are published."""
    found: list[str] = []
    for name in sorted(taken):
        folder = instruction_folder(app, name)
        if name.startswith(".") or (folder / "manifest.json").exists():
            continue
        try:
            data = app.disk.read(str(folder / PAGE), max_bytes=MAX_SKILL_BYTES)
        except FileUnreadable:
            continue
        read = parse_skill(data, folder_name=name, path="")
        if read.loads and ("visibility", json.dumps(PUBLISHED)) in read.frontmatter.metadata:
            found.append(name)
    return found


def _planned(
    app: App, target: str, wanted: dict[str, tuple[SkillFile, ...]]
) -> tuple[list[SyncStep], list[SyncChange]]:
    present = {one.name: one.files for one in synced_folders(app).present(target, frozenset(wanted))}
    steps: list[SyncStep] = []
    changes: list[SyncChange] = []
    for name, files in wanted.items():
        there = present.get(name)
        fault = "" if there is None else _not_ours(there, name)
        if there is not None and not fault and marker_of(there, name) == marker_of(files, name):
            steps.append(SyncStep(name, "keep", f"{target}/{name}"))
        elif fault:
            steps.append(SyncStep(name, "leave", f"{target}/{name}", fault))
        else:
            changes.append(SyncChange(target, name, files, there or ()))
    for name, there in present.items():
        marker, intact = marker_of(there, name)
        if name in wanted or not marker:
            continue
        if intact:
            changes.append(SyncChange(target, name, (), there))
        else:
            steps.append(SyncStep(name, "leave", f"{target}/{name}", _not_ours(there, name)))
    return steps, changes


def _not_ours(files: tuple[SkillFile, ...], name: str) -> str:
    """Say why a folder is not to be touched, "" where it is as we wrote it."""
    marker, intact = marker_of(files, name)
    if not marker:
        return "it is not ours"
    return "" if intact else "it was edited since it was synced"


def _would(change: SyncChange) -> SyncStep:
    what = "remove" if not change.files else "update" if change.before else "create"
    return SyncStep(change.name, what, f"{change.target}/{change.name}")
