"""R_miss: a program written again although there was the tool is found, attributed, counted and learned from."""

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from skillstrata.adapters.sqlite_catalog import SqliteCatalog
from skillstrata.app.callers import project_digest
from skillstrata.app.exposure import GATE, Reason, change_level, settle
from skillstrata.app.interpreters import environment_key
from skillstrata.app.reports import CallRequest
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.distilling import distill
from skillstrata.app.use_cases.finding import ToolFinder
from skillstrata.app.use_cases.forgetting import forget
from skillstrata.app.use_cases.observing import usage
from skillstrata.app.use_cases.reviewing import undo
from skillstrata.app.use_cases.running import environment_of, run
from skillstrata.app.use_cases.viewing import explain, status
from skillstrata.app.wiring import App, open_app
from skillstrata.records.candidates import Candidate, Source, State
from skillstrata.records.events import Outcome
from skillstrata.records.executions import BodyKind, Execution
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


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a library that has the tool before any of the events of the tests' sessions, once."""
    root = tmp_path_factory.mktemp("made")
    app = _app(root, EVENTS_S + 5.0)
    _writes(_session(app, root, 1))
    _distil(app)
    assert [tool.name for tool in app.library.tools()] == [TOOL]
    assert app.catalog.reuse_misses() == ()
    assert isinstance(app.catalog, SqliteCatalog)
    app.catalog.close()
    return root


@pytest.fixture
def app(made: Path, tmp_path: Path) -> App:
    """Give a copy of it."""
    shutil.copytree(made, tmp_path, symlinks=True, dirs_exist_ok=True)
    return _app(tmp_path, EVENTS_S + 5.0)


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


def test_what_was_written_before_there_was_the_tool_is_no_miss(app: App, tmp_path: Path) -> None:
    """A session of a history that is imported later: nobody could have known."""
    _writes(_session(app, tmp_path, 2))
    app.__dict__["clock"] = Watch(EVENTS_S + 1000.0)
    _distil(app)

    assert [c.state for c in app.catalog.candidates()].count(State.DUPLICATE) == 1
    assert app.catalog.reuse_misses() == ()


def test_a_search_that_did_not_find_it_teaches_its_words(app: App, tmp_path: Path) -> None:
    """A server that is up finds it after a second session said so, also by the prompt's words.

    Taken back, it finds it no more; of a session that is forgotten no file says a word.
    """
    session, server = _searched_in_vain(app, tmp_path, 2)
    miss = _miss_of(app, 2)
    assert miss.cause is MissCause.NOT_FOUND
    assert set(miss.words) == {"harbourmaster", "ledger", "quayside", "register", "convert", "json"}
    assert server.search("harbourmaster ledger", limit=5, kind=None).abstained
    other, _ = _searched_in_vain(app, tmp_path, 3)
    assert set(_miss_of(app, 3).words) == set(miss.words)
    for query in ("harbourmaster ledger", "quayside register"):
        assert [hit.tool.name for hit in server.search(query, limit=5, kind=None).hits] == [TOOL]
    assert server.search("weather forecast", limit=5, kind=None).abstained
    change, _ = usage(app, TOOL).changes
    assert (change.kind, change.by) == ("words", "gate")
    assert not [word for word in miss.words if word in change.because]
    [story] = [note for note in explain(app, miss.execution_id).candidate.stages if note.stage == "reuse"]
    assert "harbourmaster" in story.detail

    undo(app, change.id)
    assert server.search("harbourmaster ledger", limit=5, kind=None).abstained
    undone = [one.id for one in usage(app, TOOL).changes if one.undone]
    assert undone == [change.id]

    forget(app, session.session)
    forget(app, other.session)
    assert isinstance(app.catalog, SqliteCatalog)
    app.catalog.close()
    kept = [path for path in app.data_dir.rglob("*") if path.is_file() and b"harbourmaster" in path.read_bytes()]
    assert kept == []


def _searched_in_vain(app: App, root: Path, number: int) -> tuple[Session, ToolFinder]:
    """Let a session search for something else and for the tool, and write it itself; give it and its server."""
    session = _session(app, root, number)
    _later(session)
    session.prompt("Turn the quayside register into objects. Mail /home/ann/x to Ann about it.")
    _asks(session, "skills_search")
    searcher = _app(
        root, EVENTS_S + 103.0, CLAUDE_CODE_SESSION_ID=session.session, CLAUDE_PROJECT_DIR=str(session.project)
    )
    server = ToolFinder(searcher)
    for seconds, query in enumerate(("resize thumbnails", "harbourmaster ledger")):
        searcher.__dict__["clock"] = Watch(EVENTS_S + 103.0 + seconds / 10)
        assert server.search(query, limit=5, kind=None).abstained
    _writes(session)
    return session, server


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
    version = app.library.tool(TOOL).branches[0].current
    known = ReuseMiss(
        "x0",
        TOOL,
        "csv",
        "text/csv",
        version.number,
        environment_key(environment_of(app, version)),
        MissCause.FAILED,
        EVENTS_S + 50.0,
    )
    for id_ in ("x0", "x1"):
        executed = Execution(id_, "claude-code", id_, "u", 1.0, "python", BodyKind.SCRIPT, "", (), "/", Outcome.OK, ())
        app.catalog.save_reconstruction(id_, (executed,), ())
        app.catalog.add_reuse_miss(replace(known, execution_id=id_))
    app.catalog.save_candidate(Candidate("x0", State.REJECTED, Source("claude-code", "x0", "u")))
    app.catalog.save_candidate(Candidate("x1", State.REJECTED, Source("claude-code", "x1", "u")))
    (tmp_path / "x.csv").write_text(CSV_TABLE, encoding="utf-8")
    request = CallRequest(TOOL, (("input", str(tmp_path / "x.csv")),), str(tmp_path / "out"))
    assert run(app, request).ok

    assert _miss_of(app, 2).cause is MissCause.FAILED
    # The third of its five-part key, from a second session: its only branch is tried last, and not refused.
    assert [change.after for change in app.catalog.changes(TOOL) if change.kind == "scope"] == ["tried last"]
    assert run(app, replace(request, out_dir=str(tmp_path / "out2"))).ok


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
