"""Each write of each store, stopped before every one of its steps, by kill -9 and by power loss."""

import contextlib
import errno
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from skillstrata.adapters.atomic_files import make_folder, write_atomic
from skillstrata.adapters.spool_folder import SpoolFolder
from skillstrata.records.failures import StoreFull
from tests.faults.crash_disk import CrashDisk, Killed, Recorder, disk_of, put_back
from tests.faults.library_stores import Versions
from tests.faults.stores import Blobs, Traces, hook_script, rests
from tests.faults.user_files import Installed, UserFile


@dataclass(frozen=True)
class Write:
    """One acknowledged write: what is there before, the write, and what may be read afterwards.

    `seen` gives OLD, NEW, or what else it found; a store's own check for torn content comes with it.
    """

    before: Callable[[Path], None]
    act: Callable[[Path], None]
    seen: Callable[[Path], str]


OLD, NEW = "old", "new"


def _nothing(_root: Path) -> None:
    """Write onto an empty disk."""


def _numbers(store: type[Blobs | Traces | Versions | UserFile | Installed], *, first: bool) -> Write:
    """Write number 0 into an empty store, or number 1 beside number 0."""
    n = 0 if first else 1

    def seen(root: Path) -> str:
        held = store(root).held()
        assert held in (frozenset(range(n)), frozenset(range(n + 1))), held
        return NEW if n in held else OLD

    def before(root: Path) -> None:
        made = store(root)
        if not first:
            made.put(0)

    return Write(before, lambda root: store(root).put(n), seen)


def _bytes_at(path: Path) -> str:
    held = path.read_bytes() if path.exists() else b""
    return {b"": OLD, b"one" * 9: OLD, b"second" * 9: NEW}.get(held, f"{held!r}")


def _quarantined(root: Path) -> str:
    """A bad event stays in `new`, or lies in quarantine with its reason; it is never gone."""
    spool = SpoolFolder(root / "spool")
    waiting = [item.data for item in spool.items()]
    aside = [
        p for p in (root / "spool" / "quarantine").iterdir() if p.suffix != ".reason" and not p.name.startswith(".")
    ]
    if waiting == [b"stump"] and not aside:
        return OLD
    reasons = [p.with_name(f"{p.name}.reason").read_text(encoding="utf-8") for p in aside]
    return NEW if (waiting, [p.read_bytes() for p in aside], reasons) == ([], [b"stump"], ["why\n"]) else f"{aside}"


def _bad_event(root: Path) -> None:
    hook_script(root)
    (root / "spool" / "new" / "e").write_bytes(b"stump")


def _made_and_written(root: Path) -> None:
    make_folder(root / "f" / "g")
    write_atomic(root / "f" / "g" / "a", b"second" * 9)


WRITES = {
    "replace a file": Write(
        lambda root: write_atomic(root / "a", b"one" * 9),
        lambda root: write_atomic(root / "a", b"second" * 9),
        lambda root: _bytes_at(root / "a"),
    ),
    "a file in new folders": Write(_nothing, _made_and_written, lambda root: _bytes_at(root / "f" / "g" / "a")),
    "first blob": _numbers(Blobs, first=True),
    "second blob": _numbers(Blobs, first=False),
    "first event": _numbers(Traces, first=True),
    "event 2": _numbers(Traces, first=False),
    "user's file": _numbers(UserFile, first=False),
    "first version": _numbers(Versions, first=True),
    "second version": _numbers(Versions, first=False),
    "install": _numbers(Installed, first=True),
}
# The move into quarantine is not synced: after power loss the event may be in `new` again, and is judged again.
UNSYNCED = {
    "quarantine": Write(_bad_event, lambda root: SpoolFolder(root / "spool").quarantine("e", "why"), _quarantined)
}


@pytest.fixture(autouse=True)
def _the_model_is_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is safe is what the Recorder saw synced; the disk of this machine need not be waited for as well."""
    monkeypatch.setattr(os, "fsync", lambda _fd: None)


def _prepared(write: Write, root: Path) -> CrashDisk:
    """Make what is there before the write: the first time really, then as a copy of the first time."""
    first = root.with_name("first")
    shutil.rmtree(root, ignore_errors=True)
    if first.exists():
        shutil.copytree(first, root, symlinks=True)
    else:
        root.mkdir()
        write.before(root)
        shutil.copytree(root, first, symlinks=True)
    return disk_of(root)


def _killed_at_each_step(write: Write, root: Path) -> Iterator[tuple[int, CrashDisk]]:
    """Do the write with a kill before step 1, 2, …, until it comes to its end."""
    for step in range(1, 1000):
        disk = _prepared(write, root)
        try:
            with Recorder(root, disk, kill_at=step).recording():
                write.act(root)
        except Killed:
            yield step, disk
        else:
            return


def _after_power_loss(write: Write, disk: CrashDisk, root: Path) -> set[str]:
    """Read every tree that power loss may leave, each in a folder of its own."""
    found: set[str] = set()
    for tree in disk.after_power_loss():
        put_back(root, tree)
        found.add(write.seen(root))
    return found


@pytest.mark.parametrize("name", [*WRITES, *UNSYNCED])
def test_a_write_that_is_stopped_leaves_the_old_or_the_new(name: str, tmp_path: Path) -> None:
    """Before each step: as the next process sees it after kill -9, and as every disk may show it after power loss."""
    write = (WRITES | UNSYNCED)[name]
    points = 0
    for step, disk in _killed_at_each_step(write, tmp_path / "disk"):
        points += 1
        assert write.seen(tmp_path / "disk") in {OLD, NEW}, f"killed before step {step}"
        assert _after_power_loss(write, disk, tmp_path / "back") <= {OLD, NEW}, f"power lost before step {step}"

    assert points >= 4


@pytest.mark.parametrize("name", WRITES)
def test_an_acknowledged_write_survives_power_loss(name: str, tmp_path: Path) -> None:
    """From the moment the call has returned."""
    write = WRITES[name]
    disk = _prepared(write, tmp_path / "disk")
    with Recorder(tmp_path / "disk", disk).recording():
        write.act(tmp_path / "disk")

    assert _after_power_loss(write, disk, tmp_path / "back") == {NEW}


@pytest.mark.parametrize("name", WRITES)
def test_a_write_made_again_after_a_kill_survives_power_loss(name: str, tmp_path: Path) -> None:
    """The second process finds names that are there and were never synced; it must not take them for safe."""
    write = WRITES[name]
    for step, disk in _killed_at_each_step(write, tmp_path / "disk"):
        with Recorder(tmp_path / "disk", disk).recording():
            write.act(tmp_path / "disk")
        assert _after_power_loss(write, disk, tmp_path / "back") == {NEW}, f"killed before step {step}"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("name", WRITES)
def test_a_step_that_fails_is_said_and_leaves_the_old_or_the_new(name: str, number: int, tmp_path: Path) -> None:
    """A disk may be full or broken at any step; the same write goes through once it is well."""
    write, root = WRITES[name], tmp_path / "disk"
    for step in range(1, 1000):
        recorder = Recorder(root, _prepared(write, root), fail_at=step, number=number)
        # Below the stores, an error is the operating system's; a store says what to do.
        expected = OSError if name in {"replace a file", "a file in new folders"} else StoreFull
        with recorder.recording(), contextlib.suppress(expected):
            write.act(root)
        if recorder.steps < step:
            break
        assert write.seen(root) in {OLD, NEW}, f"step {step} failed"
        assert rests(root) == [], f"step {step} failed"
        write.act(root)
        assert write.seen(root) == NEW, f"step {step} failed"
    assert step > 4


@pytest.mark.parametrize("left_out", [0, 1], ids=["of the file", "of its folder"])
def test_the_model_sees_a_missing_sync(left_out: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: with one of its two syncs left out, the same write does not survive power loss."""
    write = WRITES["replace a file"]
    disk = _prepared(write, tmp_path / "disk")
    really, seen = CrashDisk.sync, list[int]()

    def sync(self: CrashDisk, node: int) -> None:
        seen.append(node)
        if len(seen) - 1 != left_out:
            really(self, node)

    monkeypatch.setattr(CrashDisk, "sync", sync)
    with Recorder(tmp_path / "disk", disk).recording():
        write.act(tmp_path / "disk")

    assert len(seen) == 2
    assert _after_power_loss(write, disk, tmp_path / "back") > {NEW}
