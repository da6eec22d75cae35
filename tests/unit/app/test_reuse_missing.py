"""Why a program was written again: by what its own session did with this very tool, and by nothing else."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.app.callers import project_digest
from skillstrata.app.draining import drain
from skillstrata.app.reuse_missing import note_reuse_misses
from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import App, open_app
from skillstrata.records.candidates import Candidate, Source, State
from skillstrata.records.events import Outcome
from skillstrata.records.executions import BodyKind, Execution
from skillstrata.records.qualities import MissCause, ReuseMiss, SearchMade
from skillstrata.records.tools import Usage
from tests.fakes.sample_tools import a_tool, an_entry, rendered
from tests.sessions import Session

TOOL, ALIAS, OTHER = "html-to-markdown", "page-to-text", "csv-to-json"
MINE, THEIRS = "5e55104a-0000-4000-8000-000000000001", "5e55104b-0000-4000-8000-000000000002"
FAILED = "call.program_failed"


@pytest.fixture
def app(tmp_path: Path) -> App:
    """A library with one tool, that may be called and is not listed."""
    app = open_app(load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}))
    app.prepare()
    app.library.deposit(TOOL, rendered(replace(a_tool(TOOL), aliases=(ALIAS,))), an_entry())
    return app


def _session(tmp_path: Path, name: str = MINE, folder: str = "p") -> Session:
    return Session(tmp_path / folder, tmp_path / "data" / "spool", session=name)


def _cause(app: App, session: Session) -> MissCause:
    """Let a session write the program again after all that it did, and give what that is put down to."""
    return _missed(app, session).cause


def _missed(app: App, session: Session) -> ReuseMiss:
    drain(app)
    at_s = max((event.at_s for event in app.traces.session(session.session)), default=0.0) + 1.0
    executed = Execution(
        "x1",
        "claude-code",
        session.session,
        "u",
        at_s,
        "python",
        BodyKind.SCRIPT,
        "",
        (),
        str(session.project),
        Outcome.OK,
        (),
    )
    app.catalog.save_reconstruction(session.session, (executed,), ())
    source = Source("claude-code", session.session, "u")
    written = Candidate("x1", State.DUPLICATE, source, tool=TOOL, branch="html", placement="duplicate", at_s=at_s)
    app.catalog.save_candidate(written)
    [miss] = note_reuse_misses(app, (written,))
    return miss


def _answer(*names: str) -> str:
    return json.dumps({"results": [{"name": name, "kind": "distilled"} for name in names], "abstained": not names})


@pytest.mark.parametrize(
    ("tool", "name", "error", "cause"),
    [
        ("skills_call", OTHER, "broken", MissCause.NOT_SHOWN),
        ("skills_call", TOOL, "broken", MissCause.FAILED),
        ("skills_call", ALIAS, "broken", MissCause.FAILED),
        ("skills_call", TOOL, "", MissCause.WRONG_CONTRACT),
        ("skills_describe", OTHER, "", MissCause.NOT_SHOWN),
        ("skills_describe", TOOL, "", MissCause.WRONG_CONTRACT),
        ("skills_describe", TOOL, "broken", MissCause.WRONG_CONTRACT),
        ("library_" + TOOL, "", "broken", MissCause.FAILED),
        (OTHER, "", "broken", MissCause.NOT_SHOWN),
    ],
)
def test_only_what_was_done_with_this_tool_counts_against_it(
    app: App, tmp_path: Path, tool: str, name: str, error: str, cause: MissCause
) -> None:
    """The failed call of another tool would take this one out of use."""
    session = _session(tmp_path)
    session.prompt("Convert it")
    session.asks(f"mcp__skillstrata__{tool}", {"name": name} if name else {"input": "x"}, error=error)

    assert _cause(app, session) is cause


@pytest.mark.parametrize(
    ("found", "cause"),
    [((OTHER, TOOL), MissCause.WRONG_CONTRACT), ((ALIAS,), MissCause.WRONG_CONTRACT), ((OTHER,), MissCause.NOT_FOUND)],
)
def test_a_search_that_is_known_by_its_answer_alone_showed_what_stands_in_it(
    app: App, tmp_path: Path, found: tuple[str, ...], cause: MissCause
) -> None:
    """The server that answered may have had another catalog; the client's record has the answer."""
    session = _session(tmp_path)
    session.prompt("Convert it")
    session.asks("mcp__skillstrata__skills_search", {"query": "convert html"}, _answer(*found))

    assert _cause(app, session) is cause


def _use(app: App, session: Session, *, surface: str, named: str, failure: str = FAILED) -> None:
    drain(app)
    at_s = max(event.at_s for event in app.traces.session(session.session)) + 0.5
    project = project_digest(app, session.project)
    app.catalog.add_usage(Usage(TOOL, "html", 1, at_s, False, 9.0, surface, project, named, failure))


@pytest.mark.parametrize(
    ("failure", "cause"),
    [
        (FAILED, MissCause.FAILED),
        ("call.limit", MissCause.FAILED),
        ("environments.unbuildable", MissCause.WRONG_CONTRACT),
    ],
)
def test_a_failure_that_is_no_doing_of_the_tool_is_not_put_down_to_it(
    app: App, tmp_path: Path, failure: str, cause: MissCause
) -> None:
    """It was called, so it was known; what was missing is this machine's affair."""
    session = _session(tmp_path)
    session.prompt("Convert it")
    _use(app, session, surface="mcp", named=MINE, failure=failure)

    assert _cause(app, session) is cause


@pytest.mark.parametrize(
    ("surface", "named", "cause"),
    [
        ("cli", "", MissCause.NOT_SHOWN),
        ("python", "", MissCause.NOT_SHOWN),
        ("mcp", THEIRS, MissCause.NOT_SHOWN),
        ("mcp", "mcp:0011", MissCause.FAILED),
        ("cli", MINE, MissCause.FAILED),
    ],
)
def test_a_call_of_somebody_else_in_the_project_is_not_the_sessions(
    app: App, tmp_path: Path, surface: str, named: str, cause: MissCause
) -> None:
    """A person at a terminal in the same folder; the session that never looked was not shown the tool."""
    session = _session(tmp_path)
    session.prompt("Convert it")
    _use(app, session, surface=surface, named=named)

    assert _cause(app, session) is cause


@pytest.mark.parametrize(("folder", "cause"), [("p", MissCause.NOT_SHOWN), ("q", MissCause.FAILED)])
def test_of_two_sessions_at_work_in_a_project_nobody_knows_whose_a_nameless_call_is(
    app: App, tmp_path: Path, folder: str, cause: MissCause
) -> None:
    """A session in another project leaves no doubt."""
    session, other = _session(tmp_path), _session(tmp_path, THEIRS, folder)
    session.prompt("Convert it")
    other.prompt("Something else")
    _use(app, session, surface="mcp", named="mcp:0011")

    assert _cause(app, session) is cause


def test_a_nameless_search_counts_where_the_session_is_alone(app: App, tmp_path: Path) -> None:
    """It looked and found nothing: its words are what to learn."""
    session = _session(tmp_path)
    session.prompt("Convert it")
    drain(app)
    at_s = max(event.at_s for event in app.traces.session(MINE)) + 0.5
    project = project_digest(app, session.project)
    app.catalog.add_search(SearchMade(at_s, "mcp:0011", project, ("quayside",), ()))

    assert _cause(app, session) is MissCause.NOT_FOUND


@pytest.mark.parametrize(
    ("queries", "words"),
    [
        # The last search before the program, and those that the tool's own types or verb stand in.
        (
            (("resize", "thumbnails"), ("quayside", "html"), ("translate", "subtitles"), ("harbour",)),
            {"harbour", "quayside", "html"},
        ),
        ((("harbour", "convert"), ("roster",)), {"roster", "harbour", "convert"}),
        # One that names what another tool is for, though the last, teaches nothing; nor does such a type beside ours.
        ((("invoice", "pdf"),), set[str]()),
        ((("invoice", "pdf", "markdown"),), {"invoice", "markdown"}),
        ((("merge", "images"),), set[str]()),
    ],
)
def test_a_search_for_something_else_teaches_the_tool_nothing(
    app: App, tmp_path: Path, queries: tuple[tuple[str, ...], ...], words: set[str]
) -> None:
    """Whoever asks for that later would get a tool that cannot do it, where nothing fits."""
    session = _session(tmp_path)
    session.prompt("<b>")
    drain(app)
    at_s = max(event.at_s for event in app.traces.session(MINE))
    for number, query in enumerate(queries, 1):
        app.catalog.add_search(SearchMade(at_s + number / 10, MINE, "", query, ()))

    assert set(_missed(app, session).words) == words
