"""R_miss: a program written again although there was the tool is found, attributed, counted and learned from."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from skillstrata.app.callers import project_digest
from skillstrata.app.exposure import GATE, Reason, change_level, settle
from skillstrata.app.reports import CallRequest
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.distilling import distill
from skillstrata.app.use_cases.finding import ToolFinder
from skillstrata.app.use_cases.observing import usage
from skillstrata.app.use_cases.running import run
from skillstrata.app.use_cases.viewing import status
from skillstrata.app.wiring import App, open_app
from skillstrata.records.candidates import State
from skillstrata.records.qualities import MissCause, ReuseMiss, Showing, Visibility
from skillstrata.records.tools import Usage
from tests.programs import CSV_TABLE, CSV_TO_JSON
from tests.sessions import Session

pytestmark = pytest.mark.sandbox

TOOL = "csv-to-json"
# What sessions of the tests happen at begins here, one second a call.
EVENTS_S = 1_790_000_000.0


@dataclass
class Watch:
    """A clock that is set by hand."""

    at_s: float

    def now_s(self) -> float:
        return self.at_s


def _app(root: Path, at_s: float = EVENTS_S - 1000.0, **environ: str) -> App:
    app = open_app(
        load_settings(
            data_dir=root / "data", config=None, environ={"HOME": str(root), "PATH": os.environ["PATH"], **environ}
        )
    )
    app.__dict__["clock"] = Watch(at_s)
    return app


def _session(app: App, root: Path, number: int) -> Session:
    project = root / f"project{number}"
    session = Session(project, app.data_dir / "spool", session=f"{number:08d}-0000-4000-8000-000000000001")
    (project / "ports.csv").write_text(CSV_TABLE, encoding="utf-8")
    return session


def _writes(session: Session, comment: str = "") -> None:
    """Let the agent write the program and run it."""
    session.write("convert.py", CSV_TO_JSON.replace("{dir}", str(session.project)) + comment)
    session.bash(f"python3 {session.project}/convert.py")


def _asks(session: Session, tool: str) -> None:
    """Let the agent call a tool of our server, as its client records it."""
    session.asks(f"mcp__skillstrata__{tool}", {"query": "x"})


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Give a library that has the tool before any of the events of the tests' sessions."""
    made = _app(tmp_path, EVENTS_S + 5.0)
    _writes(_session(made, tmp_path, 1))
    _distil(made)
    assert [tool.name for tool in made.library.tools()] == [TOOL]
    assert made.catalog.reuse_misses() == ()
    return made


def _distil(app: App) -> None:
    report = distill(app, install=False, progress=lambda *_: None)
    assert report.accounting.balanced


def _later(session: Session) -> None:
    """Let what the session does happen after the tool was made."""
    session.count += 100


def _miss_of(app: App, number: int) -> ReuseMiss:
    app.__dict__["clock"] = Watch(EVENTS_S + 1000.0)
    _distil(app)
    found = [m for m in app.catalog.reuse_misses() if m.session.startswith(f"{number:08d}")]
    assert len(found) == 1
    return found[0]


def test_a_tool_that_nobody_was_shown_is_written_again(app: App, tmp_path: Path) -> None:
    """The five parts, the cause, and where it is counted; a second pass counts nothing twice."""
    session = _session(app, tmp_path, 2)
    _later(session)
    _writes(session)
    miss = _miss_of(app, 2)
    _distil(app)
    version = app.library.tool(TOOL).branches[0].current

    assert miss.cause is MissCause.NOT_SHOWN
    assert miss.key[:4] == (TOOL, "csv", "text/csv", version.number)
    assert len(miss.environment) > 8
    assert miss.project == project_digest(app, session.project)
    assert app.catalog.candidate(miss.execution_id).state is State.DUPLICATE
    assert usage(app, TOOL).r_miss == (miss,)
    assert dict(status(app).r_miss) == {"not_found": 0, "not_shown": 1, "wrong_contract": 0, "failed": 0}


def test_what_was_written_before_there_was_the_tool_is_no_miss(tmp_path: Path) -> None:
    """Two sessions of one history that is imported whole: nobody could have known."""
    app = _app(tmp_path, EVENTS_S + 10_000.0)
    for number in (1, 2):
        _writes(_session(app, tmp_path, number))
    _distil(app)

    assert [c.state for c in app.catalog.candidates()].count(State.DUPLICATE) == 1
    assert app.catalog.reuse_misses() == ()


def test_a_search_that_did_not_find_it_teaches_its_words(app: App, tmp_path: Path) -> None:
    """Not found, twice: the next search with that word finds it."""
    for number in (2, 3):
        session = _session(app, tmp_path, number)
        _later(session)
        _asks(session, "skills_search")
        searcher = _app(
            tmp_path, EVENTS_S + 101.5, CLAUDE_CODE_SESSION_ID=session.session, CLAUDE_PROJECT_DIR=str(session.project)
        )
        assert ToolFinder(searcher).search("harbourmaster ledger", limit=5, kind=None).abstained
        _writes(session, f"# {number}\n")
        miss = _miss_of(app, number)
        assert (miss.cause, miss.words) == (MissCause.NOT_FOUND, ("harbourmaster", "ledger"))

    found = ToolFinder(app).search("harbourmaster ledger", limit=5, kind=None)
    assert [hit.tool.name for hit in found.hits] == [TOOL]


def test_what_it_was_shown_and_did_not_take_has_the_wrong_contract(app: App, tmp_path: Path) -> None:
    """Found by its search, named at its start, or listed: the description is what to look at."""
    seen = _session(app, tmp_path, 2)
    _later(seen)
    _asks(seen, "skills_search")
    searcher = _app(tmp_path, EVENTS_S + 101.0, CLAUDE_CODE_SESSION_ID=seen.session)
    assert not ToolFinder(searcher).search("csv to json", limit=5, kind=None).abstained
    _writes(seen)
    warm = _session(app, tmp_path, 3)
    _later(warm)
    app.catalog.add_showings((Showing(warm.session, TOOL, "warm-start", EVENTS_S + 100.0),))
    _writes(warm)

    assert _miss_of(app, 2).cause is MissCause.WRONG_CONTRACT
    assert _miss_of(app, 3).cause is MissCause.WRONG_CONTRACT


def test_a_call_that_failed_before_is_the_cause(app: App, tmp_path: Path) -> None:
    """It was there, it was called, and it did not do it: the tool is what to look at."""
    session = _session(app, tmp_path, 2)
    _later(session)
    _asks(session, "skills_call")
    app.catalog.add_usage(
        Usage(TOOL, "csv", 1, EVENTS_S + 100.5, False, 9.0, "mcp", "", session.session, "call.program_failed")
    )
    _writes(session)

    assert _miss_of(app, 2).cause is MissCause.FAILED


def test_a_tool_that_was_put_away_comes_back_when_it_is_written_again(app: App, tmp_path: Path) -> None:
    """Nothing is lost: the rewrite is told from the tool that was put away, and the gate brings that back."""
    change_level(app, TOOL, Visibility.RETIRED, Reason(GATE, "nobody used it"))
    assert settle(app, TOOL) is None
    session = _session(app, tmp_path, 2)
    _later(session)
    _writes(session)
    assert _miss_of(app, 2).cause is MissCause.NOT_SHOWN
    back = settle(app, TOOL)

    assert back is not None
    assert (back.before, back.after) == ("retired", "invokable")
    assert len(app.library.tools()) == 1


def test_three_calls_of_an_agent_in_two_sessions_list_the_tool(app: App, tmp_path: Path) -> None:
    """The whole way: real calls as the server makes them, and the level that clients see."""
    (tmp_path / "x.csv").write_text(CSV_TABLE, encoding="utf-8")
    levels: list[str] = []
    for number in range(3):
        caller = _app(tmp_path, EVENTS_S + 500.0 + number, CLAUDE_CODE_SESSION_ID=f"s{number % 2}", USER="somebody")
        arguments = (("input", str(tmp_path / "x.csv")),)
        report = run(caller, CallRequest(TOOL, arguments, str(tmp_path / f"out{number}"), surface="mcp"))
        assert report.ok, report
        assert not report.unrecorded
        levels.append(app.library.tool(TOOL).visibility)

    assert levels == ["invokable", "invokable", "listed"]
    assert usage(app, TOOL).quality.sessions == 2
    assert usage(app, TOOL).quality.people == 1
