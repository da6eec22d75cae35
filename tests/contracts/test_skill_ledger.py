"""What every SkillLedger promises: counts of many processes are one sum, and a bad file is none."""

import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from skillstrata.adapters.skill_ledger_files import SkillLedgerFiles
from skillstrata.ports.skill_ledger import SkillLedger
from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.skill_metrics import Tally

Make = Callable[[], SkillLedger]
ODD = (Diagnostic("bom", "info", "a mark", 1, repaired=True, path="/a/SKILL.md"), Diagnostic("crlf", "info", "ends"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the folder of the ledger, in a data directory that is there."""
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "skill-runtime"


@pytest.fixture
def make(folder: Path) -> Make:
    """Make another writer on the same data directory."""
    return lambda: SkillLedgerFiles(folder)


def _ended() -> int:
    """Give the number of a process that has ended."""
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    return int(done.stdout)


def test_the_counts_of_all_writers_are_added_and_each_counts_once(make: Make) -> None:
    """A server and two agents are three; what one said before is replaced."""
    one, other = make(), make()
    one.counted(Tally(calls=100, denials=1))
    one.counted(Tally(calls=5, denials=1, active=2, budget_use=0.4))
    other.counted(Tally(calls=7, routed=3, routed_right=2, limits_hit=1, active=1, budget_use=0.6))

    total = make().total()

    assert (total.calls, total.denials, total.routed, total.routed_right, total.limits_hit) == (12, 1, 3, 2, 1)
    assert (total.active, total.budget_use) == (3, 0.6)


def test_of_a_process_that_ended_the_counts_stay_and_what_held_then_does_not(make: Make, folder: Path) -> None:
    """Its context is gone; that it was refused a tool is not. Twin: the same of one that runs, above."""
    make().counted(Tally(calls=5, active=2, budget_use=0.4))
    (file,) = folder.glob("tally-*.json")
    file.rename(folder / f"tally-{_ended()}-00.json")

    total = make().total()

    assert (total.calls, total.active, total.budget_use) == (5, 0, 0.0)


def test_what_ended_more_than_a_day_ago_is_not_counted_and_goes_with_the_next_writer(make: Make, folder: Path) -> None:
    """A rate of last month says nothing of today, and files must not pile up."""
    folder.mkdir()
    old = folder / f"tally-{_ended()}-00.json"
    old.write_text('{"calls": 5}', encoding="utf-8")
    os.utime(old, (1_700_000_000, 1_700_000_000))

    assert make().total().calls == 0
    make().counted(Tally(calls=1))
    assert not old.exists()
    assert make().total().calls == 1


@pytest.mark.parametrize("bad", [b"", b"{", b"[]", b'{"calls": "many"}', b"\xff\xfe", b'{"calls": 1e999}'])
def test_a_damaged_file_counts_nothing_and_costs_nobody_else(make: Make, folder: Path, bad: bytes) -> None:
    """Somebody may have edited it, or the machine went down."""
    make().counted(Tally(calls=5))
    (folder / "tally-1-00.json").write_bytes(bad)
    (folder / "tally-x-00.json").write_bytes(b"{}")
    (folder / "diagnostics.json").write_bytes(bad)

    assert make().total().calls == 5
    assert make().kept() == ()


def test_what_was_odd_is_given_as_it_was_kept_last(make: Make) -> None:
    """By another process, too."""
    make().keep(ODD[:1])
    make().keep(ODD)

    assert make().kept() == ODD


def test_without_a_data_directory_nothing_is_made_and_nothing_fails(tmp_path: Path) -> None:
    """Who only looks at skills must not find a new folder."""
    ledger = SkillLedgerFiles(tmp_path / "data" / "skill-runtime")
    ledger.counted(Tally(calls=1))
    ledger.keep(ODD)

    assert (ledger.total(), ledger.kept()) == (Tally(), ())
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_costs_the_counts_alone(folder: Path) -> None:
    """A file where the folder should be; the skills go on."""
    folder.write_text("in the way", encoding="utf-8")
    ledger = SkillLedgerFiles(folder)
    ledger.counted(Tally(calls=1))
    ledger.keep(ODD)

    assert (ledger.total(), ledger.kept()) == (Tally(), ())


def test_a_process_with_very_many_writers_has_one_file_and_those_that_closed_hold_nothing(
    make: Make, folder: Path
) -> None:
    """Each conversation opens a runtime: there was a file for every one, read and swept again by each."""
    stays = make()
    stays.counted(Tally(calls=1, active=2, budget_use=0.2))
    for _ in range(200):
        writer = make()
        writer.counted(Tally(calls=1, active=1, budget_use=0.9))
        writer.closed()
    total = make().total()

    assert len(list(folder.glob("tally-*.json"))) == 1
    assert (total.calls, total.active, total.budget_use) == (201, 2, 0.2)


def test_who_was_closed_and_counts_again_counts_on(make: Make) -> None:
    """A runtime may be entered again; what it had counted counts once."""
    writer = make()
    writer.counted(Tally(calls=5, active=1))
    writer.closed()
    writer.closed()
    writer.counted(Tally(calls=7, active=2))
    assert (make().total().calls, make().total().active) == (7, 2)
    writer.closed()

    assert (make().total().calls, make().total().active) == (7, 0)


def test_who_was_dropped_without_being_closed_holds_nothing_after_the_next_count(make: Make) -> None:
    """A program need not close what it opened."""
    make().counted(Tally(calls=5, active=1))
    gc.collect()
    make().counted(Tally(calls=1))

    assert (make().total().calls, make().total().active) == (6, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells when a process began")
def test_a_process_that_was_given_the_number_of_another_is_not_that_one(make: Make, folder: Path) -> None:
    """After a restart of the machine the same number is somebody else's. Twin: the writer itself."""
    writer = make()
    writer.counted(Tally(calls=5, active=2))
    (file,) = folder.glob("tally-*.json")
    assert make().total().active == 2
    other = orjson.loads(file.read_bytes()) | {"process": "1 another-boot"}
    file.write_bytes(orjson.dumps(other))

    assert (make().total().calls, make().total().active) == (5, 0)


def test_of_very_many_files_the_oldest_go_whoever_wrote_them(make: Make, folder: Path) -> None:
    """Once for each process, before its first count."""
    folder.mkdir()
    for number in range(1_100):
        (folder / f"tally-x-{number}.json").write_bytes(b"{}")
        os.utime(folder / f"tally-x-{number}.json", (1_900_000_000 + number, 1_900_000_000 + number))
    make().counted(Tally(calls=1))
    left = {file.name for file in folder.glob("tally-x-*.json")}

    assert len(left) == 500
    assert "tally-x-1099.json" in left
