"""Tools that use has proven have a name of their own in a client's list, and lose it with what gave it to them."""

import json
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import anyio
import mcp_types
import pytest
from mcp.client.client import Client
from mcp.client.subscriptions import ToolsListChanged

from skillstrata.app.use_cases import running
from skillstrata.app.use_cases.exposing import expose, hide, retire
from skillstrata.app.wiring import App
from skillstrata.records.qualities import Visibility
from skillstrata.surfaces.mcp_server.server import build_server
from tests.listed_home import NAME, PAGE, Home, damaged_catalog
from tests.skill_clients import Era, text_of

both_eras = pytest.mark.parametrize("era", ["legacy", "auto"])
LONG_S = 30.0
T = TypeVar("T")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Make the home with a page in its project."""
    made = Home(tmp_path)
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(project))
    (project / "a.html").write_text(PAGE, encoding="utf-8")
    return made


async def _names(client: Client) -> list[str]:
    listed = await client.list_tools(cache_mode="bypass")
    return [tool.name for tool in listed.tools if not tool.name.startswith("skills") and tool.name != "Skill"]


async def _by_name(client: Client, page: str = "a.html", name: str = NAME) -> mcp_types.CallToolResult:
    return await client.call_tool("skills_call", {"name": name, "arguments": {"input": page}})


async def _own(client: Client, page: str = "a.html") -> mcp_types.CallToolResult:
    return await client.call_tool(NAME, {"input": page})


def _error(result: mcp_types.CallToolResult) -> dict[str, str]:
    assert result.is_error, text_of(result)
    assert isinstance(result.structured_content, dict)
    return result.structured_content["error"]


def _value(result: mcp_types.CallToolResult) -> dict:
    assert not result.is_error, text_of(result)
    assert isinstance(result.structured_content, dict)
    return result.structured_content


class Told:
    """A client of either era that hears when its list changes."""

    def __init__(self) -> None:
        self.changed = anyio.Event()

    async def hear(self, message: object) -> None:
        if isinstance(message, mcp_types.ToolListChangedNotification):
            self.changed.set()

    async def listen(self, client: Client) -> None:
        async with client.listen(tools_list_changed=True) as changes:
            async for event in changes:
                if isinstance(event, ToolsListChanged):
                    self.changed.set()

    async def once(self, home: Home, era: Era, session: str, work: Callable[[Client], Awaitable[T]]) -> T:
        """Do something that changes the list; gives what it gave, after the client was told."""
        given: list[T] = []
        async with Client(build_server(home.app(session)), mode=era, message_handler=self.hear) as client:
            await client.list_tools()
            async with anyio.create_task_group() as tasks:
                if era == "auto":
                    tasks.start_soon(self.listen, client)
                    await anyio.sleep(0.1)
                with anyio.fail_after(LONG_S):
                    given.append(await work(client))
                    await self.changed.wait()
                    names = await _names(client)
                tasks.cancel_scope.cancel()
        assert names is not None
        self.names = names
        return given[0]


@pytest.mark.sandbox
@both_eras
def test_reuse_in_two_sessions_makes_a_tool_of_its_own_and_the_client_is_told(home: Home, era: Era) -> None:
    """Twin: before the last reuse it is not in the list, and its name says how it is called instead."""
    home.put()

    async def first(client: Client) -> tuple[list[str], dict[str, str]]:
        _value(await _by_name(client))
        _value(await _by_name(client))
        return await _names(client), _error(await _own(client))

    before, refused = home.with_client(era, first)
    told = Told()
    anyio.run(told.once, home, era, "s2", _by_name)
    after = home.with_client(era, lambda client: client.list_tools(), "s3").tools[-1]

    assert before == []
    assert refused["code"] == "library.not_offered"
    assert f'skills_call with {{"name": "{NAME}"' in refused["hint"]
    assert told.names == [NAME]
    assert (after.name, after.input_schema["required"], after.output_schema) == (NAME, ["input"], None)
    assert "Convert HTML to MARKDOWN" in (after.description or "")
    assert [use.session for use in home.app().catalog.usages(NAME)] == ["s1", "s1", "s2"]


@pytest.mark.sandbox
@both_eras
def test_its_own_name_and_skills_call_give_the_same_and_both_are_written_down(home: Home, era: Era) -> None:
    """One gate, one policy, one log before both; each counts as a use of its session."""
    home.put(level="listed")

    async def both(client: Client) -> tuple[dict, dict]:
        return _value(await _own(client)), _value(await _by_name(client))

    own, by_name = home.with_client(era, both)
    lines = [
        (entry.what, entry.path, entry.surface, entry.status)
        for entry in (record.entry for record in home.app().audit_log.records())
    ]
    out = Path(own["outputs"][0]["path"])

    assert own["outputs"][0]["sha256"] == by_name["outputs"][0]["sha256"]
    assert own.keys() == by_name.keys()
    assert out.read_text(encoding="utf-8") == PAGE.upper()
    assert out.parent.parent == home.root / "data" / "outputs"
    assert lines == [("intent", f"distilled/{NAME}", "mcp", ""), ("result", f"distilled/{NAME}", "mcp", "ok")] * 2
    assert [(use.session, use.ok) for use in home.app().catalog.usages(NAME)] == [("s1", True)] * 2


def test_what_policy_denies_is_called_by_neither_name(home: Home) -> None:
    """A rule about a tool means the tool, whichever way leads to it; the test above is the twin."""
    home.put(level="listed")
    rule = f'[[rule]]\nid = "no"\ntool = "distilled/{NAME}"\ndecision = "deny"\nwhy = "not here"\n'
    (home.root / "data" / "policy.toml").write_text(rule, encoding="utf-8")

    async def both(client: Client) -> tuple[dict, dict]:
        return _error(await _own(client)), _error(await _by_name(client))

    own, by_name = home.with_client("auto", both)

    assert own["code"] == by_name["code"] == "tools.denied"
    assert "not here" in own["message"]
    assert home.app().catalog.usages(NAME) == ()


@both_eras
@pytest.mark.parametrize("level", ["retired", "hidden", "searchable", "invokable"])
def test_a_tool_that_another_process_takes_out_is_gone_and_says_so(home: Home, era: Era, level: str) -> None:
    """A client may still hold the old list; what it calls answers with the next step."""
    home.put(level="listed")
    told = Told()

    async def change(client: Client) -> dict[str, str]:
        assert await _names(client) == [NAME]
        await anyio.to_thread.run_sync(lambda: expose(home.app(), (NAME,), Visibility[level.upper()]))
        return _error(await _own(client))

    refused = anyio.run(told.once, home, era, "s1", change)

    assert told.names == []
    assert refused["code"] == "library.not_offered"
    assert level in refused["message"]
    assert ("skills_call" in refused["hint"]) is (level == "invokable")
    assert ("skillstrata expose" in refused["hint"]) is (level != "invokable")


@pytest.mark.sandbox
def test_failures_take_it_off_the_list_in_the_same_process(home: Home) -> None:
    """What use has proven, use can take back."""
    home.put(main="import sys\nsys.exit(3)\n", level="listed")
    told = Told()

    async def fail(client: Client) -> list[str]:
        return [_error(await _own(client))["code"] for _ in range(3)]

    codes = anyio.run(told.once, home, "legacy", "s1", fail)

    assert codes == ["call.program_failed"] * 3
    assert told.names == []
    # Calls that failed before it was ever used well take it down at once.
    assert home.app().library.tool(NAME).visibility == "invokable"


def test_what_is_only_searchable_is_found_with_that_word_and_told_before_its_arguments(home: Home) -> None:
    """An agent that learns it from a refusal has lost a turn; hidden tools are not found at all."""
    home.put(level="searchable")
    home.put("pages-to-notes", level="hidden")

    async def look(client: Client) -> tuple[list[dict], dict, list[dict[str, str]]]:
        found = _value(await client.call_tool("skills_search", {"query": "html to markdown"}))["results"]
        described = _value(await client.call_tool("skills_describe", {"name": NAME}))
        calls = [
            await client.call_tool("skills_call", {"name": name, "arguments": {"bad": 1}})
            for name in (NAME, "pages-to-notes")
        ]
        hidden = await client.call_tool("skills_describe", {"name": "pages-to-notes"})
        return found, described, [_error(one) for one in (*calls, hidden)]

    found, described, refused = home.with_client("auto", look)
    expose(home.app(), (NAME,), Visibility.INVOKABLE)
    allowed = home.with_client("auto", look)[:2]

    assert [hit["name"] for hit in found] == [NAME]
    assert "agents may not call it" in found[0]["note"]
    assert described["note"].startswith("not callable yet")
    assert {one["code"] for one in refused} == {"library.not_offered"}
    assert "agents may not call it" not in allowed[0][0]["note"]
    assert "note" not in allowed[1]


def test_the_list_is_bounded_and_in_one_order(home: Home) -> None:
    """Every definition costs every session tokens."""
    names = [f"tool-{number:02}" for number in range(30)]
    for name in reversed(names):
        home.put(name, level="listed")
    first, second = (home.with_client("auto", _names) for _ in range(2))

    assert first == second == sorted(first)
    assert len(first) == 24
    assert {*first} <= {*names}


def _damaged_manifest(home: Home) -> None:
    (home.root / "data" / "skills" / "broken" / "manifest.json").write_text("{", encoding="utf-8")


def _no_library(home: Home) -> None:
    shutil.rmtree(home.root / "data" / "skills")


def _file_for_library(home: Home) -> None:
    _no_library(home)
    (home.root / "data" / "skills").write_text("x", encoding="utf-8")


@pytest.mark.parametrize("harm", [_damaged_manifest, damaged_catalog, _no_library, _file_for_library])
def test_whatever_becomes_of_the_library_the_list_comes(home: Home, harm: Callable[[Home], None]) -> None:
    """Skills and the tools that find others do not hang on it; before the harm, and after it, in one session."""
    home.put(level="listed")
    home.put("broken", level="listed")

    told = Told()

    async def look(client: Client) -> list[str]:
        before = await _names(client)
        harm(home)
        if harm is damaged_catalog:
            # What the list was made of is as it was; nothing changes it, and nothing is told.
            told.changed.set()
        return before

    before = anyio.run(told.once, home, "legacy", "s1", look)
    later = home.with_client("auto", lambda client: client.list_tools()).tools
    assert before == ["broken", NAME]
    left: dict[object, list[str]] = {_damaged_manifest: [NAME], damaged_catalog: before}
    assert told.names == left.get(harm, [])
    assert [tool.name for tool in later][:4] == ["skills_search", "skills_describe", "skills_call", "Skill"]
    assert [tool.name for tool in later if not tool.name.startswith("skills")][1:] == told.names


@pytest.mark.sandbox
@pytest.mark.parametrize("gone", [retire, hide, None])
def test_what_was_made_stands_though_its_tool_went_meanwhile(
    home: Home, monkeypatch: pytest.MonkeyPatch, gone: Callable[[App, tuple[str, ...]], object] | None
) -> None:
    """Somebody else puts the tool away, or removes it, while its program runs."""
    home.put(level="listed")
    real = running.write_outputs

    def went(app: App, *rest: object) -> object:
        if gone is None:
            app.library.remove(NAME)
        else:
            gone(home.app(), (NAME,))
        return real(app, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(running, "write_outputs", went)
    value = _value(home.with_client("auto", _own))

    assert Path(value["outputs"][0]["path"]).read_text(encoding="utf-8") == PAGE.upper()
    assert home.with_client("auto", _names) == []


@pytest.mark.sandbox
def test_two_servers_at_once_list_it_once(home: Home) -> None:
    """Two sessions' last reuses meet; there is one change, and both lists have the tool."""
    home.put()
    for session in ("s1", "s2"):
        home.with_client("auto", _by_name, session)

    both = Told(), Told()

    async def use(client: Client) -> None:
        for _ in range(2):
            _value(await _by_name(client))

    async def at_once() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(both[0].once, home, "legacy", "s3", use)
            tasks.start_soon(both[1].once, home, "auto", "s4", use)

    anyio.run(at_once)

    assert [told.names for told in both] == [[NAME]] * 2
    assert [(change.before, change.after) for change in home.app().catalog.changes(NAME)] == [("invokable", "listed")]
    assert json.loads((home.root / "data" / "skills" / NAME / "manifest.json").read_bytes())["visibility"] == "listed"
