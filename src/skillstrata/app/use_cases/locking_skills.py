"""Write down for a project which skills it uses, in which version; say later what of it is no longer so."""

from dataclasses import dataclass
from pathlib import Path

from skillstrata.app.skill_packing import instruction_files
from skillstrata.app.wiring import App
from skillstrata.library.locks import drift, lock_text, read_lock
from skillstrata.library.packages import digest_of, tool_digest, tool_version
from skillstrata.ports.disk import Disk
from skillstrata.records.exchange_faults import LockUnreadable
from skillstrata.records.exchanges import LOCK_FILE, LockDrift, LockedSkill
from skillstrata.records.failures import FileUnreadable, ToolUnknown

_OF_PROJECT = (".claude/skills", ".agents/skills")
_MOST_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class LockReport:
    """A lock, and what differs from it; `written` says whether the file was changed."""

    path: str
    skills: tuple[LockedSkill, ...]
    drift: tuple[LockDrift, ...] = ()
    written: bool = False


def write(app: App, project: Path, names: tuple[str, ...]) -> LockReport:
    """Write the lock of a project.

    Args:
        app: The App.
        project: Its folder, which gets the file.
        names: What it uses. Without names, what its lock names already; without a lock, everything there is: the tools
            and skills of the library, and the skills in the project's own folders.

    Raises:
        ToolUnknown: A name is nobody's.
        LockUnreadable: The lock that is there is damaged.
        StoreFull: It cannot be written.
    """
    path = project.absolute() / LOCK_FILE
    found = {one.name: one for one in _there(app, project)}
    known = _read(app.disk, path)
    wanted = names or (tuple(one.name for one in known) if known is not None else tuple(found))
    gone = [name for name in wanted if name not in found]
    if gone and names:
        raise ToolUnknown(f"no tool or skill has the name {gone[0]!r}", hint="`skillstrata ls` lists the tools")
    skills = tuple(found[name] for name in sorted(set(wanted)) if name in found)
    text = lock_text(skills)
    changed = known is None or lock_text(known) != text
    if changed:
        app.disk.write(str(path), text, replace=True)
    return LockReport(str(path), skills, written=changed)


def check(app: App, project: Path) -> LockReport:
    """Say what of a project's lock is no longer so.

    Raises:
        LockUnreadable: There is no lock, or it is damaged.
    """
    path = project.absolute() / LOCK_FILE
    known = _read(app.disk, path)
    if known is None:
        raise LockUnreadable(f"there is no {path}", hint="`skillstrata lock` writes it")
    return LockReport(str(path), known, drift(known, _there(app, project)))


def _read(disk: Disk, path: Path) -> tuple[LockedSkill, ...] | None:
    try:
        data = disk.read(str(path), max_bytes=_MOST_BYTES)
    except FileUnreadable as error:
        if error.reason == "missing":
            return None
        raise LockUnreadable(error.message, hint=error.hint) from error
    return read_lock(data, str(path))


def _there(app: App, project: Path) -> tuple[LockedSkill, ...]:
    """Give everything that the project could use; what stands in the project comes before what the library has."""
    tools = [LockedSkill(t.name, "tool", tool_version(t), tool_digest(t)) for t in app.library.tools()]
    roots = [app.data_dir / "skills", *(project.absolute() / name for name in reversed(_OF_PROJECT))]
    taken = {one.name for one in tools}
    skills = [one for root in roots for one in _skills_in(app, root) if one.name not in taken or root != roots[0]]
    return tuple({one.name: one for one in (*tools, *skills)}.values())


def _skills_in(app: App, root: Path) -> list[LockedSkill]:
    found: list[LockedSkill] = []
    for page in app.skill_resources.pages(str(root)):
        folder = Path(page).parent
        if folder.parent != root or folder.name.startswith("."):
            continue
        try:
            digest = digest_of(instruction_files(app, folder))
        except FileUnreadable:
            continue
        found.append(LockedSkill(folder.name, "instructions", digest[7:19], digest))
    return found
