"""What every AuditLog promises."""

import json
import multiprocessing
import stat
import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skillstrata.adapters.audit_file import AuditFile
from skillstrata.ports.audit_log import AuditLog
from skillstrata.records.audits import AuditEntry
from skillstrata.records.failures import StoreFull
from tests.fakes.memory_audit import MemoryAudit

NOVEMBER = datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC).timestamp()


@dataclass
class Time:
    now_s: float = NOVEMBER

    def __call__(self) -> float:
        return self.now_s


def _entry(number: int) -> AuditEntry:
    return AuditEntry(
        "intent", path="native/bash", arguments=f'{{"n": {number}}}', verdict="allow", ms=1.5, size=number
    )


def _filled(folder: Path, count: int, time: Time | None = None) -> AuditFile:
    log = AuditFile(folder, time or Time())
    for number in range(count):
        log.append(_entry(number))
    return log


def _file(folder: Path) -> Path:
    [path] = folder.glob("*.jsonl")
    return path


@pytest.fixture(params=["file", "memory"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> AuditLog:
    """Make a log without lines."""
    return MemoryAudit(Time()) if request.param == "memory" else AuditFile(tmp_path / "audit", Time())


def test_a_log_that_nobody_wrote_is_empty_and_whole(log: AuditLog) -> None:
    """Reading makes nothing."""
    assert log.records() == ()
    assert (log.verify().ok, log.verify().records) == (True, 0)


def test_records_come_back_as_they_were_written_and_are_chained(log: AuditLog) -> None:
    """Every field, the numbers from 1, each with the digest of the one before."""
    written = tuple(log.append(_entry(number)) for number in range(5))

    assert log.records() == written
    assert [one.number for one in written] == [1, 2, 3, 4, 5]
    assert [one.before for one in written[1:]] == [one.digest for one in written[:-1]]
    assert log.records(most=2) == written[-2:]
    assert log.records(most=0) == ()
    assert (log.verify().ok, log.verify().records, log.verify().why) == (True, 5, "")


def test_threads_append_at_once_and_the_chain_stays_whole(log: AuditLog) -> None:
    """Steps of one run are done side by side."""
    threads = [threading.Thread(target=lambda: [log.append(_entry(n)) for n in range(10)]) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (log.verify().ok, log.verify().records) == (True, 60)


def _append_many(folder: str, count: int) -> None:
    _filled(Path(folder), count)


def test_processes_append_at_once_and_the_chain_stays_whole(tmp_path: Path) -> None:
    """The command line, the server and the background process write one log."""
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.starmap(_append_many, [(str(tmp_path / "audit"), 25)] * 4)
    log = AuditFile(tmp_path / "audit", Time())

    assert (log.verify().ok, log.verify().records) == (True, 100)
    assert [one.number for one in log.records()] == list(range(1, 101))


@given(at=st.integers(0, 5), how=st.sampled_from(["change", "remove", "insert", "swap", "blank", "forge"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
def test_a_line_that_is_changed_removed_or_put_in_breaks_the_chain_there(
    tmp_path_factory: pytest.TempPathFactory, at: int, how: str
) -> None:
    """Whatever is done to a line in the middle shows at that line; the twin is the log as it was."""
    folder = tmp_path_factory.mktemp("audit")
    log = _filled(folder, 7)
    assert log.verify().ok
    path = _file(folder)
    lines = path.read_bytes().splitlines(keepends=True)
    match how:
        case "change":
            lines[at] = lines[at].replace(b"allow", b"denyy")
        case "remove":
            del lines[at]
        case "insert":
            lines.insert(at, lines[at])
        case "swap":
            lines[at], lines[at + 1] = lines[at + 1], lines[at]
        case "blank":
            lines[at] = b"garbage\n"
        case _:
            lines[at] = (
                AuditFile(folder / "other", Time()).append(_entry(9))
                and next((folder / "other").glob("*.jsonl")).read_bytes()
            )
    path.write_bytes(b"".join(lines))
    found = AuditFile(folder, Time()).verify()

    assert not found.ok
    assert found.why
    assert found.broken_at == at + 1 + (how == "insert" or (how == "forge" and at == 0))


@pytest.mark.parametrize("gone", [1, 3])
def test_lines_cut_off_the_end_are_missed_and_stay_missed(tmp_path: Path, gone: int) -> None:
    """The chain alone cannot tell; the note of its head does, and later lines do not hide the gap."""
    log = _filled(tmp_path, 5)
    path = _file(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-gone]))
    cut = log.verify()
    log.append(_entry(9))
    later = AuditFile(tmp_path, Time()).verify()

    assert (cut.ok, cut.broken_at) == (False, 6 - gone)
    assert (later.ok, later.broken_at) == (False, 6 - gone)


def test_a_log_cut_in_the_middle_of_a_line_is_missed(tmp_path: Path) -> None:
    """Half a log is not taken for one whose writer was killed."""
    log = _filled(tmp_path, 5)
    path = _file(tmp_path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    assert not log.verify().ok


@pytest.mark.parametrize("keep", [1, 40, -1])
def test_a_torn_last_line_is_told_and_the_chain_goes_on_after_it(tmp_path: Path, keep: int) -> None:
    """A kill -9 in the middle of a write: nothing that was promised is lost, and nothing of it is hidden."""
    other = _filled(tmp_path / "other", 4)
    torn = _file(tmp_path / "other").read_bytes().splitlines(keepends=True)[3]
    log = _filled(tmp_path / "audit", 3)
    with _file(tmp_path / "audit").open("ab") as file:
        file.write(torn[:keep])
    del other
    before = AuditFile(tmp_path / "audit", Time()).verify()
    log.append(_entry(9))
    after = AuditFile(tmp_path / "audit", Time()).verify()

    assert before.ok
    assert after.ok
    if keep != -1:
        assert "torn" in before.why
        assert "torn line stands before record 4" in after.why
    assert after.records == before.records + 1


def test_a_torn_first_line_of_all_is_no_end(tmp_path: Path) -> None:
    """The very first write may be the one that is killed."""
    tmp_path.joinpath("2026-11.jsonl").write_bytes(b'{"at":')
    log = AuditFile(tmp_path, Time())
    log.append(_entry(1))

    assert (log.verify().ok, log.verify().records) == (True, 1)


def test_a_new_month_is_a_new_file_of_the_same_chain(tmp_path: Path) -> None:
    """Rotation must not be a place where lines can be lost."""
    time = Time()
    log = _filled(tmp_path, 2, time)
    time.now_s = DECEMBER
    log.append(_entry(3))
    time.now_s = NOVEMBER
    log.append(_entry(4))

    assert sorted(path.name for path in tmp_path.glob("*.jsonl")) == ["2026-11.jsonl", "2026-12.jsonl"]
    assert [one.number for one in AuditFile(tmp_path, time).records()] == [1, 2, 3, 4]
    assert AuditFile(tmp_path, time).records(most=3)[0].number == 2
    assert log.verify().ok
    (tmp_path / "2026-11.jsonl").unlink()
    assert log.verify().broken_at == 1


def test_a_torn_line_at_the_end_of_a_month_is_told_by_the_next(tmp_path: Path) -> None:
    """The next file acknowledges it."""
    time = Time()
    log = _filled(tmp_path, 2, time)
    with _file(tmp_path).open("ab") as file:
        file.write(b'{"half')
    time.now_s = DECEMBER
    log.append(_entry(3))

    assert (log.verify().ok, log.verify().records) == (True, 3)
    (tmp_path / "2026-11.jsonl").write_bytes((tmp_path / "2026-11.jsonl").read_bytes().replace(b'{"half\n', b""))
    assert not log.verify().ok


def test_where_nothing_can_be_written_append_raises_and_leaves_no_half_line(tmp_path: Path) -> None:
    """Then nothing may be done that it should tell of."""
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(StoreFull):
        AuditFile(tmp_path / "file" / "audit", Time()).append(_entry(1))
    assert AuditFile(tmp_path / "audit", Time()).append(_entry(1)).number == 1


def test_files_are_their_owners_alone_and_hold_no_secret(tmp_path: Path) -> None:
    """The mask is the last wall; whoever makes entries masks what they know."""
    log = AuditFile(tmp_path / "audit", Time(), mask=lambda text: text.replace("hunter2", "[secret]"))
    record = log.append(replace(_entry(1), arguments='{"p": "hunter2"}', detail="hunter2"))

    assert record.entry.arguments == '{"p": "[secret]"}'
    assert b"hunter2" not in _file(tmp_path / "audit").read_bytes()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "audit").iterdir()} == {0o600}


@given(
    st.builds(AuditEntry, st.text(), arguments=st.text(), detail=st.text(), ms=st.floats(0, 1e9), size=st.integers())
)
@settings(max_examples=50, deadline=None)
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, entry: AuditEntry) -> None:
    """Line ends, quotes and signs of other scripts are content."""
    log = AuditFile(tmp_path_factory.mktemp("audit"), Time())
    written = log.append(entry)

    assert log.records() == (written,)
    assert log.verify().ok


def test_half_a_character_is_written_as_a_question_mark(tmp_path: Path) -> None:
    """Arguments of a call may hold anything that JSON can spell; the log must stay readable."""
    log = AuditFile(tmp_path, Time())
    log.append(AuditEntry("intent", detail="a\ud800b"))

    assert log.records()[0].entry.detail == "a?b"
    assert log.verify().ok


def test_a_line_is_plain_json(tmp_path: Path) -> None:
    """Other programs read it: one object a line, with the names of the record."""
    _filled(tmp_path, 1)
    found = json.loads(_file(tmp_path).read_text(encoding="utf-8"))

    assert set(found) == {"n", "at", "entry", "before", "digest"}
    assert found["entry"]["what"] == "intent"
