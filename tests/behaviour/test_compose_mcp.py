"""Composed tools as a client sees them: listed, called with leave, denied, gone on with, changed; in both eras."""

import json
from pathlib import Path

import anyio
import mcp_types
import pytest
from mcp.client.client import Client
from mcp.client.subscriptions import ToolsListChanged
from mcp.shared.exceptions import MCPError

from skillstrata.app.use_cases import policies
from skillstrata.surfaces.mcp_server import codegen
from tests.composition_home import COUNT, NOTE, SEED, TITLE, CompositionHome, says
from tests.skill_clients import Anything, Era, ask, text_of

both_eras = pytest.mark.parametrize("era", ["legacy", "auto"])
LONG_S = 30.0
# A client that can ask; what it would answer does not matter where a test answers by hand.
ABLE = says(approve=False)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CompositionHome:
    """Make a home with two small skills, compiled."""
    made = CompositionHome(tmp_path).make()
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(made.project))
    made.put("note", NOTE)
    made.put("count", COUNT)
    assert not made.compile().errors
    return made


def _call(home: CompositionHome, era: Era, tool: str, arguments: dict, **said: object) -> mcp_types.CallToolResult:
    return home.with_client(era, lambda client: client.call_tool(tool, arguments), **said)  # type: ignore[arg-type]


@both_eras
def test_a_compiled_tool_is_listed_under_its_own_name(home: CompositionHome, era: Era) -> None:
    """With schemas, a title, and four hints that say what it does."""
    listed = home.with_client(era, lambda client: client.list_tools()).tools
    tools = {tool.name: tool for tool in listed}
    note, hints = tools["skill_note"], tools["skill_note"].annotations

    assert [name for name in tools if name.startswith("skill_")] == ["skill_count", "skill_note"]
    assert note.title == "note"
    assert note.input_schema["required"] == ["text"]
    assert note.output_schema is not None
    assert hints is not None
    assert None not in (hints.destructive_hint, hints.idempotent_hint)
    assert (hints.read_only_hint, hints.open_world_hint) == (False, False)
    assert tools["skill_count"].annotations is not None
    assert tools["skill_count"].annotations.read_only_hint is True


@both_eras
def test_a_tool_that_needs_no_leave_is_called_at_once(home: CompositionHome, era: Era) -> None:
    """Nobody is asked about a tool that only computes."""
    result = _call(home, era, "skill_count", {"value": {"a": 1, "b": 2}})

    assert not result.is_error, text_of(result)
    assert json.loads(text_of(result)) == {"result": 2}


@both_eras
def test_a_client_that_lists_nothing_finds_a_skill_that_was_never_compiled(tmp_path: Path, era: Era) -> None:
    """The first call waits for the first compilation; a name that nobody has is no tool then either."""
    home = CompositionHome(tmp_path).make()
    home.put("count", COUNT)

    async def twice(client: Client) -> tuple[mcp_types.CallToolResult, int]:
        found = await client.call_tool("skill_count", {"value": {"a": 1}})
        with pytest.raises(MCPError) as refused:
            await client.call_tool("skill_nobody", {})
        return found, refused.value.error.code

    found, code = home.with_client(era, twice)

    assert not found.is_error, text_of(found)
    assert code == mcp_types.INVALID_PARAMS


@both_eras
def test_an_approval_is_asked_with_the_arguments_and_then_it_runs(home: CompositionHome, era: Era) -> None:
    """The question shows what would be written; the yes is the client's user's."""
    heard: list[str] = []
    result = _call(home, era, "skill_note", {"text": "high water at six"}, answer=says(approve=True, heard=heard))

    assert not result.is_error, text_of(result)
    assert (home.project / "note.md").read_text(encoding="utf-8") == "high water at six"
    assert len(heard) == 1
    assert "high water at six" in heard[0]
    assert result.structured_content == {"path": str(home.project / "note.md")}


@both_eras
@pytest.mark.parametrize("answer", [says(approve=False), says(approve=False, action="decline")])
def test_a_no_is_a_result_and_nothing_is_called(home: CompositionHome, era: Era, answer: object) -> None:
    """A decline, and a form sent off without the mark, are both a no."""
    result = _call(home, era, "skill_note", {"text": "x"}, answer=answer)

    assert result.is_error
    assert result.structured_content is not None
    assert result.structured_content["error"]["code"] == "tools.denied"
    assert not (home.project / "note.md").exists()


@both_eras
def test_a_window_that_was_closed_is_no_yes_and_the_question_stays_open(home: CompositionHome, era: Era) -> None:
    """Who is away can still answer on the command line."""
    result = _call(home, era, "skill_note", {"text": "x"}, answer=says(approve=False, action="cancel"))

    assert result.is_error
    assert "policy approve" in text_of(result)
    assert [grant.state for grant in policies.grants(home.app())] == ["pending"]
    assert not (home.project / "note.md").exists()


@both_eras
def test_without_a_way_to_ask_the_next_step_is_a_command_and_the_same_call_goes_on(
    home: CompositionHome, era: Era
) -> None:
    """A client that cannot ask gets the id; after the approval, in another process, the call is made once."""
    first = _call(home, era, "skill_note", {"text": "x"})
    [grant] = policies.grants(home.app(), pending=True)
    there_before = (home.project / "note.md").exists()
    policies.answer(home.app(), grant.id, approved=True, by="test")
    second = _call(home, era, "skill_note", {"text": "x"})
    other = _call(home, era, "skill_note", {"text": "y"})

    assert first.is_error
    assert f"skillstrata policy approve {grant.id}" in text_of(first)
    assert (there_before, second.is_error) == (False, None) or not second.is_error
    assert (home.project / "note.md").read_text(encoding="utf-8") == "x"
    # A consent is for these arguments, once.
    assert other.is_error


def test_the_answer_may_come_to_another_process(home: CompositionHome) -> None:
    """The sealed state leads back to the question, also after a restart; it opens with the stored key alone."""
    asked = home.with_client("auto", lambda client: _round(client, {"text": "kept"}), ABLE)
    assert isinstance(asked, mcp_types.InputRequiredResult)
    answered = home.with_client("auto", lambda client: _round(client, {"text": "kept"}, asked), ABLE)

    assert isinstance(answered, mcp_types.CallToolResult)
    assert not answered.is_error
    assert (home.project / "note.md").read_text(encoding="utf-8") == "kept"
    assert (home.root / "data" / "request_state.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("what", ["state", "arguments"])
def test_a_state_that_was_tampered_with_is_refused(home: CompositionHome, what: str) -> None:
    """Nor may it be carried over to other arguments."""
    asked = home.with_client("auto", lambda client: _round(client, {"text": "kept"}), ABLE)
    assert isinstance(asked, mcp_types.InputRequiredResult)
    assert asked.request_state is not None
    if what == "state":
        asked = asked.model_copy(update={"request_state": asked.request_state[:-4] + "AAAA"})
    text = "kept" if what == "state" else "other"

    async def again(client: Client) -> int:
        with pytest.raises(MCPError) as error:
            await _round(client, {"text": text}, asked)
        return error.value.code

    assert home.with_client("auto", again, ABLE) == mcp_types.INVALID_PARAMS
    assert not (home.project / "note.md").exists()


async def _round(
    client: Client, arguments: dict, before: mcp_types.InputRequiredResult | None = None
) -> mcp_types.CallToolResult | mcp_types.InputRequiredResult:
    """Send one call by hand, as a client that can ask, with a yes to what was asked before."""
    yes = mcp_types.ElicitResult(action="accept", content={"approve": True})
    params = mcp_types.CallToolRequestParams(
        name="skill_note",
        arguments=arguments,
        input_responses=None if before is None else {"approval": yes},
        request_state=None if before is None else before.request_state,
    )
    found = await client.session.send_request(mcp_types.CallToolRequest(params=params), Anything)
    told = found.model_dump(by_alias=True)
    kind = mcp_types.InputRequiredResult if told.get("resultType") == "input_required" else mcp_types.CallToolResult
    return kind.model_validate(told)


@both_eras
def test_progress_is_told_for_each_step(home: CompositionHome, era: Era) -> None:
    """A host shows it, and takes silence for a hang."""
    said: list[str] = []

    async def heard(progress: float, total: float | None, message: str | None) -> None:
        said.append(f"{progress:g}/{total or 0:g} {message}")

    async def call(client: Client) -> mcp_types.CallToolResult:
        return await client.call_tool("skill_count", {"value": {}}, progress_callback=heard)

    assert not home.with_client(era, call).is_error
    assert said
    assert said[-1].startswith("1/1")


@both_eras
def test_the_methods_and_the_tools_of_codegen_say_the_same(home: CompositionHome, era: Era) -> None:
    """Clients without methods of their own have the tools."""

    async def both(client: Client) -> tuple[dict, dict]:
        method = await ask(client, "skills.codegen.status", {})
        tool = await client.call_tool("skills.codegen.status", {})
        assert isinstance(tool.structured_content, dict)
        return method, tool.structured_content

    method, tool = home.with_client(era, both)

    assert [one["wire_name"] for one in tool["tools"]] == ["skill_count", "skill_note"]
    assert method["tools"] == tool["tools"]


@both_eras
def test_a_removed_tool_is_gone_and_compiling_it_by_name_brings_it_back(home: CompositionHome, era: Era) -> None:
    """Once removed it stays away until somebody asks for it by name."""

    async def steps(client: Client) -> list[list[str]]:
        seen: list[list[str]] = []
        for tool, arguments in (
            (codegen.REMOVE, {"name": "skill_note"}),
            (codegen.CODEGEN, {}),
            (codegen.CODEGEN, {"skill": "note"}),
        ):
            result = await client.call_tool(tool, arguments)
            assert not result.is_error, text_of(result)
            listed = await client.list_tools(cache_mode="bypass")
            seen.append([one.name for one in listed.tools if one.name.startswith("skill_")])
        return seen

    assert home.with_client(era, steps) == [["skill_count"], ["skill_count"], ["skill_count", "skill_note"]]


def test_a_changed_skill_is_compiled_and_the_client_is_told_once(home: CompositionHome) -> None:
    """The tool has its new schema when the client hears of the change."""

    async def steps(client: Client) -> tuple[int, list[str]]:
        await client.list_tools()
        told = 0
        async with client.listen(tools_list_changed=True) as changes:
            home.put("note", NOTE.replace("text", "words"))
            with anyio.fail_after(LONG_S):
                async for event in changes:
                    told += isinstance(event, ToolsListChanged)
                    break
            with anyio.move_on_after(1.0):
                async for event in changes:
                    told += isinstance(event, ToolsListChanged)
        listed = await client.list_tools(cache_mode="bypass")
        schema = next(tool for tool in listed.tools if tool.name == "skill_note").input_schema
        return told, schema["required"]

    assert home.with_client("auto", steps) == (1, ["words"])


@both_eras
def test_a_tool_that_is_not_listed_is_found_described_and_called(home: CompositionHome, era: Era) -> None:
    """A thousand definitions would fill an agent's context; searching finds the rest."""
    few = CompositionHome(home.root, (("compose.listed", "0"),))

    async def steps(client: Client) -> tuple[list[str], list[str], dict, dict]:
        listed = [tool.name for tool in (await client.list_tools()).tools if tool.name.startswith("skill_")]
        found = await client.call_tool("skills_search", {"query": "count the keys", "kind": "composed"})
        told = await client.call_tool("skills_describe", {"name": "skill_count"})
        called = await client.call_tool("skills_call", {"name": "skill_count", "arguments": {"value": {"a": 1}}})
        assert isinstance(found.structured_content, dict)
        assert isinstance(told.structured_content, dict)
        assert isinstance(called.structured_content, dict)
        names = [hit["name"] for hit in found.structured_content["results"]]
        return listed, names, told.structured_content, called.structured_content

    listed, names, told, called = few.with_client(era, steps)

    assert (listed, names[0]) == ([], "skill_count")
    assert told["input_schema"]["required"] == ["value"]
    assert (called["status"], called["output"]) == ("ok", {"result": 1})


@both_eras
def test_the_example_of_the_docs_runs_with_its_server_and_asks_before_what_came_from_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, era: Era
) -> None:
    """Unchanged: three tools of another server; the address that a search gave is shown before it is fetched."""
    home = CompositionHome(tmp_path, (("compose.without", '["web_fetch", "write_file"]'),)).make()
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(home.project))
    home.put_seed()
    report = home.compile()
    heard: list[str] = []
    result = _call(home, era, SEED, {"competitors": ["Acme"]}, answer=says(approve=True, heard=heard))

    assert not report.errors
    assert [tool.title for tool in report.compiled] == [TITLE]
    assert not result.is_error, text_of(result)
    assert result.structured_content == {
        "report": "# News\n\nfrom https://news.example.com/rivals\n",
        "findings_count": 3,
    }
    assert home.served() == ["web_search", "web_fetch", "write_file"]
    assert len(heard) == 2
    assert "https://news.example.com/rivals" in heard[1]
