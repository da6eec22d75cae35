"""What every SkillLedger promises: counts of many processes are one sum, and a bad file is none."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

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
    make().counted(Tally(calls=5))
    (file,) = folder.glob("tally-*.json")
    old = file.rename(folder / f"tally-{_ended()}-00.json")
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
