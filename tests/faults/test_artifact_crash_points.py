"""Each change of a learned artefact, stopped before every one of its steps, by kill -9 and by power loss."""

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
from skillstrata.records.errors import StrataError
from skillstrata.records.learned import ArtifactKind, NewArtifact, PutAside
from tests.faults.crash_disk import CrashDisk, Killed, Recorder, disk_of, put_back

OLD = "---\nname: tides\norigin: skill-learning\n---\nold\n"
NEW = "---\nname: tides\norigin: skill-learning\n---\nnew\n"
DIGEST = hashlib.sha256(OLD.encode()).hexdigest()
# What a folder of a skill holds besides its page goes and comes back with it.
NOTE = "kept with the skill"


def _files(root: Path) -> ArtifactFolders:
    return ArtifactFolders(root / "data", now_s=lambda: 1_700_000_000.0)


def _old(root: Path, kind: ArtifactKind, *, is_deleted: bool = False) -> PutAside:
    path = root / "skills/tides/SKILL.md" if kind is ArtifactKind.SKILL else root / "skills/tides.md"
    return PutAside(str(path), "tides", kind, DIGEST, "why", is_deleted=is_deleted)


def _new(root: Path, kind: ArtifactKind, name: str) -> NewArtifact:
    return NewArtifact(name, kind, str(root / "skills"), NEW)


def _lay_out(root: Path, kind: ArtifactKind) -> None:
    """Have one learned artefact, and something of the user beside it."""
    page = Path(_old(root, kind).path)
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
    "create": Operation(SKILL, lambda r: _files(r).create(_new(r, SKILL, "winds")), (NEW, OLD), puts_aside=False),
    "create a command": Operation(
        COMMAND, lambda r: _files(r).create(_new(r, COMMAND, "winds")), (NEW, OLD), puts_aside=False
    ),
    "replace": Operation(SKILL, lambda r: _files(r).replace(_old(r, SKILL), _new(r, SKILL, "winds")), (NEW,)),
    "replace by the same name": Operation(
        SKILL, lambda r: _files(r).replace(_old(r, SKILL), _new(r, SKILL, "tides")), (NEW,)
    ),
    "replace a command": Operation(
        COMMAND, lambda r: _files(r).replace(_old(r, COMMAND), _new(r, COMMAND, "tides")), (NEW,)
    ),
    "replace and delete": Operation(
        SKILL, lambda r: _files(r).replace(_old(r, SKILL, is_deleted=True), _new(r, SKILL, "tides")), (NEW,)
    ),
    "archive": Operation(SKILL, lambda r: _files(r).put_aside(_old(r, SKILL)), ()),
    "archive a command": Operation(COMMAND, lambda r: _files(r).put_aside(_old(r, COMMAND)), ()),
    "delete": Operation(SKILL, lambda r: _files(r).put_aside(_old(r, SKILL, is_deleted=True)), ()),
}


@pytest.fixture(autouse=True)
def _the_model_is_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is safe is what the Recorder saw synced; the disk of this machine need not be waited for as well."""
    monkeypatch.setattr(os, "fsync", lambda _fd: None)


def _prepared(operation: Operation, root: Path) -> CrashDisk:
    shutil.rmtree(root, ignore_errors=True)
    _lay_out(root, operation.kind)
    return disk_of(root)


def _in_use(root: Path, kind: ArtifactKind) -> tuple[str, ...]:
    stamps, odd = _files(root).stamps(kind, (str(root / "skills"),))
    assert odd == ()
    return tuple(sorted(Path(stamp.path).read_text(encoding="utf-8") for stamp in stamps))


def _checked(root: Path, operation: Operation) -> str:
    """Mend what is there, see that it is one of the two states and whole, and that it can be gone back on."""
    assert len(set(_in_use(root, operation.kind)) & {OLD, NEW}) == len(_in_use(root, operation.kind))
    if operation.puts_aside:
        assert set(_in_use(root, operation.kind)) != {OLD, NEW}, "both in use before the recovery"
    files = _files(root)
    files.recover()
    left = [
        str(p) for p in root.rglob("*") if p.name.startswith(".tmp-") or (p.suffix == ".json" and "journal" in p.parts)
    ]
    assert left == []
    assert (root / "skills" / "README.txt").read_text(encoding="utf-8") == "the user's"
    rows = files.aside((str(root / "skills"),))
    manifests = list(root.rglob("*.manifest.json"))
    used = _in_use(root, operation.kind)
    if used == (OLD,):
        assert (rows, manifests) == ((), [])
        return "old"
    assert used == operation.after
    if operation.puts_aside:
        assert (len(rows), len(manifests)) == (1, 1)
        _can_be_taken_back(root, operation)
    return "new"


def _can_be_taken_back(root: Path, operation: Operation) -> None:
    old = Path(_old(root, operation.kind).path)
    unit = old.parent if operation.kind is SKILL else old
    if unit.exists():
        shutil.move(unit, root / "replacement")
    files = _files(root)
    files.restore(files.aside((str(root / "skills"),))[0])
    assert old.read_text(encoding="utf-8") == OLD
    if operation.kind is SKILL:
        assert (old.parent / "note.txt").read_text(encoding="utf-8") == NOTE


def _killed_at_each_step(operation: Operation, root: Path) -> Iterator[tuple[int, CrashDisk]]:
    for step in range(1, 400):
        disk = _prepared(operation, root)
        try:
            with Recorder(root, disk, kill_at=step).recording():
                operation.act(root)
        except Killed:
            yield step, disk
        else:
            return


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_change_that_is_killed_was_made_wholly_or_not_at_all(name: str, tmp_path: Path) -> None:
    """The seed could leave an archive without manifest, or nothing in use; here the next start mends it."""
    found = [
        _checked(tmp_path / "disk", OPERATIONS[name])
        for _step, _disk in _killed_at_each_step(OPERATIONS[name], tmp_path / "disk")
    ]

    assert len(found) >= 8
    assert set(found) == {"old", "new"}
    assert found == sorted(found, reverse=True), "once it is done it stays done"


@pytest.mark.parametrize("name", OPERATIONS)
def test_power_loss_at_any_step_leaves_one_of_the_two_states(name: str, tmp_path: Path) -> None:
    """A disk may keep any part of what was not synced; nothing that is in use or put aside may be torn by that."""
    operation, root = OPERATIONS[name], tmp_path / "disk"
    seen: set[str] = set()
    for _step, disk in _killed_at_each_step(operation, root):
        for tree in disk.after_power_loss():
            put_back(root, tree)
            seen.add(_checked(root, operation))

    assert seen == {"old", "new"}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_change_that_was_acknowledged_survives_power_loss(name: str, tmp_path: Path) -> None:
    """From the moment the call has returned."""
    operation, root = OPERATIONS[name], tmp_path / "disk"
    disk = _prepared(operation, root)
    with Recorder(root, disk).recording():
        operation.act(root)

    for tree in disk.after_power_loss():
        put_back(root, tree)
        assert _checked(root, operation) == "new"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_step_that_fails_is_said_and_the_change_goes_through_later(name: str, number: int, tmp_path: Path) -> None:
    """A disk may be full at any step; what was begun is undone or finished at once or at the next start."""
    operation, root = OPERATIONS[name], tmp_path / "disk"
    for step in range(1, 400):
        recorder = Recorder(root, _prepared(operation, root), fail_at=step, number=number)
        with recorder.recording():
            try:
                operation.act(root)
            except (StrataError, OSError):
                failed = True
            else:
                failed = False
        if recorder.steps < step:
            break
        _files(root).recover()
        if failed and _in_use(root, operation.kind) == (OLD,):
            operation.act(root)
        assert _checked(root, operation) == "new", f"step {step} failed"
    assert step > 8


@pytest.mark.parametrize("name", ["replace", "delete"])
def test_a_kill_during_the_recovery_is_recovered_from(name: str, tmp_path: Path) -> None:
    """The machine may go down again while the first crash is mended."""
    operation, root = OPERATIONS[name], tmp_path / "disk"
    for step, _disk in _killed_at_each_step(operation, root):
        copy = tmp_path / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(root, copy, symlinks=True)
        for again in range(1, 50):
            shutil.rmtree(root)
            shutil.copytree(copy, root, symlinks=True)
            try:
                with Recorder(root, disk_of(root), kill_at=again).recording():
                    _files(root).recover()
            except Killed:
                assert _checked(root, operation) in {"old", "new"}, f"killed before {step}, then before {again}"
            else:
                break


def test_without_its_journal_a_killed_change_is_not_mended(tmp_path: Path) -> None:
    """Control: the checks above see an unfinished change when nothing wrote down what was begun."""
    operation, root = OPERATIONS["replace"], tmp_path / "disk"
    broken = 0
    for _step, _disk in _killed_at_each_step(operation, root):
        shutil.rmtree(root / "data")
        try:
            _checked(root, operation)
        except AssertionError:
            broken += 1

    assert broken > 0


@pytest.mark.parametrize("name", ["archive", "replace by the same name", "replace a command"])
def test_a_kill_on_the_way_to_another_file_system_loses_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There, a move is a copy and a removal: between those the old one is in use, or the copy is whole."""
    operation, root = OPERATIONS[name], tmp_path / "disk"
    counted = [0, 0]
    rename = os.rename

    def across(source: str | Path, target: str | Path) -> None:
        if Path(target).parent.name == ".archive" and Path(source).parent.name != ".archive":
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        rename(source, target)

    def stepped(function: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object, **more: object) -> object:
            counted[0] += 1
            if counted[0] >= counted[1] > 0:
                raise Killed
            return function(*args, **more)

        return step

    found: list[str] = []
    for stop in range(1, 400):
        _prepared(operation, root)
        counted[:] = [0, stop]
        with monkeypatch.context() as patched, contextlib.suppress(Killed):
            patched.setattr(os, "rename", stepped(across))
            for each in ("mkdir", "unlink", "rmdir", "link", "replace", "symlink", "fsync", "chmod"):
                patched.setattr(os, each, stepped(getattr(os, each)))
            patched.setattr(shutil, "copyfile", stepped(shutil.copyfile))
            operation.act(root)
        found.append(_checked(root, operation))
        if counted[0] < stop:
            break

    assert set(found) == {"old", "new"}
    assert len(found) > 20
