"""`forget`, of a session's calls: what they asked leave for and what they made goes; lines of the log are named."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import anyio
import mcp_types
import pytest
from mcp.client.client import Client

from skillstrata.app.capability_reports import CallWish
from skillstrata.app.elevating import elevation_in
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.forgetting import ForgetReport, forget, plan
from skillstrata.app.use_cases.serving_tools import ServedTools
from skillstrata.app.wiring import App, open_app
from skillstrata.app.wiring_library import call_outputs
from skillstrata.library import render_tool
from skillstrata.records.approvals import Approval
from skillstrata.records.failures import SessionUnknown
from skillstrata.records.policies import Grant
from skillstrata.records.sandbox_runs import Lock
from skillstrata.records.skill_faults import ElevationRecord, ElevationRequest
from skillstrata.surfaces.mcp_server.server import build_server
from tests.fakes.sample_tools import FIXTURE, a_contract, a_draft, a_proof, a_tool, an_entry

FIRST, SECOND = "f0000000-0000-4000-8000-000000000001", "f0000000-0000-4000-8000-000000000002"
WORD, NAME = "quokka", "html-to-markdown"
PAGE = "<!DOCTYPE html><html><body><h1>{}</h1></body></html>"
ASK = f'[[rule]]\nid = "r"\ntool = "distilled/{NAME}"\ndecision = "ask"\nwhy = "w"\n'


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], App]:
    """Open the product as a session's server does, with a tool, and a page of the first session in the project."""
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(project))
    for name in (WORD, "plain"):
        (project / f"{name}.html").write_text(PAGE.format(name), encoding="utf-8")

    def app(session: str) -> App:
        environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
        environ |= {"CLAUDE_CODE_SESSION_ID": session} if session else {}
        return open_app(load_settings(data_dir=tmp_path / "data", config=None, environ=environ))

    tool = a_tool(NAME, a_contract())
    version = replace(tool.branches[0].versions[0], lock="", requirements=())
    tool = replace(tool, branches=(replace(tool.branches[0], versions=(version,)),), visibility="listed")
    draft = replace(a_draft(), main=version.main, lock=Lock(""))
    files = render_tool(tool, draft=draft, proof=a_proof(), fixtures=(("fresh-1.html", FIXTURE),))
    app("").library.deposit(NAME, files, an_entry())
    return app


def _called(app: App, page: str, *, by_name: bool = False) -> mcp_types.CallToolResult:
    """Call the tool as a client does."""

    async def call() -> mcp_types.CallToolResult:
        async with Client(build_server(app), mode="auto") as client:
            given = {"input": f"{page}.html"}
            if by_name:
                return await client.call_tool("skills_call", {"name": NAME, "arguments": given})
            return await client.call_tool(NAME, given)

    return anyio.run(call)


def _holding(app: App, *, but: str = "audit") -> list[str]:
    """Name the files below the data directory that hold the word, but those of the audit log."""
    files = [path for path in app.data_dir.rglob("*") if path.is_file() and WORD.encode() in path.read_bytes().lower()]
    return sorted(name for name in (str(path.relative_to(app.data_dir)) for path in files) if not name.startswith(but))


def _kept(report: ForgetReport) -> list[str]:
    return [one.what for one in report.kept if one.what != "the session's name"]


@pytest.mark.parametrize("by_name", [False, True])
def test_a_question_that_waits_goes_with_its_session(opened: Callable[[str], App], by_name: bool) -> None:
    """It shows the arguments of the call; what another session asked stays, and the log says how many lines it has."""
    app = opened(FIRST)
    (app.data_dir / "policy.toml").write_text(ASK, encoding="utf-8")
    assert _called(app, WORD, by_name=by_name).is_error
    assert _called(opened(SECOND), "plain", by_name=by_name).is_error
    assert _holding(app) == ["grants.json"]
    planned = plan(app, FIRST)

    done = forget(app, FIRST)

    assert (planned.removed.consents, done.removed.consents) == (1, 1)
    assert _holding(app) == []
    assert [grant.session for grant in app.grant_store.grants(app.clock.now_s())] == [SECOND]
    assert _kept(done) == ["1 lines of the audit log"]
    assert app.audit_log.verify().ok
    with pytest.raises(SessionUnknown):
        forget(app, FIRST)


@pytest.mark.sandbox
def test_what_its_calls_made_goes_and_what_others_made_stays(opened: Callable[[str], App], tmp_path: Path) -> None:
    """Results of calls below the data directory are ours; one in a folder that the user chose is the user's."""
    app, own = opened(FIRST), tmp_path / "project" / "made"
    assert not _called(app, WORD).is_error
    others = _called(opened(SECOND), "plain").structured_content
    assert others is not None
    served = ServedTools(app, tmp_path / "project")
    wish = CallWish(f"distilled/{NAME}", {"input": f"{WORD}.html"}, str(tmp_path / "project"), out_dir=str(own))
    assert served.call(wish).fault is None
    served.close()
    assert len([name for name in _holding(app) if name.startswith("outputs/")]) == 1

    done = forget(app, FIRST)

    assert done.removed.results == 1
    assert _holding(app) == []
    assert Path(others["outputs"][0]["path"]).read_text(encoding="utf-8")
    assert len(list(own.iterdir())) == 1
    # Two lines each of the two calls.
    assert _kept(done) == ["4 lines of the audit log"]


def test_a_call_of_the_command_line_is_the_agents_session_too(opened: Callable[[str], App], tmp_path: Path) -> None:
    """An agent runs commands as well as tools; twin: in a person's terminal nothing says a session, and it is named."""
    for session in (FIRST, ""):
        app = opened(session)
        (app.data_dir / "policy.toml").write_text(ASK, encoding="utf-8")
        served = ServedTools(app, tmp_path / "project")
        page = f"{WORD if session else 'plain'}.html"
        assert served.call(CallWish(f"distilled/{NAME}", {"input": page}, str(tmp_path / "project"))).fault
        served.close()
    assert {grant.session for grant in app.grant_store.grants(app.clock.now_s())} == {FIRST, ""}

    done = forget(app, FIRST)

    assert done.removed.consents == 1
    assert _holding(app) == []
    assert _kept(done) == [
        "1 lines of the audit log",
        "1 lines of the audit log without a session",
        "1 consents without a session",
    ]


def test_without_a_name_of_its_agent_a_session_has_that_of_its_connection(opened: Callable[[str], App]) -> None:
    """A client that says no session can still be told from nobody; what it asked is named when another is forgotten."""
    app = opened("")
    (app.data_dir / "policy.toml").write_text(ASK, encoding="utf-8")
    assert _called(app, WORD).is_error
    [grant] = app.grant_store.grants(app.clock.now_s())

    assert grant.session == "mcp-1"
    assert forget(app, "mcp-1").removed.consents == 1
    assert _holding(app) == []


def test_folders_that_nothing_ties_to_a_session_stay_and_are_named(opened: Callable[[str], App]) -> None:
    """Results of a person's own calls, and those from before folders said whose they are."""
    app = opened(FIRST)
    for session, text in ((FIRST, WORD), ("", "plain")):
        made = Path(call_outputs(app).fresh(session))
        made.mkdir(parents=True)
        (made / "page.md").write_text(text, encoding="utf-8")

    done = forget(app, FIRST)

    assert done.removed.results == 1
    assert _kept(done) == ["1 folders of results in outputs/"]
    assert [path.read_text(encoding="utf-8") for path in (app.data_dir / "outputs").rglob("*.md")] == ["plain"]


def test_a_skill_that_was_refused_a_tool_asks_in_the_sessions_name(
    opened: Callable[[str], App], tmp_path: Path
) -> None:
    """The question has the command that it wanted to run."""
    app = opened(FIRST)
    elevate, audit = elevation_in(app, tmp_path / "project")
    request = ElevationRequest("skill", "Bash", f"rm {WORD}", 60.0)
    assert elevate(request) is None
    audit(ElevationRecord(request, granted=False, why="nobody said yes", at_s=1.0))
    assert _holding(app) == ["grants.json"]

    done = forget(app, FIRST)

    assert _holding(app) == []
    assert _kept(done) == ["1 lines of the audit log"]


@pytest.mark.parametrize("session", [FIRST, ""])
def test_skills_that_were_looked_for_over_mcp_are_of_the_session(
    opened: Callable[[str], App], tmp_path: Path, session: str
) -> None:
    """What was proposed for its requests goes with it; without a name it is the connection's, and stays."""
    page = tmp_path / "project" / ".claude" / "skills" / "pages" / "SKILL.md"
    page.parent.mkdir(parents=True)
    page.write_text("---\nname: pages\ndescription: Make pages of minutes.\n---\nMake them.\n", encoding="utf-8")
    app = opened(session)

    async def look() -> None:
        async with Client(build_server(app), mode="auto") as client:
            await client.call_tool("skills_search", {"query": "make pages of minutes", "kind": "skill"})

    anyio.run(look)
    Path(call_outputs(app).fresh(FIRST)).mkdir(parents=True)
    (next((app.data_dir / "outputs").iterdir()) / "page.md").write_text("made", encoding="utf-8")
    [record] = app.skill_host.routing_log().records()

    assert record.session == (session or "mcp-1")
    assert forget(app, FIRST).removed.routes == (1 if session else 0)
    assert len(list(app.skill_host.routing_log().records())) == (0 if session else 1)


@pytest.mark.parametrize("at", ["grant_file.GrantFile.forget", "output_folders.OutputFolders.remove"])
def test_killed_before_they_went_the_next_run_takes_them(
    opened: Callable[[str], App], monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """They alone keep the session known."""
    app = opened(FIRST)
    level = Approval.DATA_EXPORT
    app.grant_store.ask(Grant("g1", "k", "bash", f"with {WORD}", "pending", 1.0, 9e9, level, session=FIRST))
    made = Path(call_outputs(app).fresh(FIRST))
    made.mkdir(parents=True)
    (made / "page.md").write_text(WORD, encoding="utf-8")

    class Killed(BaseException):
        """Stands for the end of the process."""

    def dies(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(f"skillstrata.adapters.{at}", dies)
        with pytest.raises(Killed):
            forget(app, FIRST)
    assert _holding(app)

    forget(opened(FIRST), FIRST)
    assert _holding(app) == []
