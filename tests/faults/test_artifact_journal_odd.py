"""What lies in the journal of artefacts and is no change of this version, and a disk that is full at the last step."""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from skillstrata.adapters.artifact_journal import Change
from skillstrata.records.failures import StoreFull
from tests.faults.artifact_changes import OLD, OPERATIONS, SKILL, checked, files_of, in_use, lay_out, old_of

ID = "a" * 24
GONE = {"id": ID, "unit": "/nowhere/u", "gone": "/nowhere/.tmp/old"}


@pytest.fixture(autouse=True)
def _the_disk_need_not_be_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here is about a loss of power."""
    monkeypatch.setattr(os, "fsync", lambda _fd: None)


def _journal(root: Path) -> Path:
    folder = root / "data" / "journal"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.parametrize(
    "lay",
    [
        lambda path: path.mkdir(),
        lambda path: path.symlink_to(path),
        lambda path: path.symlink_to("/nowhere"),
        os.mkfifo,
        lambda path: path.write_bytes(b"{half"),
        lambda path: path.write_text(json.dumps(GONE | {"unit": "/nowhere/a\0b"})),
        lambda path: path.write_text(json.dumps(GONE | {"id": "b" * 24})),
        lambda path: path.write_text(json.dumps(GONE | {"steps": ["x"]})),
    ],
    ids=["folder", "loop", "dangling", "pipe", "half", "zero byte", "another's id", "unknown field"],
)
def test_what_is_no_change_is_set_aside_and_stops_no_recovery(tmp_path: Path, lay: Callable[[Path], object]) -> None:
    """A raw error would keep every change after it from being mended; the second finds a free name too."""
    lay_out(tmp_path, SKILL)
    for count in (1, 2):
        lay(_journal(tmp_path) / f"{ID}.json")
        assert files_of(tmp_path).recover() == ()
        assert sorted(p.name for p in _journal(tmp_path).glob("*.json")) == []
        assert len(os.listdir(_journal(tmp_path))) == count

    assert files_of(tmp_path).put_aside(old_of(tmp_path, SKILL)).archived_path


def test_a_whole_change_is_settled_as_before(tmp_path: Path) -> None:
    """The twin: of this version, with the name of its file; also where no version was written yet."""
    lay_out(tmp_path, SKILL)
    for written in (GONE, GONE | {"version": 1}):
        (_journal(tmp_path) / f"{ID}.json").write_text(json.dumps(written))
        (said,) = files_of(tmp_path).recover()
        assert said
        assert os.listdir(_journal(tmp_path)) == []
    assert Change(id=ID).version == 1


@pytest.mark.parametrize(("version", "is_left"), [(2, True), (1, False)])
def test_a_change_of_a_later_version_is_left_for_that_one(tmp_path: Path, version: int, *, is_left: bool) -> None:
    """Our rules may not be its rules: what ours takes for a leaving may be the only copy."""
    lay_out(tmp_path, SKILL)
    scratch = tmp_path / "skills" / f".tmp-{ID}" / "new"
    scratch.mkdir(parents=True)
    change = {"id": ID, "version": version, "place": str(tmp_path / "skills" / "winds"), "staged": str(scratch)}
    (_journal(tmp_path) / f"{ID}.json").write_text(json.dumps(change))
    files_of(tmp_path).recover()
    files_of(tmp_path).put_aside(old_of(tmp_path, SKILL))

    assert (scratch.exists(), (_journal(tmp_path) / f"{ID}.json").exists()) == (is_left, is_left)


@pytest.mark.parametrize("is_damaged", [True, False])
def test_what_belongs_to_a_damaged_change_is_not_swept_before_somebody_looked(
    tmp_path: Path, *, is_damaged: bool
) -> None:
    """Whoever puts something aside does not recover first; what nobody wrote down is swept as before."""
    lay_out(tmp_path, SKILL)
    scratch = tmp_path / "skills" / f".tmp-{ID}"
    (scratch / "new").mkdir(parents=True)
    if is_damaged:
        (_journal(tmp_path) / f"{ID}.json").write_bytes(b"{half")

    assert files_of(tmp_path).put_aside(old_of(tmp_path, SKILL)).archived_path
    assert scratch.exists() is is_damaged


@pytest.mark.parametrize(("name", "at"), [("delete", "over"), ("replace and delete", "over"), ("delete", "begin")])
def test_a_disk_that_is_full_at_the_last_note_takes_no_result_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, at: str
) -> None:
    """Whoever is told that it could not be written tries again, and finds it changed; before it is made, nothing is."""
    operation, write = OPERATIONS[name], os.write
    lay_out(tmp_path, operation.kind)

    def filled(fd: int, text: bytes) -> int:
        if (b'"is_over":true' if at == "over" else b'"is_over":false') in bytes(text):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(fd, text)

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", filled)
        if at == "begin":
            with pytest.raises(StoreFull):
                operation.act(tmp_path)
            assert in_use(tmp_path, operation.kind) == (OLD,)
        else:
            operation.act(tmp_path)
            assert in_use(tmp_path, operation.kind) == operation.after

    assert checked(tmp_path, operation) == ("old" if at == "begin" else "new")
