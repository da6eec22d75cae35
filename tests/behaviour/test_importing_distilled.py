"""What becomes of programs that are known from a history alone: the disk of today is not the disk of then."""

import os
from pathlib import Path

import pytest

from skillstrata.app.reports import DistillReport
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.distilling import distill, unshelve
from skillstrata.app.use_cases.importing import import_histories
from skillstrata.app.use_cases.viewing import explain, status
from skillstrata.app.wiring import App, open_app
from skillstrata.records.candidates import Candidate, State
from tests.programs import CSV_TABLE, CSV_TO_JSON
from tests.told_sessions import ToldSession

pytestmark = pytest.mark.sandbox


def quiet(_stage: str, _done: int, _total: int) -> None:
    """No progress is shown."""


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Give an App on an empty data directory."""
    return open_app(load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give the folder the sessions speak of."""
    return tmp_path / "project"


def _told(project: Path, *, with_input: bool, ended: bool = True) -> ToldSession:
    """Tell of a session that wrote a program, perhaps its input, and ran it."""
    told = ToldSession("s1", cwd=str(project))
    told.prompt("turn ports.csv into JSON")
    if with_input:
        told.write(str(_input_of(project)), CSV_TABLE)
    told.write(f"{project}/convert.py", CSV_TO_JSON.replace("{dir}", str(project)))
    told.bash("python3 convert.py", ended=ended)
    return told


def _taken_in(app: App, *told: ToldSession) -> DistillReport:
    folder = app.data_dir.parent / "h"
    for one in told:
        one.save(folder / f"{one.session}.jsonl")
    import_histories(app, (str(folder),), agent="auto", progress=quiet)
    report = distill(app, install=False, progress=quiet)
    assert report.accounting.balanced
    assert report.accounting.open_events == 0
    return report


def _the_one(report: DistillReport) -> Candidate:
    assert len(report.candidates) == 1
    return report.candidates[0]


def _input_of(project: Path) -> Path:
    """Say which file the program reads."""
    text = CSV_TO_JSON.replace("{dir}", str(project))
    start = text.index(str(project))
    return Path(text[start : text.index('"', start)])


def test_a_program_whose_input_the_history_shows_becomes_a_tool(app: App, project: Path) -> None:
    """Nothing of it is on the disk any more: the history holds the program and what it read."""
    candidate = _the_one(_taken_in(app, _told(project, with_input=True)))

    assert candidate.state is State.PLACED, explain(app, candidate.id).candidate.stages


def test_a_program_whose_input_nobody_knows_is_set_aside_with_the_way_to_free_it(app: App, project: Path) -> None:
    """The twin: no guess, a reason in plain words, and a user who vouches for the file frees it."""
    candidate = _the_one(_taken_in(app, _told(project, with_input=False)))
    project.mkdir()
    _input_of(project).write_text(CSV_TABLE)
    freed = unshelve(app, (candidate.id,), install=False, maps=(), progress=quiet)

    assert (candidate.state, candidate.reason) == (State.SHELVED, "input_missing")
    assert "its history does not show" in candidate.stages[-1].detail
    assert _input_of(project).name in candidate.stages[-1].detail
    assert candidate.unshelve == f"skillstrata unshelve {candidate.id}"
    assert [one.state for one in freed] == [State.PLACED]
    assert status(app).shelf == ()


def test_a_file_that_was_changed_since_is_not_taken_for_what_it_was(app: App, project: Path) -> None:
    """It lies where the program found it, and holds something else by now: its time tells."""
    project.mkdir()
    _input_of(project).write_text("id,town\n1,elsewhere\n")
    # A program can set this time back; the file system's own it cannot.
    os.utime(_input_of(project), (1_000_000_000, 1_000_000_000))
    candidate = _the_one(_taken_in(app, _told(project, with_input=False)))
    again = unshelve(app, (), install=False, maps=(), progress=quiet)

    assert (candidate.state, candidate.reason) == (State.SHELVED, "input_missing")
    assert [(one.state, one.reason) for one in again] == [(State.SHELVED, "input_missing")]


def test_a_file_that_nobody_changed_since_is_what_it_was(app: App, project: Path) -> None:
    """The twin: older than the run by the file system's own time, so the program read just this."""
    project.mkdir()
    _input_of(project).write_text(CSV_TABLE)
    told = _told(project, with_input=False)
    # The run is later than the file: at the end of time, which the import sets to now.
    for record in told.records:
        record["timestamp"] = "2999-01-01T00:00:00.000Z"
    candidate = _the_one(_taken_in(app, told))

    assert candidate.state is State.PLACED, explain(app, candidate.id).candidate.stages


def test_a_fork_runs_what_its_origin_wrote(app: App, project: Path) -> None:
    """The call that wrote the program is stored once, with the origin; the fork's run still has its text."""
    origin = ToldSession("s1", cwd=str(project))
    origin.write(str(_input_of(project)), CSV_TABLE)
    origin.write(f"{project}/convert.py", CSV_TO_JSON.replace("{dir}", str(project)))
    fork = origin.forked("s2")
    fork.bash("python3 convert.py")
    candidate = _the_one(_taken_in(app, origin, fork))

    assert candidate.source.session == "s2"
    assert candidate.state is State.PLACED, explain(app, candidate.id).candidate.stages


def test_a_run_of_the_origin_is_not_the_forks_as_well(app: App, project: Path) -> None:
    """A copied run is one run: one candidate, with the session it was first met in."""
    origin = _told(project, with_input=False)
    fork = origin.forked("s2")
    fork.bash("ls")
    report = _taken_in(app, origin, fork)

    assert [one.source.session for one in report.candidates] == ["s1"]


def test_a_run_whose_end_is_not_on_record_is_set_aside(app: App, project: Path) -> None:
    """A call that was cut off is neither a success nor a failure."""
    candidate = _the_one(_taken_in(app, _told(project, with_input=True, ended=False)))

    assert (candidate.state, candidate.reason) == (State.SHELVED, "incomplete_association")


def test_a_program_that_nothing_shows_is_set_aside(app: App, project: Path) -> None:
    """It was written before the history begins, and is gone from the disk."""
    told = ToldSession("s1", cwd=str(project))
    told.bash("python3 convert.py ports.csv")
    candidate = _the_one(_taken_in(app, told))

    assert (candidate.state, candidate.reason) == (State.SHELVED, "incomplete_association")
    assert "source never seen" in candidate.stages[-1].detail
