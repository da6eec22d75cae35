"""What every Processes promises, with small programs in place of ours."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from skillstrata.adapters.own_processes import OwnProcesses
from tests.daemons import wait_for

PYTHON = (sys.executable, "-c")
HERE = str(Path(__file__).parents[2])
OBEYS = "import sys; sys.stdin.read(); sys.exit(7)"
DEAF = "import signal, threading; signal.signal(signal.SIGTERM, signal.SIG_IGN); threading.Event().wait()"
READY = """
import os, sys, threading
from pathlib import Path
from skillstrata.adapters.own_processes import OwnProcesses
log, mark = Path(sys.argv[1]), Path(sys.argv[2])
own = OwnProcesses(("none",), log, log_bytes=100)
own.ready()
print("to the log", flush=True)
mark.write_text(f"{os.getpid()} {os.getsid(0)}")
while mark.exists():
    threading.Event().wait(0.05)
print("x" * 200, flush=True)
own.trim_log()
print("to the next log", flush=True)
"""


@pytest.fixture
def processes(tmp_path: Path) -> OwnProcesses:
    """Programs given as text, with a log."""
    return OwnProcesses(PYTHON, tmp_path / "daemon" / "log", log_bytes=100)


def test_a_worker_that_is_asked_ends_by_itself(processes: OwnProcesses) -> None:
    """The end of its standard input is the request."""
    worker = processes.start((OBEYS,))
    assert worker.exit_code() is None
    worker.ask_to_end()

    assert worker.end(20.0) == 7
    assert worker.exit_code() == 7


def test_a_worker_that_does_not_hear_is_killed_with_all_it_started(processes: OwnProcesses, tmp_path: Path) -> None:
    """A batch must be gone when the user comes back, whatever it does at that moment."""
    child = f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {DEAF!r}]);"
    worker = processes.start((f"{child} open({str(tmp_path / 'pid')!r}, 'w').write(str(p.pid)); p.wait()",))
    wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "", "the child")

    assert worker.end(0.05) == -signal.SIGKILL
    pid = int((tmp_path / "pid").read_text())
    wait_for(lambda: not _lives(pid), "the child to be gone")


def test_a_worker_hears_that_its_starter_was_killed(tmp_path: Path) -> None:
    """Kill -9 of the daemon must not leave a batch behind."""
    starter = (
        "import sys, threading; from pathlib import Path; from skillstrata.adapters.own_processes import OwnProcesses;"
        f"w = OwnProcesses((sys.executable, '-c'), Path({str(tmp_path / 'log')!r})).start(({OBEYS!r},));"
        "print(w._process.pid, flush=True); threading.Event().wait()"
    )
    with subprocess.Popen([*PYTHON, starter], stdout=subprocess.PIPE, text=True, cwd=HERE) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        assert _lives(pid)
        process.kill()

    wait_for(lambda: not _lives(pid), "the worker to end")


def test_a_detached_process_has_its_own_session_and_a_log_of_bounded_size(
    processes: OwnProcesses, tmp_path: Path
) -> None:
    """It outlives the terminal; its messages are kept, a few of them."""
    mark, log = tmp_path / "mark", tmp_path / "daemon" / "log"
    assert processes.detach((READY, str(log), str(mark)), wait_s=20.0) is True
    wait_for(mark.exists, "the process to write its mark")
    wait_for(lambda: mark.read_text() != "", "the mark's text")
    pid, session = (int(word) for word in mark.read_text().split())
    assert pid == session != os.getsid(0)
    assert log.read_text() == "to the log\n"

    mark.unlink()
    wait_for(lambda: log.read_text() == "to the next log\n", "the next log")
    assert (tmp_path / "daemon" / "log.1").read_text().startswith("to the log\nxxx")
    wait_for(lambda: not _lives(pid), "the process to end")


def test_one_that_ends_before_it_is_ready_is_told_apart(processes: OwnProcesses, tmp_path: Path) -> None:
    """`daemon start` must not say that it started; the reason is in the log."""
    assert processes.detach(("raise SystemExit('no room')",), wait_s=20.0) is False
    assert "no room" in (tmp_path / "daemon" / "log").read_text()


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
