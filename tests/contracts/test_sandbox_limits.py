"""The limits that every Sandbox promises: each ends the whole tree and is named, and what stays inside is let be."""

import os
from pathlib import Path

import pytest

from skillstrata.ports.sandbox import Sandbox
from skillstrata.records.sandbox_runs import MIB, Limits, SandboxJob
from tests.contracts.sandboxes import EVERY

PYTHON = "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else "/usr/local/bin/python3"
QUICK = Limits(wall_s=20.0)


@pytest.fixture(params=EVERY)
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """Give each implementation."""
    return request.param()


def _job(program: str, limits: Limits = QUICK) -> SandboxJob:
    return SandboxJob(argv=(PYTHON, "-I", "-c", program), limits=limits)


def _children() -> set[str]:
    found: set[str] = set()
    waiting = [str(os.getpid())]
    while waiting:
        for task in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            born = task.read_text().split()
            found.update(born)
            waiting += born
    return found


BUSY = "while True: pass"
DEAF = f"import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nsignal.signal(15, signal.SIG_IGN)\n{BUSY}"
FORKS = (
    "import os,time\nfor _ in range(300):\n    try:\n        if os.fork() == 0: time.sleep(15); os._exit(0)\n"
    "    except OSError: pass\ntime.sleep(15)"
)
SHARED = (
    "import os,time\nfor _ in range(5):\n    if os.fork() == 0:\n"
    "        x = b'x' * 60_000_000\n        time.sleep(15)\ntime.sleep(15)"
)
BREAKERS = [
    ("wall", "import time; time.sleep(15)", Limits(wall_s=0.4)),
    ("wall", "import os; os.kill(os.getpid(), 19)", Limits(wall_s=0.4)),
    ("cpu", BUSY, Limits(cpu_s=1, wall_s=15)),
    ("cpu", DEAF, Limits(cpu_s=1, wall_s=15)),
    (
        "memory",
        "kept = []\nwhile True: kept.append(bytearray(b'x') * 4_000_000)",
        Limits(memory_bytes=128 * MIB, wall_s=15),
    ),
    ("memory", "x = b'x' * 900_000_000", Limits(memory_bytes=128 * MIB, wall_s=15)),
    ("memory", SHARED, Limits(memory_bytes=128 * MIB, wall_s=15)),
    ("processes", FORKS, Limits(processes=20, wall_s=15)),
    ("disk", "for n in range(40): open(str(n),'wb').write(b'x' * 1_000_000)", Limits(output_bytes=5 * MIB, wall_s=15)),
    ("files", "for n in range(30_000): open(str(n),'w').close()", Limits(wall_s=15)),
    ("files", "for n in range(12): open(str(n),'w').close()", Limits(output_files=10, wall_s=15)),
    ("stdout", "while True: print('x' * 1000)", Limits(stdout_bytes=100_000, wall_s=15)),
]


@pytest.mark.parametrize(("limit", "program", "limits"), BREAKERS, ids=[f"{n}-{b[0]}" for n, b in enumerate(BREAKERS)])
def test_each_limit_ends_the_run_and_is_named(sandbox: Sandbox, limit: str, program: str, limits: Limits) -> None:
    """A replay that failed for want of memory says nothing about the program, so the reason must be told apart."""
    before = _children()

    result = sandbox.run(_job(program, limits=limits))

    assert result.limit == limit
    assert not result.succeeded
    assert len(result.stdout) + len(result.stderr) <= limits.stdout_bytes
    assert _children() == before


def test_a_program_inside_every_limit_breaks_none(sandbox: Sandbox) -> None:
    """The twin of all of them at once: time, memory, processes, disk, files and output, each used and none broken."""
    program = (
        "import os,time\nx = b'x' * 60_000_000\n"
        "for _ in range(8):\n    if os.fork() == 0: time.sleep(0.1); os._exit(0)\n"
        "for n in range(9): open(str(n),'wb').write(b'x' * 400_000)\nprint('x' * 90_000)\n"
        "for _ in range(8): os.wait()\n"
    )
    limits = Limits(5, 15.0, 128 * MIB, 5 * MIB, 20, 100_000, 10)

    result = sandbox.run(_job(program, limits=limits))

    assert (result.limit, result.exit_code) == ("", 0)
    assert len(result.files) == 9


def test_a_grandchild_that_holds_the_output_open_does_not_hold_the_run(sandbox: Sandbox) -> None:
    """The run ends with the program: waiting for the end of its output would wait for the wall clock."""
    program = (
        "import os,time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(15)\n    os._exit(0)\n"
        "os.wait(); print('done')\n"
    )

    result = sandbox.run(_job(program))

    assert (result.exit_code, result.stdout, result.limit) == (0, b"done\n", "")
