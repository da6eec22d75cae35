"""Promises of the ProcessLock port."""

import subprocess
import sys
from pathlib import Path

import pytest

from skillstrata.adapters.file_lock import LockFile
from skillstrata.records.failures import StoreFull, StoreLocked

HOLDER = """
import sys
from pathlib import Path
from skillstrata.adapters.file_lock import LockFile
with LockFile(Path(sys.argv[1])).held():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_holder_of_this_process_is_refused_and_comes_in_after_the_first(tmp_path: Path) -> None:
    """One distiller per data directory; the refusal is at once and says to try again."""
    path = tmp_path / "distill.lock"
    with LockFile(path).held(), pytest.raises(StoreLocked) as refused, LockFile(path).held():
        pass
    assert refused.value.retry.value == "same"
    with LockFile(path).held():
        pass


def test_another_process_is_refused_until_the_holder_is_killed(tmp_path: Path) -> None:
    """A kill -9 must not leave the library locked for ever."""
    path = tmp_path / "distill.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreLocked), LockFile(path).held():
            pass
        holder.kill()
        holder.wait()
        with LockFile(path).held():
            pass


def test_a_lock_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    """A lock that cannot be made is a clear refusal, not a crash."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(StoreFull), LockFile(tmp_path / "file" / "x.lock").held():
        pass


def test_the_lock_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Whoever can open it can hold it, and keep the program from its work."""
    with LockFile(tmp_path / "distill.lock").held():
        assert (tmp_path / "distill.lock").stat().st_mode & 0o777 == 0o600
