"""Skills as an agent's host sees them over MCP: tools, resources, the extension, and changes while it is connected."""

import base64
import hashlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import anyio
import mcp_types
import pytest
from mcp.client.client import Client
from mcp.client.subscriptions import ToolsListChanged
from mcp.shared.exceptions import MCPError

from skillstrata.surfaces.mcp_server import codegen
from tests.skill_clients import Era, Home, ask, text_of
from tests.skill_sources import page, put

both_eras = pytest.mark.parametrize("era", ["legacy", "auto"])
LONG_S = 30.0
T = TypeVar("T")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Two skills for everybody, one for people only, one that lacks what it needs."""
    (tmp_path / "project").mkdir()
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(tmp_path / "project"))
    made = Home(tmp_path)
    made.put("report", page("Writes harbour reports.", body="Write about $ARGUMENTS.\n", allowed_tools="Bash(ls *)"))
    (made.skills / "report" / "refs").mkdir()
    (made.skills / "report" / "refs" / "style.md").write_text("Be short.\n", encoding="utf-8")
    (made.skills / "report" / "logo.png").write_bytes(b"\x89PNG\x00\xff")
    made.put("tides", page("Computes tides of a port.", body="Look at the moon.\n"))
    made.put("deploy", page("Deploys to production.", disable_model_invocation="true"))
    made.put("lame", page("Needs what is not here.", requires="{skills: [no-such-skill]}"))
    return made


def with_client(home: Home, era: Era, talk: Callable[[Client], Awaitable[T]]) -> T:
    """Talk to a server of a home through the real client."""

    async def run() -> T:
        async with Client(home.server(), mode=era) as client:
            return await talk(client)

    return anyio.run(run)


def call(home: Home, era: Era, tool: str, **arguments: object) -> mcp_types.CallToolResult:
    """Call one tool."""
    return with_client(home, era, lambda client: client.call_tool(tool, arguments))


def code(result: mcp_types.CallToolResult) -> str:
    """Give the code of an error."""
    assert result.is_error
    assert result.structured_content is not None
    return result.structured_content["error"]["code"]


@both_eras
def test_the_skill_tool_lists_what_a_model_may_call_and_nothing_else(home: Home, era: Era) -> None:
    """Level one of the two: names and descriptions within the budget; people's and lame skills are not offered."""
    found = with_client(home, era, lambda client: client.list_tools())
    about = {tool.name: tool.description or "" for tool in found.tools}

    expected = ["skills_search", "skills_describe", "skills_call", "Skill", "skills_read", *codegen.INPUTS]
    assert list(about) == expected
    assert "<available_skills>" in about["Skill"]
    assert "Writes harbour reports." in about["Skill"]
    assert "Computes tides" in about["Skill"]
    assert "deploy" not in about["Skill"]
    assert "lame" not in about["Skill"]
    assert not (home.root / "data").exists()


def test_many_skills_stay_within_the_budget(home: Home) -> None:
    """Three hundred long descriptions: the listing is as long as its share, and every name that fits is in it."""
    for n in range(300):
        home.put(f"skill-{n:03}", page("Does a thing of many words. " * 30))
    found = with_client(home, "auto", lambda client: client.list_tools())
    [about] = [tool.description or "" for tool in found.tools if tool.name == "Skill"]

    assert len(about) < 6_000 + 500
    assert "skill-000" in about


@both_eras
def test_a_call_gives_the_text_to_the_model_and_the_wishes_to_the_host(home: Home, era: Era) -> None:
    """Level two: hosts that have structured content show nothing else, so there is none."""
    result = call(home, era, "Skill", skill="report", args="the old pier")

    assert "Write about the old pier." in text_of(result)
    assert "refs/style.md" in text_of(result)
    assert result.structured_content is None
    assert result.meta is not None
    assert result.meta["io.skillstrata/activation"]["host"]["allowed_tools"] == ["Bash(ls *)"]


@both_eras
@pytest.mark.parametrize(
    ("tool", "arguments", "expected"),
    [
        ("Skill", {"skill": "no-such"}, "runtime.skill_not_found"),
        ("Skill", {"skill": "deploy"}, "runtime.skill_not_for_model"),
        ("Skill", {"skill": "lame"}, "runtime.skill_unavailable"),
        ("Skill", {"name": "report"}, "mcp.arguments_invalid"),
        ("skills_read", {"name": "deploy", "path": "SKILL.md"}, "runtime.skill_not_for_model"),
        ("skills_read", {"name": "report", "path": "../tides/SKILL.md"}, "runtime.resource_refused"),
        ("skills_read", {"name": "report", "path": "/etc/hostname"}, "runtime.resource_refused"),
        ("skills_read", {"name": "report", "path": "..\\tides\\SKILL.md"}, "runtime.resource_refused"),
        ("skills_read", {"name": "report", "path": "leads-out"}, "disk.file_unreadable"),
        ("skills_read", {"name": "report", "path": "missing.md"}, "disk.file_unreadable"),
        ("skills_search", {"query": "", "kind": "skill"}, "mcp.arguments_invalid"),
    ],
)
def test_what_is_refused_is_a_result_that_says_why(
    home: Home, era: Era, tool: str, arguments: dict[str, object], expected: str
) -> None:
    """A skill's folder is all that can be read of it, and what is for people is not for models."""
    (home.skills / "report" / "leads-out").symlink_to("/etc/hostname")

    assert code(call(home, era, tool, **arguments)) == expected


@both_eras
def test_a_file_of_a_skill_is_read_as_it_is(home: Home, era: Era) -> None:
    """Text as text, anything else as base64; the twin of the refusals above."""
    text = call(home, era, "skills_read", name="report", path="refs/style.md")
    picture = call(home, era, "skills_read", name="report", path="logo.png")
    [block] = picture.content

    assert text_of(text) == "Be short.\n"
    assert isinstance(block, mcp_types.EmbeddedResource)
    assert isinstance(block.resource, mcp_types.BlobResourceContents)
    assert block.resource.blob == "iVBORwD/"


@both_eras
def test_a_search_for_skills_gives_skills(home: Home, era: Era) -> None:
    """In the form of every search; what is not for models is not found."""
    found = call(home, era, "skills_search", query="compute the tides of a port", kind="skill")
    nothing = call(home, era, "skills_search", query="xylophone quantum zebra", kind="skill")
    hidden = call(home, era, "skills_search", query="deploy to production", kind="skill")

    assert found.structured_content is not None
    assert found.structured_content["results"][0]["name"] == "tides"
    assert found.structured_content["results"][0]["kind"] == "skill"
    assert nothing.structured_content == {"results": [], "abstained": True, "confidence": 0.0, "alternatives": []}
    assert hidden.structured_content is not None
    assert "deploy" not in [row["name"] for row in hidden.structured_content["results"]]


def test_a_search_for_skills_says_how_sure_it_is_and_what_else_to_look_at(home: Home) -> None:
    """Below 0.7 a model should see others; a search for tools has neither."""
    for name in ("alpha", "beta"):
        put(home.skills, name, page("Draws maps of harbours and coasts."))
    sure = call(home, "auto", "skills_search", query="compute the tides of a port", kind="skill").structured_content
    unsure = call(home, "auto", "skills_search", query="please make maps for a trip", kind="skill").structured_content

    assert sure is not None
    assert unsure is not None
    assert 0 < unsure["confidence"] < 0.7
    assert set(unsure["alternatives"]) & {"alpha", "beta"}
    assert sure["confidence"] > unsure["confidence"]


def test_what_the_model_chose_is_noted_without_the_request(home: Home) -> None:
    """The log is what layers, reports and trials are made from; the request's text is not kept."""

    async def talk(client: Client) -> None:
        await client.call_tool("skills_search", {"query": "tides of secret cove", "kind": "skill"})
        await client.call_tool("Skill", {"skill": "tides"})
        await client.call_tool("Skill", {"skill": "report"})

    with_client(home, "auto", talk)
    records = home.app().skill_host.routing_log().records()

    assert sorted((record.chosen, bool(record.query_digest)) for record in records) == [
        ("user/report", False),
        ("user/tides", True),
    ]
    assert all(record.query == "" for record in records)


def test_the_extension_is_announced_and_its_entries_are_true(home: Home) -> None:
    """A host checks digest and size of every byte, and the frontmatter field by field."""

    async def talk(client: Client) -> None:
        assert client.session.server_capabilities is not None
        assert client.session.server_capabilities.extensions == {
            "io.modelcontextprotocol/skills": {"directoryRead": True}
        }
        page_ = await ask(client, "skills/list", {})
        entries: Any = page_["skills"]
        assert (page_["resultType"], page_["cacheScope"]) == ("complete", "private")
        by_uri = {entry["uri"]: entry for entry in entries}
        assert "skill://user/deploy/SKILL.md" not in by_uri
        report = by_uri["skill://user/report/SKILL.md"]
        assert {file["uri"].removeprefix("skill://user/report/") for file in report["resources"]} == {
            "SKILL.md",
            "refs/style.md",
            "logo.png",
        }
        assert report["frontmatter"]["description"] == "Writes harbour reports."
        for entry in entries:
            for file in entry["resources"]:
                [content] = (await client.read_resource(file["uri"])).contents
                data = _raw(content)
                assert (len(data), f"sha256:{hashlib.sha256(data).hexdigest()}") == (file["size"], file["digest"])
        assert (await ask(client, "skills/get", {"uri": report["uri"]}))["skill"] == report

    with_client(home, "auto", talk)


def _raw(content: mcp_types.TextResourceContents | mcp_types.BlobResourceContents) -> bytes:
    if isinstance(content, mcp_types.TextResourceContents):
        return content.text.encode()
    return base64.b64decode(content.blob)


@both_eras
def test_folders_are_read_a_level_at_a_time(home: Home, era: Era) -> None:
    """The older era can ask too, where it knows the method."""

    async def talk(client: Client) -> tuple[Any, Any]:
        top = await ask(client, "resources/directory/read", {"uri": "skill://user/report"})
        below = await ask(client, "resources/directory/read", {"uri": "skill://user/report/refs"})
        return top["resources"], below["resources"]

    top, below = with_client(home, era, talk)

    assert [(row["name"], row["mimeType"]) for row in top] == [
        ("SKILL.md", "text/markdown"),
        ("logo.png", "image/png"),
        ("refs", "inode/directory"),
    ]
    assert [row["uri"] for row in below] == ["skill://user/report/refs/style.md"]


@both_eras
@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("skills/get", {"uri": "skill://user/deploy/SKILL.md"}),
        ("skills/get", {"uri": "skill://user/report/refs/style.md"}),
        ("skills/list", {"cursor": "LTE="}),
        ("skills/list", {"cursor": "nonsense"}),
        ("resources/directory/read", {"uri": "skill://user/report/SKILL.md"}),
        ("resources/directory/read", {"uri": "skill://user/../user"}),
        ("resources/read", {"uri": "skill://user/report/../tides/SKILL.md"}),
        ("resources/read", {"uri": "file:///etc/hostname"}),
    ],
)
def test_an_address_nobody_was_given_is_a_protocol_error(home: Home, era: Era, method: str, params: dict) -> None:
    """-32602, whatever it looks like; nothing but what an entry names is ever read."""

    async def talk(client: Client) -> int:
        with pytest.raises(MCPError) as refused:
            await ask(client, method, params)
        return refused.value.code

    assert with_client(home, era, talk) == mcp_types.INVALID_PARAMS


def test_more_skills_than_a_page_holds_come_in_pages_each_once(home: Home) -> None:
    """An entry never splits, and none is lost between two pages."""
    for n in range(120):
        home.put(f"skill-{n:03}")

    async def talk(client: Client) -> list[str]:
        uris: list[str] = []
        cursor: Any = None
        while True:
            got = await ask(client, "skills/list", {"cursor": cursor} if cursor else {})
            entries: Any = got["skills"]
            uris += [entry["uri"] for entry in entries]
            cursor = got.get("nextCursor")
            if cursor is None:
                return uris

    uris = with_client(home, "auto", talk)

    assert len(uris) == len(set(uris)) >= 122


def test_a_client_of_the_new_era_hears_of_a_change_and_then_sees_it(home: Home) -> None:
    """What it was shown before stays as it was until it asks for the list again."""

    async def talk(client: Client) -> tuple[str, str]:
        await client.list_tools()
        async with client.listen(tools_list_changed=True) as changes:
            home.put("tides", page("Computes tides of a port.", body="Look at the table.\n"))
            with anyio.fail_after(LONG_S):
                event = await anext(aiter(changes))
        assert isinstance(event, ToolsListChanged)
        before = text_of(await client.call_tool("Skill", {"skill": "tides"}))
        await client.list_tools(cache_mode="bypass")
        return before, text_of(await client.call_tool("Skill", {"skill": "tides"}))

    before, after = with_client(home, "auto", talk)

    assert "Look at the moon." in before
    assert "Look at the table." in after


def test_a_client_that_only_asks_again_sees_a_change(home: Home) -> None:
    """A client that listens to nothing may keep no list: it would show an edit a minute late."""

    async def talk(client: Client) -> str:
        about = ""
        await client.list_tools()
        home.put("tides", page("Computes the tides of a lake.", body="Look at the table.\n"))
        with anyio.fail_after(LONG_S):
            while "of a lake" not in about:
                await anyio.sleep(0.05)
                about = next(
                    tool.description or "" for tool in (await client.list_tools()).tools if tool.name == "Skill"
                )
        return text_of(await client.call_tool("Skill", {"skill": "tides"}))

    assert "Look at the table." in with_client(home, "auto", talk)


def test_a_client_of_the_old_era_is_notified_once_a_change(home: Home) -> None:
    """Tools and resources, each once, however many files changed together."""
    heard: list[str] = []
    came = anyio.Event()

    async def hear(message: object) -> None:
        if isinstance(message, mcp_types.ToolListChangedNotification | mcp_types.ResourceListChangedNotification):
            heard.append(message.method)
            if len(heard) == 2:
                came.set()

    async def run() -> None:
        async with Client(home.server(), mode="legacy", message_handler=hear) as client:
            await client.list_tools()
            staged = home.root / "staged"
            staged.mkdir()
            for n in range(5):
                (staged / f"new-{n}").mkdir()
                (staged / f"new-{n}" / "SKILL.md").write_text(page(), encoding="utf-8")
                (staged / f"new-{n}").rename(home.skills / f"new-{n}")
            with anyio.fail_after(LONG_S):
                await came.wait()

    anyio.run(run)

    assert heard[:2] == ["notifications/tools/list_changed", "notifications/resources/list_changed"]


def test_a_skill_that_breaks_while_it_is_used_goes_on_as_it_was(home: Home) -> None:
    """A half-written file is nobody's problem but its writer's."""

    async def talk(client: Client) -> str:
        await client.list_tools()
        async with client.listen(tools_list_changed=True) as changes:
            (home.skills / "report" / "SKILL.md").write_text("", encoding="utf-8")
            home.put("later")
            with anyio.fail_after(LONG_S):
                await anext(aiter(changes))
        await client.list_tools(cache_mode="bypass")
        return text_of(await client.call_tool("Skill", {"skill": "report", "args": "piers"}))

    assert "Write about piers." in with_client(home, "auto", talk)


def test_a_configuration_that_cannot_be_read_leaves_the_other_tools(home: Home, tmp_path: Path) -> None:
    """What is wrong with skills costs skills alone, and is said where they would be listed."""
    (tmp_path / "loader.yaml").write_text("loader: [", encoding="utf-8")
    broken = Home(home.root, (("skills.loader", str(tmp_path / "loader.yaml")),))
    found = with_client(broken, "auto", lambda client: client.list_tools())
    about = {tool.name: tool.description or "" for tool in found.tools}

    assert len(about) == 5 + len(codegen.INPUTS)
    assert "cannot be listed" in about["Skill"]
    assert code(call(broken, "auto", "Skill", skill="report")) == "runtime.loader_config_invalid"
    assert json.loads(text_of(call(broken, "auto", "skills_search", query="x")))["abstained"] is True
