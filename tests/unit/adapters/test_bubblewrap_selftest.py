"""The sandbox is attacked before it is trusted: missing walls are found out, and a passed test is remembered."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from skillstrata.adapters.bubblewrap import BubblewrapSandbox
from skillstrata.adapters.bubblewrap_argv import interpreter
from skillstrata.adapters.bubblewrap_faults import hint_for
from skillstrata.adapters.bubblewrap_selftest import attack, failing_wall, key_of
from skillstrata.records.failures import SandboxUnavailable
from skillstrata.records.sandbox_runs import SandboxJob, SandboxResult

pytestmark = pytest.mark.sandbox

# Takes one wall out of the command line and hands the rest on.
_LEAKY = """#!{python}
import os, sys
words, out = sys.argv[1:], []
while words:
    word = words.pop(0)
    if word == {dropped!r}:
        del words[: {values}]
    else:
        out.append(word)
os.execve("{bwrap}", ["bwrap", *out], dict())
"""


def _no_walls(job: SandboxJob) -> SandboxResult:
    """Run a job as it stands, without any wall; its files lie nowhere, so what it is given it finds outside."""
    words = [str(os.getpid()) if word == "1" else word for word in job.argv]
    done = subprocess.run(words, capture_output=True, check=False, timeout=20)
    return SandboxResult(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give a folder that the unprivileged user, who starts bubblewrap when we are root, may enter."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def _leaky(folder: Path, dropped: str, values: int) -> BubblewrapSandbox:
    stub = folder / "bwrap"
    bwrap = shutil.which("bwrap")
    stub.write_text(_LEAKY.format(python=interpreter(SandboxJob(("/",))), dropped=dropped, values=values, bwrap=bwrap))
    stub.chmod(0o755)
    return BubblewrapSandbox(str(stub))


def test_walls_that_hold_withstand_every_attack() -> None:
    """The twin of all that follow."""
    assert attack(BubblewrapSandbox().run) == ""


def test_a_run_without_walls_is_found_out() -> None:
    """The attacks must be able to succeed, or their failure would show nothing."""
    assert attack(_no_walls) == "a file of the host can be read"


@pytest.mark.parametrize(("dropped", "values"), [("--seccomp", 1), ("--unshare-net", 0), ("--unshare-pid", 0)])
def test_a_sandbox_that_lacks_one_wall_runs_nothing(open_folder: Path, dropped: str, values: int) -> None:
    """Fail closed on the effect, not on the request: an option that another version ignores must not pass."""
    with pytest.raises(SandboxUnavailable, match="wall") as refused:
        _leaky(open_folder, dropped, values).run(SandboxJob(("/usr/bin/true",)))

    assert refused.value.hint


def test_what_is_no_wall_may_be_missing(open_folder: Path) -> None:
    """The twin, through the same stub: the name of the host inside keeps nobody in or out."""
    assert _leaky(open_folder, "--hostname", 1).run(SandboxJob(("/usr/bin/true",))).succeeded


def test_a_passed_test_is_remembered_and_a_failed_one_is_not(tmp_path: Path) -> None:
    """Once for each boot and version is enough; a fault must be seen again until it is mended."""
    runs: list[SandboxJob] = []

    def counted(job: SandboxJob) -> SandboxResult:
        runs.append(job)
        return BubblewrapSandbox().run(job)

    assert failing_wall(_no_walls, "bad", tmp_path) == failing_wall(_no_walls, "bad", tmp_path) != ""
    assert failing_wall(counted, f"good {tmp_path}", tmp_path) == ""
    assert failing_wall(counted, f"good {tmp_path}", tmp_path) == ""
    assert len(runs) == 1


def test_the_mark_holds_across_processes_and_a_place_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    """The test takes 60 ms; a command that lists tools should not pay it, nor fail on a read-only disk."""
    (tmp_path / "known").write_bytes(b"withstood\n")

    assert failing_wall(_no_walls, "known", tmp_path) == ""
    (tmp_path / "file").write_bytes(b"")
    assert failing_wall(BubblewrapSandbox().run, f"other {tmp_path}", tmp_path / "file" / "below") == ""


def test_another_bubblewrap_or_another_filter_is_tested_anew(tmp_path: Path) -> None:
    """An update may take a wall away."""
    program = tmp_path / "bwrap"
    program.write_bytes(b"one")
    first = key_of(str(program), b"filter", b"shim")

    assert key_of(str(program), b"filter", b"shim") == first
    assert key_of(str(program), b"another", b"shim") != first
    program.write_bytes(b"another")
    assert key_of(str(program), b"filter", b"shim") != first


def test_a_container_that_forbids_namespaces_is_told_how_to_start_it() -> None:
    """Installing bubblewrap again does not help there."""
    reason = "bwrap: No permissions to create a new namespace"

    assert "--security-opt" in hint_for(reason, in_container=True)
    assert "--security-opt" not in hint_for(reason, in_container=False)
    assert "apt-get install" in hint_for("anything else", in_container=True)
