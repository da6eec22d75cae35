"""What every AttemptLog promises: who died at what, by the death of real processes too."""

import subprocess
import sys
from pathlib import Path

import pytest

from skillstrata.adapters.attempt_file import AttemptFile

DIES = """
import os, signal, sys
from pathlib import Path
from skillstrata.adapters.attempt_file import AttemptFile
AttemptFile(Path(sys.argv[1])).begin(sys.argv[2])
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_each_process_that_died_at_something_counts_once(tmp_path: Path) -> None:
    """Killed, out of memory or by a fault of an extension: none of them can say so itself."""
    path = tmp_path / "attempts.json"
    for _ in range(2):
        subprocess.run([sys.executable, "-c", DIES, str(path), "judge x"], check=False, timeout=60)
    log = AttemptFile(path)

    assert log.begin("judge other") == 0
    log.end(settled=True)
    assert log.begin("judge x") == 2
    log.end(settled=True)
    assert log.begin("judge x") == 0


@pytest.mark.parametrize("settled", [True, False])
def test_work_that_ended_counts_nothing(tmp_path: Path, settled: bool) -> None:
    """Twin: it was done, or put off because somebody asked for it."""
    log = AttemptFile(tmp_path / "attempts.json")
    for _ in range(5):
        assert log.begin("judge x") == 0
        log.end(settled=settled)
    assert list(tmp_path.iterdir()) == []


def test_what_is_put_off_keeps_its_count(tmp_path: Path) -> None:
    """Else a batch that is interrupted now and then would try for ever what kills it."""
    log = AttemptFile(tmp_path / "attempts.json")
    log.begin("judge x")
    assert log.begin("judge x") == 1
    log.end(settled=False)
    assert log.begin("judge x") == 1


def test_it_holds_no_name(tmp_path: Path) -> None:
    """The name of a session that is forgotten must not stay here."""
    AttemptFile(tmp_path / "attempts.json").begin("judge claude-code:quokka:1")

    assert b"quokka" not in (tmp_path / "attempts.json").read_bytes()
    assert (tmp_path / "attempts.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("held", [b"", b"[", b'{"at": 3}', b"\xff\x00"])
def test_a_damaged_file_counts_as_none(tmp_path: Path, held: bytes) -> None:
    """It is written without a sync: after a power failure anything may be in it."""
    (tmp_path / "attempts.json").write_bytes(held)
    log = AttemptFile(tmp_path / "attempts.json")

    assert log.begin("judge x") == 0
    log.end(settled=True)


def test_where_nothing_can_be_written_it_is_not_in_the_way(tmp_path: Path) -> None:
    """Its folder is missing: the pass itself says what is wrong with the disk."""
    log = AttemptFile(tmp_path / "none" / "attempts.json")

    assert (log.begin("judge x"), log.begin("judge x")) == (0, 0)
    log.end(settled=True)


def test_its_size_has_a_bound(tmp_path: Path) -> None:
    """Each death leaves a line, and nobody may ever come back to it."""
    log = AttemptFile(tmp_path / "attempts.json")
    for number in range(300):
        log.begin(f"judge {number}")

    assert (tmp_path / "attempts.json").stat().st_size < 20_000
