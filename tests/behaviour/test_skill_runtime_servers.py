"""Skills of other MCP servers: taken over where every byte is what was promised, and never with more rights."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from mcp.client.client import Client
from mcp.client.subscriptions import ToolsListChanged

from skillstrata.adapters.mcp_skill_servers import McpSkillServers
from skillstrata.app.runtime_session import RuntimeSession, SkillQuery, open_skills
from skillstrata.app.skill_calls import SkillCall, call, read_resource
from skillstrata.app.use_cases.listing_skills import listing_of
from skillstrata.records.failures import FileUnreadable
from skillstrata.runtime.registry import SkillNotFound
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
    """A session over one server."""

    def __init__(self, home: Home, mode: str) -> None:
        self.app = home.app()
        self.servers = McpSkillServers((("docs", command(mode)),), wait_s=LONG_S)
        self.session: RuntimeSession = open_skills(
            self.app, SkillQuery(project=home.root), stays=True, remote=self.servers
        )

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


@pytest.mark.parametrize("mode", ["wrong-digest", "grown", "escape", "huge", "dynamic", "other-name"])
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
                with anyio.fail_after(LONG_S):
                    while "team:charts" not in str(tools):
                        assert isinstance(await anext(aiter(changes)), ToolsListChanged)
                        tools = await client.list_tools(cache_mode="bypass")
            about = next(tool.description or "" for tool in tools.tools if tool.name == "Skill")
            return about, text_of(await client.call_tool("Skill", {"skill": "team:charts"}))

    about, text = anyio.run(run)

    assert "Draws sea charts." in about
    assert "Take a pencil." in text
