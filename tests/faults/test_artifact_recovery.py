"""What happened between a kill and the recovery: edits, a lost archive, a restore that was under way."""

import contextlib
import os
import shutil
from pathlib import Path

import pytest

from skillstrata.records.learned import ArtifactKind, AsideRow
from tests.faults.artifact_changes import (
    COMMAND,
    NOTE,
    OLD,
    OPERATIONS,
    SKILL,
    checked,
    files_of,
    in_use,
    killed_across,
    killed_at_each_step,
    lay_out,
    new_of,
    old_of,
    seen_by_clients,
    stopped,
)
from tests.faults.crash_disk import Killed, Recorder, disk_of


@pytest.fixture(autouse=True)
def _the_model_is_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk of this machine need not be waited for."""
    monkeypatch.setattr(os, "fsync", lambda _fd: None)


@pytest.mark.parametrize(
    ("name", "is_elsewhere"),
    [
        ("archive", False),
        ("delete", False),
        ("replace", False),
        ("replace and delete under another name", False),
        ("archive", True),
        ("replace", True),
    ],
)
def test_what_the_user_edits_after_a_kill_stays_in_use_alone(
    name: str, is_elsewhere: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text that is no longer the one judged is not out of the way: the new one must not come in beside it."""
    operation, root = OPERATIONS[name], tmp_path / "disk"
    page, edited = Path(old_of(root, SKILL).path), f"{OLD}and mine\n"
    killed = killed_across(operation, root, monkeypatch) if is_elsewhere else killed_at_each_step(operation, root)
    seen: set[bool] = set()
    for _ in killed:
        seen.add(was_there := page.exists())
        if not was_there:
            checked(root, operation)
            continue
        page.write_text(edited, encoding="utf-8")
        files = files_of(root)
        (said, *_) = files.recover() or ("undone",)
        assert said.startswith("undone")
        assert in_use(root, SKILL) == (edited,)
        assert (page.parent / "note.txt").read_text(encoding="utf-8") == NOTE
        assert files.aside((str(root / "skills"),)) == ()
        assert [p for p in (root / "skills").rglob("*") if p.name.startswith((".tmp-", "tides-"))] == []

    assert seen == {True, False}


@pytest.mark.parametrize("is_emptied", [False, True])
@pytest.mark.parametrize("name", ["archive", "replace", "replace by the same name"])
def test_an_archive_that_was_emptied_after_a_kill_costs_nothing(
    name: str, is_emptied: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was moved away is the only copy then, as on a tmpfs; where the archive still holds one, it goes."""
    operation, root = OPERATIONS[name], tmp_path / "disk"
    moved_away = 0
    for _ in killed_across(operation, root, monkeypatch):
        gone = list((root / "skills").glob(".tmp-*/old/SKILL.md"))
        if not gone or gone[0].read_text(encoding="utf-8") != OLD:
            continue
        moved_away += 1
        if is_emptied:
            for kept in (root / "skills" / ".archive").glob("tides-*"):
                shutil.rmtree(kept) if kept.is_dir() else kept.unlink()
        files_of(root).recover()
        texts = [path.read_text(encoding="utf-8") for path in root.rglob("SKILL.md")]
        assert OLD in texts
        assert list((root / "skills").glob(".tmp-*")) == []
        archived = [path for path in root.rglob("SKILL.md") if ".archive" in path.parts]
        assert len(archived) == (0 if is_emptied and in_use(root, SKILL) == (OLD,) else 1)

    assert moved_away > 0


@pytest.mark.parametrize(("is_deleted", "is_elsewhere"), [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("kind", [SKILL, COMMAND])
def test_a_restore_that_is_killed_was_made_wholly_or_not_at_all(
    kind: ArtifactKind, is_deleted: bool, is_elsewhere: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is half brought back must not be found by a client, nor stay for ever; it can be brought back again."""
    root = tmp_path / "disk"
    seen: set[tuple[str, ...]] = set()
    for stop in range(1, 400):
        shutil.rmtree(root, ignore_errors=True)
        lay_out(root, kind)
        files_of(root).put_aside(old_of(root, kind, is_deleted=is_deleted))
        (row,) = files_of(root).aside((str(root / "skills"),))
        steps = _restored(root, row, stop, monkeypatch, is_elsewhere=is_elsewhere)
        assert seen_by_clients(root, kind) in {(), (OLD,)}
        files_of(root).recover()
        assert [str(p) for p in root.rglob(".tmp-*")] == []
        assert list((root / "data").rglob("journal/*.json")) == []
        seen.add(used := in_use(root, kind))
        rows = files_of(root).aside((str(root / "skills"),))
        if not used:
            files_of(root).restore(rows[0])
        elif not is_deleted:
            assert rows == ()
        assert Path(old_of(root, kind).path).read_text(encoding="utf-8") == OLD
        if kind is SKILL:
            assert (root / "skills/tides/note.txt").read_text(encoding="utf-8") == NOTE
        if steps < stop:
            break

    assert seen == {(), (OLD,)}


def _restored(root: Path, row: AsideRow, stop: int, monkeypatch: pytest.MonkeyPatch, *, is_elsewhere: bool) -> int:
    """Be killed before a step of a restore; give how many steps there were."""
    if is_elsewhere:
        return stopped(lambda: files_of(root).restore(row), stop, monkeypatch)
    recorder = Recorder(root, disk_of(root), kill_at=stop)
    with contextlib.suppress(Killed), recorder.recording():
        files_of(root).restore(row)
    return recorder.steps


@pytest.mark.parametrize("is_only_copy", [False, True])
def test_what_a_change_of_long_ago_left_is_swept_unless_it_may_be_the_only_copy(
    is_only_copy: bool, tmp_path: Path
) -> None:
    """A journal may be lost with the data directory; new texts can be had again, the old one may be nowhere else."""
    lay_out(tmp_path, SKILL)
    left = tmp_path / "skills" / f".tmp-{'0a' * 12}"
    page = left / ("old" if is_only_copy else "new") / "SKILL.md"
    page.parent.mkdir(parents=True)
    page.write_text(OLD, encoding="utf-8")
    users = tmp_path / "skills" / ".tmp-notes"
    users.mkdir()

    files_of(tmp_path).create(new_of(tmp_path, SKILL, "winds"))

    assert (page.exists(), users.exists()) == (is_only_copy, True)
