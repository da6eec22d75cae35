"""Skills of other MCP servers: taken over where every byte is what was promised, and never with more rights."""

import json
import shlex
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from mcp.client.client import Client
from mcp.client.subscriptions import ToolsListChanged

from skillstrata.adapters.mcp_skill_servers import McpSkillServers
from skillstrata.app.runtime_session import RuntimeSession, SkillQuery, open_skills
from skillstrata.app.skill_calls import SkillCall, SkillNotApproved, call, read_resource
from skillstrata.app.use_cases.approving_skills import ApprovalNotNeeded, ApprovalUnknown, approve, revoke
from skillstrata.app.use_cases.listing_skills import listing_of
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.remote_skills import RemoteApproval, RemoteFile
from skillstrata.runtime.registry import SkillNotFound
from skillstrata.runtime.remote_skills import approval_digest
from skillstrata.surfaces.cli.main import main
from tests.fakes.memory_remote_skills import MemoryRemoteSkills
from tests.skill_clients import Home, text_of
from tests.skill_sources import page

SERVER = Path(__file__).parents[1] / "skill_server.py"
LONG_S = 60.0


def command(mode: str) -> str:
    """Give the command that starts a server."""
    return shlex.join((sys.executable, str(SERVER), mode))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A user with a skill of the same name as the server's."""
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(tmp_path))
    made = Home(tmp_path)
    made.put("tides", page("The user's own.", body="Ask the harbour master.\n"))
    return made


class Opened:
    """A session over one server, whose skill somebody approved."""

    def __init__(self, home: Home, mode: str, *, approved: bool = True) -> None:
        self.app = home.app()
        self.servers = McpSkillServers((("docs", command(mode)),), wait_s=LONG_S)
        self.session: RuntimeSession = open_skills(
            self.app, SkillQuery(project=home.root), stays=True, remote=self.servers
        )
        if approved:
            self.approve()

    def approve(self) -> None:
        """Approve everything that the server offers now."""
        for entry in self.servers.skills():
            self.app.skill_host.approvals().allow(RemoteApproval(entry.server, entry.uri, approval_digest(entry)))
        self.session.look()

    def text(self, name: str) -> str:
        """Give what a model is given of a skill."""
        asked = SkillCall(name, by_model=True)
        return call(self.app, self.session, asked, project=Path("/")).activation.text


@pytest.fixture
def honest(home: Home) -> Iterator[Opened]:
    """A server that does as it says."""
    opened = Opened(home, "honest")
    yield opened
    opened.servers.close()


def test_a_servers_skill_has_a_name_of_its_own_and_says_where_it_comes_from(honest: Opened) -> None:
    """Two origins never meet in one name; the user's own is what the bare name means."""
    assert "Ask the harbour master." in honest.text("tides")
    text = honest.text("docs:tides")

    assert "Look at the moon." in text
    assert 'origin="mcp:docs"' in text
    assert "<file>refs/table.md</file>" in text
    assert read_resource(honest.app, honest.session, "docs:tides", "refs/table.md") == b"The table.\n"


def test_what_nobody_approved_is_listed_with_its_origin_and_not_given(home: Home) -> None:
    """Twin: after the approval of exactly these files both the text and the file are given."""
    opened = Opened(home, "honest", approved=False)
    [row] = [row for row in listing_of(opened.session).rows if row.source == "mcp:docs"]
    asked = SkillCall("docs:tides")
    refusals = (
        lambda: opened.text("docs:tides"),
        lambda: call(opened.app, opened.session, asked, project=Path("/")),
        lambda: read_resource(opened.app, opened.session, "docs:tides", "refs/table.md"),
        lambda: read_resource(opened.app, opened.session, "docs:tides", "SKILL.md"),
    )

    assert (row.state, row.trusted) == ("unavailable", False)
    assert "docs" in row.reason
    for refused in refusals:
        with pytest.raises(SkillNotApproved) as why:
            refused()
        assert "skills approve docs:tides" in why.value.hint
    opened.approve()
    assert "Look at the moon." in opened.text("docs:tides")
    assert read_resource(opened.app, opened.session, "docs:tides", "refs/table.md") == b"The table.\n"
    opened.servers.close()


def test_taking_an_approval_back_holds_at_once(honest: Opened) -> None:
    """Without another look: what a client was listed before makes no difference."""
    assert "Look at the moon." in honest.text("docs:tides")
    report = revoke(honest.app, "docs:tides")

    assert (report.approved, report.server) == (False, "docs")
    with pytest.raises(SkillNotApproved):
        honest.text("docs:tides")
    honest.session.look()
    assert [row.state for row in listing_of(honest.session).rows if row.source == "mcp:docs"] == ["unavailable"]
    with pytest.raises(ApprovalUnknown):
        revoke(honest.app, "docs:tides")


def test_skills_of_ones_own_need_no_approval(honest: Opened) -> None:
    """And get none: there is nothing that it could be bound to."""
    with pytest.raises(ApprovalNotNeeded):
        approve(honest.app, SkillQuery(project=Path(honest.app.settings.home)), "tides")
    assert "Ask the harbour master." in honest.text("tides")


def test_the_verb_approves_and_revokes(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """As a person does it, and with the fields of the contract for programs."""
    place = json.dumps(command("honest"))
    words = ("--data-dir", str(home.root / "data"), f"--skills-servers={{docs = {place}}}", "--json", "skills")
    project = ("--project", str(home.root))

    def run(*more: str) -> tuple[int, dict[str, object]]:
        code = main((*words, *more))
        return code, json.loads(capsys.readouterr().out)

    assert run("load", "docs:tides", *project)[1]["error"]["code"] == "runtime.skill_not_approved"  # type: ignore[index]
    code, given = run("approve", "docs:tides", *project)
    assert (code, given["approved"], len(given["files"])) == (0, True, 2)  # type: ignore[arg-type]
    assert "Look at the moon." in str(run("load", "docs:tides", *project)[1])
    assert run("approve", "--revoke", "docs:tides")[1]["approved"] is False
    assert run("load", "docs:tides", *project)[0] == 4


@pytest.mark.parametrize("change", ["more", "fewer", "other"])
def test_any_change_of_the_files_ends_the_approval(home: Home, change: str) -> None:
    """Even of a file that nobody has read; the same set again is the one that was approved."""
    app, remote = home.app(), MemoryRemoteSkills()
    text = page("Computes tides.", body="Look at the moon.\n", name="tides")
    entry = remote.offer("tides", text, name="tides", description="Computes tides.")
    extra = tuple(RemoteFile(f"skill://team/tides/{n}.md", "sha256:" + "0" * 64, n) for n in (1, 2))
    first = remote.replace(entry, files=(*entry.files, extra[0]))
    session = open_skills(app, SkillQuery(project=home.root), remote=remote)
    app.skill_host.approvals().allow(RemoteApproval("docs", first.uri, approval_digest(first)))
    session.look()

    def state() -> list[str]:
        session.look_at_servers()
        session.look()
        return [row.state for row in listing_of(session).rows if row.source == "mcp:docs"]

    assert state() == ["ready"]
    files = {
        "more": (*entry.files, *extra),
        "fewer": entry.files,
        "other": (*entry.files, replace(extra[0], digest="sha256:" + "1" * 64)),
    }[change]
    changed = remote.replace(first, files=files)
    # At once, before anybody looked again:
    with pytest.raises(SkillNotApproved):
        call(app, session, SkillCall("docs:tides"), project=home.root)
    assert state() == ["unavailable"]
    remote.replace(changed, files=first.files)
    assert state() == ["ready"]


def test_only_what_the_entry_names_is_read(honest: Opened) -> None:
    """A file that nobody promised is not asked for."""
    with pytest.raises(FileUnreadable):
        read_resource(honest.app, honest.session, "docs:tides", "refs/other.md")
    with pytest.raises(FileUnreadable):
        honest.servers.read("elsewhere", "skill://team/tides/SKILL.md", max_bytes=100)
    with pytest.raises(FileUnreadable) as unknown:
        honest.servers.read("docs", "skill://team/tides/none.md", max_bytes=100)

    assert unknown.value.reason == "missing"


def test_more_bytes_than_were_asked_for_are_refused(honest: Opened) -> None:
    """A server cannot fill the memory with one file."""
    with pytest.raises(FileUnreadable) as refused:
        honest.servers.read("docs", "skill://team/tides/SKILL.md", max_bytes=10)

    assert refused.value.reason == "too_large"


@pytest.mark.parametrize("mode", ["hidden-claims", "wrong-digest", "grown", "escape", "huge", "dynamic", "other-name"])
def test_a_server_that_breaks_its_word_offers_nothing_and_costs_nothing(home: Home, mode: str) -> None:
    """The user's own skills are all there, and why the other is not is told."""
    opened = Opened(home, mode)
    opened.servers.close()

    assert [one.code for one in opened.session.registry.diagnostics if one.code == "remote_refused"]
    with pytest.raises(SkillNotFound):
        opened.session.finder.find("docs:tides")
    assert "Ask the harbour master." in opened.text("tides")


def test_claims_to_more_rights_are_left_out(home: Home) -> None:
    """No tools, hooks or model by the word of a server."""
    opened = Opened(home, "claims")
    asked = SkillCall("docs:tides", by_model=True)
    host = call(opened.app, opened.session, asked, project=home.root).activation.host
    opened.servers.close()
    [row] = [row for row in listing_of(opened.session).rows if row.source == "mcp:docs"]

    assert (host.allowed_tools, host.hooks, host.model) == ((), "", "")
    assert not row.trusted
    assert {odd.code for odd in row.diagnostics} >= {"remote_claim_ignored"}


@pytest.mark.parametrize("where", ["silent", "no-such-program --at-all"])
def test_a_server_that_says_nothing_keeps_nobody_waiting(home: Home, where: str) -> None:
    """It costs its own skills only."""
    servers = McpSkillServers((("docs", command(where) if where == "silent" else where),), wait_s=0.2)

    assert servers.skills() == ()
    with pytest.raises(FileUnreadable):
        servers.read("docs", "skill://team/tides/SKILL.md", max_bytes=100)
    servers.close()


def test_a_server_behind_our_server_is_listed_as_soon_as_it_answers(home: Home) -> None:
    """Another library served by this very program, over the extension, both ways."""
    other = Home(home.root / "other")
    other.put("charts", page("Draws sea charts.", body="Take a pencil.\n"))
    words = ("env", f"HOME={other.root}", "SKILLSTRATA_DAEMON=0", sys.executable, "-m", "skillstrata")
    place = shlex.join((*words, "--data-dir", str(other.root / "data"), "mcp"))
    joined = Home(home.root, (("skills.servers", f'{{team = "{place}"}}'),))

    async def run() -> tuple[str, str]:
        async with Client(joined.server(), mode="auto") as client:
            async with client.listen(tools_list_changed=True) as changes:
                tools = await client.list_tools(cache_mode="bypass")
                refused = await client.call_tool("Skill", {"skill": "team:charts"})
                with anyio.fail_after(LONG_S):
                    while "no skill is called" in text_of(refused):
                        assert isinstance(await anext(aiter(changes)), ToolsListChanged)
                        tools = await client.list_tools(cache_mode="bypass")
                        refused = await client.call_tool("Skill", {"skill": "team:charts"})
                    assert "skills approve NAME" in text_of(refused)
                    assert "Take a pencil." not in text_of(refused)
                    assert "team:charts" not in str(tools)
                    query = SkillQuery(project=home.root)
                    await anyio.to_thread.run_sync(approve, joined.app(), query, "team:charts")
                    while "team:charts" not in str(tools):
                        assert isinstance(await anext(aiter(changes)), ToolsListChanged)
                        tools = await client.list_tools(cache_mode="bypass")
            about = next(tool.description or "" for tool in tools.tools if tool.name == "Skill")
            return about, text_of(await client.call_tool("Skill", {"skill": "team:charts"}))

    about, text = anyio.run(run)

    assert "Draws sea charts." in about
    assert "Take a pencil." in text
