"""What every Machine promises."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from skillstrata.adapters.idle_machine import ThisMachine

BACK = """
import os
from skillstrata.adapters.idle_machine import ThisMachine
ThisMachine().stand_back(7)
ThisMachine().stand_back(3)
print(os.nice(0), os.popen("nice").read().strip())
"""


def test_the_load_is_for_each_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four processes are a lot for one core and little for sixteen."""
    monkeypatch.setattr(os, "getloadavg", lambda: (4.0, 0.0, 0.0))
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert ThisMachine().load_per_core() == 0.5

    def untold() -> tuple[float, float, float]:
        raise OSError

    monkeypatch.setattr(os, "getloadavg", untold)
    assert ThisMachine().load_per_core() == 0.0


def test_the_steady_clock_goes_forward() -> None:
    """Nobody sets it."""
    machine = ThisMachine()
    first = machine.steady_s()
    assert machine.steady_s() >= first


def test_the_room_is_that_of_the_folders_disk_even_before_it_is_there(tmp_path: Path) -> None:
    """A data directory is made at first use."""
    free = ThisMachine().free_bytes(str(tmp_path))
    assert free > 0
    later = ThisMachine().free_bytes(str(tmp_path / "not" / "yet"))
    assert abs(later - free) < 1_000_000_000


def test_standing_back_holds_for_what_is_started_and_never_goes_up() -> None:
    """A batch's sandboxes are its work, too; a second, smaller wish changes nothing."""
    done = subprocess.run([sys.executable, "-c", BACK], capture_output=True, text=True, check=True, timeout=60)
    base = os.nice(0)

    assert done.stdout.split() == [str(max(base, 7)), str(max(base, 7))]
