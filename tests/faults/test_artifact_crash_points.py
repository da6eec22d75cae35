"""Each change of a learned artefact, stopped before every one of its steps, by kill -9 and by power loss."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from skillstrata.records.errors import StrataError
from tests.faults.artifact_changes import (
    OLD,
    OPERATIONS,
    checked,
    files_of,
    in_use,
    killed_across,
    killed_at_each_step,
    prepared,
)
from tests.faults.crash_disk import Killed, Recorder, disk_of, put_back


@pytest.fixture(autouse=True)
def _the_model_is_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is safe is what the Recorder saw synced; the disk of this machine need not be waited for as well."""
    monkeypatch.setattr(os, "fsync", lambda _fd: None)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_change_that_is_killed_was_made_wholly_or_not_at_all(name: str, tmp_path: Path) -> None:
    """The seed could leave an archive without manifest, or nothing in use; here the next start mends it."""
    found = [
        checked(tmp_path / "disk", OPERATIONS[name])
        for _step, _disk in killed_at_each_step(OPERATIONS[name], tmp_path / "disk")
    ]

    assert len(found) >= 8
    assert set(found) == {"old", "new"}
    assert found == sorted(found, reverse=True), "once it is done it stays done"


@pytest.mark.parametrize("name", OPERATIONS)
def test_power_loss_at_any_step_leaves_one_of_the_two_states(name: str, tmp_path: Path) -> None:
    """A disk may keep any part of what was not synced; nothing that is in use or put aside may be torn by that."""
    operation, root = OPERATIONS[name], tmp_path / "disk"
    seen: set[str] = set()
    for _step, disk in killed_at_each_step(operation, root):
        for tree in disk.after_power_loss():
            put_back(root, tree)
            seen.add(checked(root, operation))

    assert seen == {"old", "new"}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_change_that_was_acknowledged_survives_power_loss(name: str, tmp_path: Path) -> None:
    """From the moment the call has returned."""
    operation, root = OPERATIONS[name], tmp_path / "disk"
    disk = prepared(operation, root)
    with Recorder(root, disk).recording():
        operation.act(root)

    for tree in disk.after_power_loss():
        put_back(root, tree)
        assert checked(root, operation) == "new"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_step_that_fails_is_said_and_the_change_goes_through_later(name: str, number: int, tmp_path: Path) -> None:
    """A disk may be full at any step; what was begun is undone or finished at once or at the next start."""
    operation, root = OPERATIONS[name], tmp_path / "disk"
    for step in range(1, 400):
        recorder = Recorder(root, prepared(operation, root), fail_at=step, number=number)
        with recorder.recording():
            try:
                operation.act(root)
            except (StrataError, OSError):
                failed = True
            else:
                failed = False
        if recorder.steps < step:
            break
        files_of(root).recover()
        if failed and in_use(root, operation.kind) == (OLD,):
            operation.act(root)
        assert checked(root, operation) == "new", f"step {step} failed"
    assert step > 8


@pytest.mark.parametrize("name", ["replace", "delete"])
def test_a_kill_during_the_recovery_is_recovered_from(name: str, tmp_path: Path) -> None:
    """The machine may go down again while the first crash is mended."""
    operation, root = OPERATIONS[name], tmp_path / "disk"
    for step, _disk in killed_at_each_step(operation, root):
        copy = tmp_path / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(root, copy, symlinks=True)
        for again in range(1, 50):
            shutil.rmtree(root)
            shutil.copytree(copy, root, symlinks=True)
            try:
                with Recorder(root, disk_of(root), kill_at=again).recording():
                    files_of(root).recover()
            except Killed:
                assert checked(root, operation) in {"old", "new"}, f"killed before {step}, then before {again}"
            else:
                break


def test_without_its_journal_a_killed_change_is_not_mended(tmp_path: Path) -> None:
    """Control: the checks above see an unfinished change when nothing wrote down what was begun."""
    operation, root = OPERATIONS["replace"], tmp_path / "disk"
    broken = 0
    for _step, _disk in killed_at_each_step(operation, root):
        shutil.rmtree(root / "data")
        try:
            checked(root, operation)
        except AssertionError:
            broken += 1

    assert broken > 0


@pytest.mark.parametrize("name", ["archive", "replace by the same name", "replace a command"])
def test_a_kill_on_the_way_to_another_file_system_loses_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There, a move is a copy and a removal: between those the old one is in use, or the copy is whole."""
    operation, root = OPERATIONS[name], tmp_path / "disk"
    found = [checked(root, operation) for _ in killed_across(operation, root, monkeypatch)]

    assert set(found) == {"old", "new"}
    assert len(found) > 20
