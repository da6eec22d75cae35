"""What a check of the audit log tells after somebody took lines, marks or the whole folder away."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from skillstrata.adapters.audit_file import AuditFile
from skillstrata.adapters.audit_marks import Marks
from skillstrata.records.audits import AuditEntry
from skillstrata.records.failures import StoreFull

NOVEMBER = datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()


def _log(folder: Path) -> AuditFile:
    return AuditFile(folder, lambda: NOVEMBER)


def _filled(tmp_path: Path) -> Path:
    """Make a log of five records that is whole."""
    folder = tmp_path / "audit"
    log = _log(folder)
    for number in range(5):
        log.append(AuditEntry("intent", path="native/bash", size=number))
    assert (log.verify().ok, log.verify().records) == (True, 5)
    return folder


def _cut(folder: Path, gone: int) -> None:
    path = folder / "2026-11.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-gone]))


@pytest.mark.parametrize("mark", ["remove", "empty", "old"])
def test_lines_cut_off_together_with_the_head_are_missed_and_stay_missed(tmp_path: Path, mark: str) -> None:
    """The newest lines are what somebody has a reason to hide, and the head lies beside them."""
    folder = _filled(tmp_path)
    other = _log(tmp_path / "other")
    other.append(AuditEntry("intent"))
    _cut(folder, 1)
    match mark:
        case "remove":
            (folder / "head").unlink()
        case "empty":
            (folder / "head").write_bytes(b"")
        case _:
            shutil.copy(tmp_path / "other" / "head", folder / "head")
    cut = _log(folder).verify()
    _log(folder).append(AuditEntry("intent"))
    later = _log(folder).verify()

    assert (cut.ok, later.ok, later.broken_at) == (False, False, 5)


def test_a_log_whose_months_and_head_were_removed_is_missed(tmp_path: Path) -> None:
    """An empty folder is not a log that nobody wrote."""
    folder = _filled(tmp_path)
    (folder / "2026-11.jsonl").unlink()
    (folder / "head").unlink()

    assert (_log(folder).verify().ok, _log(folder).verify().why) == (False, "5 records are missing at the end")


def test_a_log_whose_folder_vanished_is_missed_also_after_the_next_record(tmp_path: Path) -> None:
    """The second mark lies outside; a log that was never begun is whole (its twin)."""
    folder = _filled(tmp_path)
    shutil.rmtree(folder)
    gone = _log(folder).verify()
    _log(folder).append(AuditEntry("intent"))

    assert (gone.ok, gone.why) == (False, "5 records are missing at the end")
    assert not _log(folder).verify().ok
    assert _log(tmp_path / "never").verify().ok


def test_records_without_any_mark_are_told_now_and_after_the_next_record(tmp_path: Path) -> None:
    """Nobody knows how many there were; going on as if nothing were would hide it."""
    folder = _filled(tmp_path)
    _cut(folder, 2)
    (folder / "head").unlink()
    (tmp_path / "audit-head").unlink()
    found = _log(folder).verify()
    _log(folder).append(AuditEntry("intent"))

    assert (found.ok, found.broken_at) == (False, 4)
    assert (_log(folder).verify().ok, _log(folder).verify().broken_at) == (False, 4)


@pytest.mark.parametrize("name", ["audit/head", "audit-head"])
@pytest.mark.parametrize("text", ["999999 aaaa\n", "", "x" * 5_000, f"999999 {'a' * 64} {'b' * 64}\n"])
def test_a_mark_that_somebody_overwrote_is_told_and_mended_by_the_next_record(
    tmp_path: Path, name: str, text: str
) -> None:
    """One wrong file must not make a whole log worthless for good: the other mark still holds."""
    folder = _filled(tmp_path)
    (tmp_path / name).write_text(text, encoding="ascii")
    told = _log(folder).verify()
    record = _log(folder).append(AuditEntry("intent"))

    assert not told.ok
    assert "which record is the last" in told.why
    assert record.number == 6
    assert (_log(folder).verify().ok, _log(folder).verify().records) == (True, 6)


def test_a_writer_killed_behind_its_first_line_leaves_a_log_that_is_whole(tmp_path: Path) -> None:
    """The marks are written after the line; that a log was begun is written before it."""
    log = _log(tmp_path / "audit")
    log.append(AuditEntry("intent"))
    Marks(tmp_path / "audit" / "head", tmp_path / "audit-head").note(0, "")

    assert (_log(tmp_path / "audit").verify().ok, log.verify().records) == (True, 1)
    assert _log(tmp_path / "audit").append(AuditEntry("intent")).number == 2
    assert log.verify().ok


def test_what_is_no_plain_file_is_no_month(tmp_path: Path) -> None:
    """A folder of a month's name came from somewhere; it must not stop the log from being read or written."""
    folder = _filled(tmp_path)
    (folder / "2099-01.jsonl").mkdir()
    (folder / "2098-01.jsonl").symlink_to("/dev/zero")

    assert _log(folder).append(AuditEntry("intent")).number == 6
    assert (_log(folder).verify().ok, len(_log(folder).records())) == (True, 6)


def test_where_this_month_is_no_plain_file_append_says_so(tmp_path: Path) -> None:
    """Nothing may be done that the log could not be told of; with the folder away it is (the twin)."""
    folder = tmp_path / "audit"
    (folder / "2026-11.jsonl").mkdir(parents=True)

    with pytest.raises(StoreFull, match=r"Is a directory|audit log"):
        _log(folder).append(AuditEntry("intent"))
    (folder / "2026-11.jsonl").rmdir()
    assert _log(folder).append(AuditEntry("intent")).number == 1
