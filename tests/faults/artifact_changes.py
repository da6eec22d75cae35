"""Changes of learned artefacts for the tests of crashes: what is laid out, what each does, and how it is stopped.

In     an empty folder
Out    the folder with a change made in it up to a step, and what was seen of it afterwards
"""

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from skillstrata.adapters.artifact_folders import ArtifactFolders
from skillstrata.records.learned import ArtifactKind, NewArtifact, PutAside
from tests.faults.crash_disk import CrashDisk, Killed, Recorder, disk_of

OLD = "---\nname: tides\norigin: skill-learning\n---\nold\n"
NEW = "---\nname: tides\norigin: skill-learning\n---\nnew\n"
DIGEST = hashlib.sha256(OLD.encode()).hexdigest()
# What a folder of a skill holds besides its page goes and comes back with it.
NOTE = "kept with the skill"


def files_of(root: Path) -> ArtifactFolders:
    """Give what is tested."""
    return ArtifactFolders(root / "data", now_s=lambda: 1_700_000_000.0)


def old_of(root: Path, kind: ArtifactKind, *, is_deleted: bool = False) -> PutAside:
    """Give the order that puts the old one aside."""
    path = root / "skills/tides/SKILL.md" if kind is ArtifactKind.SKILL else root / "skills/tides.md"
    return PutAside(str(path), "tides", kind, DIGEST, "why", is_deleted=is_deleted)


def new_of(root: Path, kind: ArtifactKind, name: str) -> NewArtifact:
    """Give a new one."""
    return NewArtifact(name, kind, str(root / "skills"), NEW)


def lay_out(root: Path, kind: ArtifactKind) -> None:
    """Have one learned artefact, and something of the user beside it."""
    page = Path(old_of(root, kind).path)
    page.parent.mkdir(parents=True)
    page.write_text(OLD, encoding="utf-8")
    if kind is ArtifactKind.SKILL:
        (page.parent / "note.txt").write_text(NOTE, encoding="utf-8")
    (root / "skills" / "README.txt").write_text("the user's", encoding="utf-8")
    (root / "data").mkdir()


@dataclass(frozen=True)
class Operation:
    """One change: of which kind, what it does, and which texts are in use after it."""

    kind: ArtifactKind
    act: Callable[[Path], object]
    after: tuple[str, ...]
    puts_aside: bool = True


SKILL, COMMAND = ArtifactKind.SKILL, ArtifactKind.COMMAND
OPERATIONS = {
    "create": Operation(SKILL, lambda r: files_of(r).create(new_of(r, SKILL, "winds")), (NEW, OLD), puts_aside=False),
    "create a command": Operation(
        COMMAND, lambda r: files_of(r).create(new_of(r, COMMAND, "winds")), (NEW, OLD), puts_aside=False
    ),
    "replace": Operation(SKILL, lambda r: files_of(r).replace(old_of(r, SKILL), new_of(r, SKILL, "winds")), (NEW,)),
    "replace by the same name": Operation(
        SKILL, lambda r: files_of(r).replace(old_of(r, SKILL), new_of(r, SKILL, "tides")), (NEW,)
    ),
    "replace a command": Operation(
        COMMAND, lambda r: files_of(r).replace(old_of(r, COMMAND), new_of(r, COMMAND, "tides")), (NEW,)
    ),
    "replace and delete": Operation(
        SKILL, lambda r: files_of(r).replace(old_of(r, SKILL, is_deleted=True), new_of(r, SKILL, "tides")), (NEW,)
    ),
    "replace and delete under another name": Operation(
        SKILL, lambda r: files_of(r).replace(old_of(r, SKILL, is_deleted=True), new_of(r, SKILL, "winds")), (NEW,)
    ),
    "archive": Operation(SKILL, lambda r: files_of(r).put_aside(old_of(r, SKILL)), ()),
    "archive a command": Operation(COMMAND, lambda r: files_of(r).put_aside(old_of(r, COMMAND)), ()),
    "delete": Operation(SKILL, lambda r: files_of(r).put_aside(old_of(r, SKILL, is_deleted=True)), ()),
}


def prepared(operation: Operation, root: Path) -> CrashDisk:
    """Begin anew, and model the disk as it is then."""
    shutil.rmtree(root, ignore_errors=True)
    lay_out(root, operation.kind)
    return disk_of(root)


def in_use(root: Path, kind: ArtifactKind) -> tuple[str, ...]:
    """Give the texts that are in use."""
    stamps, odd = files_of(root).stamps(kind, (str(root / "skills"),))
    assert odd == ()
    return tuple(sorted(Path(stamp.path).read_text(encoding="utf-8") for stamp in stamps))


def seen_by_clients(root: Path, kind: ArtifactKind) -> tuple[str, ...]:
    """Give the texts that an agent's client takes for artefacts: hidden folders are as good as others to it."""
    found = (root / "skills").glob("*/SKILL.md") if kind is SKILL else (root / "skills").rglob("*.md")
    return tuple(sorted(path.read_text(encoding="utf-8") for path in found))


def checked(root: Path, operation: Operation) -> str:
    """Mend what is there, see that it is one of the two states and whole, and that it can be gone back on."""
    assert len(set(in_use(root, operation.kind)) & {OLD, NEW}) == len(in_use(root, operation.kind))
    if operation.puts_aside:
        assert set(in_use(root, operation.kind)) != {OLD, NEW}, "both in use before the recovery"
    assert seen_by_clients(root, operation.kind) == in_use(root, operation.kind)
    files = files_of(root)
    files.recover()
    left = [
        str(p) for p in root.rglob("*") if p.name.startswith(".tmp-") or (p.suffix == ".json" and "journal" in p.parts)
    ]
    assert left == []
    assert (root / "skills" / "README.txt").read_text(encoding="utf-8") == "the user's"
    rows = files.aside((str(root / "skills"),))
    manifests = list(root.rglob("*.manifest.json"))
    used = in_use(root, operation.kind)
    if used == (OLD,):
        assert (rows, manifests) == ((), [])
        return "old"
    assert used == operation.after
    if operation.puts_aside:
        assert (len(rows), len(manifests)) == (1, 1)
        _can_be_taken_back(root, operation)
    return "new"


def _can_be_taken_back(root: Path, operation: Operation) -> None:
    old = Path(old_of(root, operation.kind).path)
    unit = old.parent if operation.kind is SKILL else old
    if unit.exists():
        shutil.move(unit, root / "replacement")
    files = files_of(root)
    files.restore(files.aside((str(root / "skills"),))[0])
    assert old.read_text(encoding="utf-8") == OLD
    if operation.kind is SKILL:
        assert (old.parent / "note.txt").read_text(encoding="utf-8") == NOTE


def killed_at_each_step(operation: Operation, root: Path) -> Iterator[tuple[int, CrashDisk]]:
    """Stop a change before each of its steps."""
    for step in range(1, 400):
        disk = prepared(operation, root)
        try:
            with Recorder(root, disk, kill_at=step).recording():
                operation.act(root)
        except Killed:
            yield step, disk
        else:
            return


def killed_across(operation: Operation, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stop a change before each step, where the archive lies on another file system; the last one is not stopped."""
    for stop in range(1, 400):
        prepared(operation, root)
        if stopped(lambda: operation.act(root), stop, monkeypatch) < stop:
            yield
            return
        yield


def stopped(act: Callable[[], object], stop: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Be killed before a step, with archives on another file system; give how many steps there were."""
    counted = [0]
    rename = os.rename

    def across(source: str | Path, target: str | Path) -> None:
        if (Path(target).parent.name == ".archive") is not (Path(source).parent.name == ".archive"):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        rename(source, target)

    def stepped(function: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object, **more: object) -> object:
            counted[0] += 1
            if counted[0] >= stop:
                raise Killed
            return function(*args, **more)

        return step

    with monkeypatch.context() as patched, contextlib.suppress(Killed):
        patched.setattr(os, "rename", stepped(across))
        for each in ("mkdir", "unlink", "rmdir", "link", "replace", "symlink", "fsync", "chmod"):
            patched.setattr(os, each, stepped(getattr(os, each)))
        patched.setattr(shutil, "copyfile", stepped(shutil.copyfile))
        act()
    return counted[0]
