"""Write down for a project which skills it uses, in which version; say later what of it is no longer so."""

import json
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from skillstrata.app.callers import project_digest
from skillstrata.app.skill_packing import instruction_files
from skillstrata.app.wiring import App
from skillstrata.library.locks import drift, is_name, is_of_later, lock_text, read_lock
from skillstrata.library.packages import digest_of, tool_digest, tool_version
from skillstrata.ports.disk import Disk
from skillstrata.records.exchange_faults import LockUnreadable
from skillstrata.records.exchanges import LOCK_FILE, LockDrift, LockedSkill
from skillstrata.records.failures import FileUnreadable, ToolUnknown
from skillstrata.records.qualities import Visibility, visibility_of

_OF_PROJECT = (".claude/skills", ".agents/skills")
_MOST_BYTES = 10_000_000
_CALLS_LOOKED_AT = 20_000
_MOST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class LockReport:
    """A lock, and what differs from it; `written` says whether the file was changed.

    `dropped` are names that stood in the lock and are nobody's any more. `unlocked` are names that the project uses and
    its lock does not hold: no difference, for what a colleague tried out is no fault of the project. `left_out` are
    names that no lock can hold, escaped. `kept` is where a damaged lock was put that this one replaced.
    """

    path: str
    skills: tuple[LockedSkill, ...]
    drift: tuple[LockDrift, ...] = ()
    written: bool = False
    dropped: tuple[str, ...] = ()
    unlocked: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    kept: str = ""


class Which(Enum):
    """What goes into a lock beside the names that were said: what is USED, nothing (ONLY), or ALL that there is."""

    USED = "used"
    ONLY = "only"
    ALL = "all"


def write(app: App, project: Path, names: tuple[str, ...], which: Which = Which.USED) -> LockReport:
    """Write the lock of a project, every skill as it is now; a damaged one is kept beside it.

    Args:
        app: The App.
        project: Its folder, which gets the file.
        names: Skills and tools that it needs.
        which: USED adds the tools that were called in this project, the skills of its own folders, and what its lock
            held before.

    Raises:
        ToolUnknown: A name is nobody's.
        LockUnreadable: The lock that is there cannot be read, or a later version wrote it.
        StoreFull: It cannot be written.
    """
    app.prepare()
    path = project.absolute() / LOCK_FILE
    there, data = _There(app, project), _bytes(app.disk, path)
    known, is_damaged = _known(data, path)
    gone = [name for name in names if name not in there.names]
    if gone:
        raise ToolUnknown(f"no tool or skill has the name {gone[0]!r}", hint="`skillstrata ls` lists the tools")
    before = [one.name for one in known or ()]
    wanted = set(names)
    if which is Which.ALL:
        wanted |= there.names
    if which is Which.USED:
        wanted |= {*before, *there.used()}
    left_out = tuple(_escaped(name) for name in sorted(wanted) if not is_name(name))
    skills = tuple(one for name in sorted(filter(is_name, wanted)) if (one := there.locked(name)) is not None)
    text = lock_text(skills)
    kept = _kept(app.disk, path, data) if data is not None and is_damaged else ""
    changed = known is None or lock_text(known) != text
    if changed:
        app.disk.write(str(path), text, replace=True)
    dropped = tuple(name for name in before if name not in {one.name for one in skills})
    return LockReport(str(path), skills, written=changed, dropped=dropped, left_out=left_out, kept=kept)


def check(app: App, project: Path) -> LockReport:
    """Say what of a project's lock is no longer so, each with the next step.

    Raises:
        LockUnreadable: There is no lock, or it is damaged.
    """
    app.prepare()
    path = project.absolute() / LOCK_FILE
    data = _bytes(app.disk, path)
    if data is None:
        raise LockUnreadable(f"there is no {path}", hint="`skillstrata lock` writes it")
    known = read_lock(data, str(path))
    there = _There(app, project)
    found = tuple(one for locked in known if (one := there.locked(locked.name)) is not None)
    drifts = {one.name: one for one in drift(known, found)}
    for one in known:
        if one.name not in drifts and one.name in there.retired:
            drifts[one.name] = LockDrift(one.name, "retired", one.digest)
    told = tuple(replace(one, next=_next_step(one)) for _, one in sorted(drifts.items()))
    unlocked = tuple(sorted(filter(is_name, there.used() - {one.name for one in known})))
    return LockReport(str(path), known, told, unlocked=unlocked)


def _next_step(one: LockDrift) -> str:
    match one.what:
        case "missing":
            return "`skillstrata import-skill SOURCE` brings it back; `skillstrata lock` writes the lock without it"
        case "retired":
            return f"`skillstrata expose {one.name}` offers it again"
        case _:
            return f"`skillstrata show {one.name}` tells what it is now; `skillstrata lock` takes it as it is"


class _There:
    """All that a project could use; what stands in the project comes before what the library has."""

    def __init__(self, app: App, project: Path) -> None:
        """List names; a digest is made of what is asked for."""
        self._app = app
        self._project = project.absolute()
        self._tools = {tool.name: tool for tool in app.library.tools()}
        own = self._pages(app.data_dir / "skills")
        self._folders = {name: folder for name, folder in own.items() if name not in self._tools}
        self._of_project: dict[str, Path] = {}
        for name in reversed(_OF_PROJECT):
            self._of_project |= self._pages(self._project / name)
        self._folders |= self._of_project
        self.retired = {n for n, t in self._tools.items() if visibility_of(t.visibility) is Visibility.RETIRED}

    @property
    def names(self) -> frozenset[str]:
        """Give every name."""
        return frozenset((*self._tools, *self._folders))

    def used(self) -> set[str]:
        """Name what the project uses: tools that were called in it with success, and the skills of its own folders."""
        digest = project_digest(self._app, self._project)
        calls = self._app.catalog.usages(newest=_CALLS_LOOKED_AT)
        called = {use.tool for use in calls if use.ok and use.project == digest}
        return (called & set(self._tools) - self.retired) | set(self._of_project)

    def locked(self, name: str) -> LockedSkill | None:
        """Give a skill as it is now; None where there is none, or where it cannot be read."""
        if name in self._folders:
            try:
                digest = digest_of(instruction_files(self._app, self._folders[name]))
            except FileUnreadable:
                return None
            return LockedSkill(name, "instructions", digest[7:19], digest)
        tool = self._tools.get(name)
        return LockedSkill(name, "tool", tool_version(tool), tool_digest(tool)) if tool is not None else None

    def _pages(self, root: Path) -> dict[str, Path]:
        folders = (Path(page).parent for page in self._app.skill_resources.pages(str(root)))
        return {one.name: one for one in folders if one.parent == root and not one.name.startswith(".")}


def _bytes(disk: Disk, path: Path) -> bytes | None:
    try:
        return disk.read(str(path), max_bytes=_MOST_BYTES)
    except FileUnreadable as error:
        if error.reason == "missing":
            return None
        raise LockUnreadable(error.message, hint=error.hint) from error


def _known(data: bytes | None, path: Path) -> tuple[tuple[LockedSkill, ...] | None, bool]:
    """Give what a lock holds, None where it holds nothing that can be read; and whether it is damaged."""
    if data is None:
        return None, False
    try:
        return read_lock(data, str(path)), False
    except LockUnreadable:
        # An older program would throw away what it does not know.
        if is_of_later(data):
            raise
        return None, True


def _kept(disk: Disk, path: Path, data: bytes) -> str:
    """Keep a damaged lock under a name that is free."""
    number, kept = 1, f"{path}.bak"
    while disk.exists(kept):
        number += 1
        kept = f"{path}.bak{number}"
    disk.write(kept, data)
    return kept


def _escaped(name: str) -> str:
    return json.dumps(name)[1:-1][:_MOST_SHOWN]
