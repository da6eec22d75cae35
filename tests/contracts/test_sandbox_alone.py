"""Runs of which nothing comes back but streams and status: without the shim, and with the same walls and limits."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.adapters.bubblewrap import BubblewrapSandbox
from skillstrata.records.failures import SandboxUnavailable
from skillstrata.records.sandbox_runs import MIB, Limits, MountedFile, SandboxJob, SandboxResult

pytestmark = pytest.mark.sandbox

PYTHON = "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else "/usr/local/bin/python3"
FOUR_BUSY = "import os\nfor _ in range(4):\n    if os.fork() == 0: break\nwhile True: pass"
MANY = """
import os, signal
for _ in range(300):
    try:
        if os.fork() == 0: signal.pause()
    except OSError: pass
signal.pause()
"""
LEAP = """
import mmap
kept = []
for _ in range(40):
    kept.append(mmap.mmap(-1, 50 << 20))
    kept[-1].write(b"x" * (50 << 20))
"""


def _run(program: str, *, alone: bool = True, limits: Limits | None = None) -> SandboxResult:
    job = SandboxJob((PYTHON, "-I", "-c", program), limits=limits or Limits(wall_s=20.0))
    return BubblewrapSandbox().run(replace(job, roots=()) if alone else job)


@pytest.mark.parametrize("alone", [True, False])
def test_streams_status_work_folder_and_variables_are_the_same_with_the_shim_and_without(alone: bool) -> None:
    """A caller that wants no files must not have to know which way was taken."""
    done = _run(
        "import os,sys; print(os.getcwd(), os.environ['HOME'], os.environ['TZ']); sys.stderr.write('e'); sys.exit(7)",
        alone=alone,
    )

    assert (done.exit_code, done.stdout, done.stderr) == (7, b"/out /tmp UTC\n", b"e")
    assert (done.limit, done.files) == ("", ())


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize(
    ("program", "limits", "limit"),
    [
        ("while True: pass", Limits(cpu_s=1, wall_s=15), "cpu"),
        (FOUR_BUSY, Limits(cpu_s=1, wall_s=15), "cpu"),
        ("import os; os.kill(os.getpid(), 19)", Limits(wall_s=0.4), "wall"),
        (MANY, Limits(processes=20, wall_s=15), "processes"),
        (LEAP, Limits(memory_bytes=128 * MIB, address_bytes=8192 * MIB, wall_s=15), "memory"),
        ("while True: print('x' * 1000)", Limits(stdout_bytes=100_000, wall_s=15), "stdout"),
    ],
    ids=["cpu", "cpu of four", "wall", "processes", "memory", "stdout"],
)
def test_every_limit_is_named_either_way(program: str, limits: Limits, limit: str, *, alone: bool) -> None:
    """CPU is that of all processes together: four busy children must not get four times the time."""
    done = _run(program, alone=alone, limits=limits)

    assert (done.limit, done.exit_code) == (limit, None)


def test_a_program_that_is_not_there_ends_like_in_a_shell_and_a_sandbox_that_is_not_there_is_an_error() -> None:
    """Without the shim only bubblewrap's own report tells the two apart."""
    done = BubblewrapSandbox().run(SandboxJob(("/usr/bin/no-such-program",), roots=()))

    assert done.exit_code == 127
    with pytest.raises(SandboxUnavailable):
        BubblewrapSandbox("/usr/bin/false").run(SandboxJob(("/usr/bin/true",), roots=()))


def test_nothing_can_be_written_but_the_temporary_folder_and_inputs_are_seen(tmp_path: Path) -> None:
    """There is no place whose files would come back, so there is none to fill."""
    (tmp_path / "given").write_bytes(b"given")
    program = "open('/tmp/a','w').close(); print(open('/in/x').read())\nfor p in '/out/a', '/in/x', '/a':\n"
    program += "    try: open(p,'w')\n    except OSError as e: print(e.errno)"
    job = SandboxJob(
        (PYTHON, "-I", "-c", program), roots=(), files=(MountedFile("/in/x", source=str(tmp_path / "given")),)
    )

    done = BubblewrapSandbox().run(job)

    assert done.stdout == b"given\n30\n30\n30\n"
    assert (tmp_path / "given").read_bytes() == b"given"


def test_killed_from_inside_is_no_status() -> None:
    """A status of 137 may be a program's own; a death by signal 9 is not."""
    assert _run("import os; os.kill(os.getpid(), 9)").exit_code is None
    assert _run("raise SystemExit(3)").exit_code == 3
    assert _run("import os; os.kill(os.getpid(), 15)").exit_code == 143
