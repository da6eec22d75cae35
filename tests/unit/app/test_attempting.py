"""Work that takes its process down is tried a bounded number of times; what was asked to stop is not counted."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from skillstrata.app.attempting import MOST_DEATHS, Fallen, attempt
from skillstrata.app.draining import drain
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases import distilling
from skillstrata.app.use_cases.distilling import distill, unshelve
from skillstrata.app.wiring import App, open_app
from skillstrata.records.candidates import State
from skillstrata.records.failures import StoreFull
from tests.programs import HTML_PAGE, HTML_TO_MD
from tests.sessions import Session

# The pass of the program itself; only the judging of one candidate is replaced by the death of the process.
DIES = """
import os, signal, sys
from pathlib import Path
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases import distilling
from skillstrata.app.wiring import open_app
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(distilling, sys.argv[2], die)
app = open_app(load_settings(data_dir=Path(sys.argv[1]), config=None, environ={"HOME": sys.argv[1]}))
distilling.distill(app, install=False, progress=lambda *_: None)
"""


def _quiet(_stage: str, _done: int, _total: int) -> None:
    return None


@pytest.fixture
def app(tmp_path: Path) -> App:
    """An App with one session that runs a program; nobody has looked at it yet."""
    made = open_app(load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}))
    made.prepare()
    doing = Session(tmp_path / "project", made.data_dir / "spool", session="s1")
    doing.write("docs/page.html", HTML_PAGE)
    doing.write("convert.py", HTML_TO_MD.replace("{dir}", str(doing.project)))
    doing.bash(f"python3 {doing.project}/convert.py")
    return made


def _pass_that_dies(app: App, where: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DIES, str(app.data_dir), where], check=False, timeout=60, capture_output=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


@pytest.mark.sandbox
def test_a_candidate_that_kills_its_pass_is_set_aside_with_the_reason(app: App) -> None:
    """Three deaths; then the pass goes on without it, and `unshelve` tries it again."""
    for _ in range(MOST_DEATHS):
        _pass_that_dies(app, "judge_execution")
        assert [c.state for c in app.catalog.candidates()] == [State.OPEN]
    (candidate,) = distill(app, install=False, progress=_quiet).candidates

    assert (candidate.state, candidate.reason) == (State.SHELVED, "crash")
    assert "died 3 times" in candidate.stages[-1].detail
    assert candidate.unshelve == f"skillstrata unshelve {candidate.id}"
    assert distill(app, install=False, progress=_quiet).candidates == ()
    (freed,) = unshelve(app, (candidate.id,), install=False, maps=(), progress=_quiet)
    assert freed.state is State.PLACED
    assert not (app.data_dir / "attempts.json").exists()


@pytest.mark.sandbox
def test_two_deaths_are_no_verdict(app: App) -> None:
    """Twin: a machine may be short of memory now and then; the third try judges it."""
    for _ in range(MOST_DEATHS - 1):
        _pass_that_dies(app, "judge_execution")
    (candidate,) = distill(app, install=False, progress=_quiet).candidates

    assert candidate.state is State.PLACED


def test_a_session_that_kills_its_pass_becomes_noise_with_the_reason(app: App) -> None:
    """Its events stay counted, and a new one of it is a new try."""
    for _ in range(MOST_DEATHS):
        _pass_that_dies(app, "read_session")
    report = distill(app, install=False, progress=_quiet)

    assert (report.executions, report.candidates, report.accounting.balanced) == (0, (), True)
    assert report.accounting.noise_events == report.accounting.events > 0
    assert app.catalog.open_sessions() == ()
    goes_on = Session(app.data_dir.parent / "project", app.data_dir / "spool", session="s1")
    for _ in range(report.accounting.events + 1):
        goes_on.bash("ls")
    drain(app)
    assert app.catalog.open_sessions() == ("s1",)


@pytest.mark.parametrize("where", ["read_session", "judge_execution", "keep"])
@pytest.mark.sandbox
def test_a_fault_with_one_piece_of_work_does_not_end_the_pass(
    app: App, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """An exception nobody foresaw, wherever in the pass: the pass ends well and says what it was."""

    def trips(*_: object, **__: object) -> None:
        raise RuntimeError("surprise")

    monkeypatch.setattr(distilling, where, trips)
    report = distill(app, install=False, progress=_quiet)

    assert report.accounting.balanced
    if where == "read_session":
        assert app.catalog.open_sessions() == ()
    else:
        (candidate,) = report.candidates
        assert (candidate.state, candidate.reason) == (State.SHELVED, "fault")
        assert "RuntimeError: surprise" in candidate.stages[-1].detail


@pytest.mark.parametrize("stops", [StoreFull("no space", hint="free some"), KeyboardInterrupt()])
def test_what_ends_the_pass_from_outside_is_not_counted(app: App, stops: BaseException) -> None:
    """A full disk and Ctrl-C say nothing about the work; twin: its own fault does."""

    def stopped() -> None:
        raise stops

    for _ in range(MOST_DEATHS + 2):
        with pytest.raises(type(stops)):
            attempt(app, "judge x", stopped)

    assert attempt(app, "judge x", lambda: "done") == "done"
    fallen = attempt(app, "judge x", lambda: 1 // 0)
    assert isinstance(fallen, Fallen)
    assert (fallen.code, os.linesep in fallen.why) == ("fault", False)
