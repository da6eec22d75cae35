"""What an agent sees: three tools, both protocol eras, errors it can act on."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import anyio
import jsonschema_rs
import mcp_types
import pytest
from mcp.client.client import Client
from mcp.shared.exceptions import MCPError

from skillstrata.app.json_views import call_json
from skillstrata.app.reports import CallReport, CallRequest
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases import running
from skillstrata.app.wiring import App, open_app
from skillstrata.surfaces.mcp_server import codegen
from skillstrata.surfaces.mcp_server.server import build_server
from tests.behaviour.made_library import UNSEEN, Made, distilled, program
from tests.recordings import RECORDINGS, lay_out

pytestmark = pytest.mark.sandbox
Era = Literal["legacy", "auto"]
ERAS = ("legacy", "auto")
both_eras = pytest.mark.parametrize("era", ERAS)
SRC = Path(__file__).parents[2] / "src"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Distil the recorded session once."""
    return distilled(tmp_path_factory.mktemp("made"))


@pytest.fixture
def project(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project folder with a document in it, as the agent's host names it."""
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(tmp_path))
    (tmp_path / "harbour.html").write_text(UNSEEN, encoding="utf-8")
    return tmp_path


def _app(data_dir: Path) -> App:
    return open_app(load_settings(data_dir=data_dir, config=None, environ=os.environ))


def _ask(
    data_dir: Path, era: Era, tool: str, arguments: dict[str, object], said: list[str] | None = None
) -> mcp_types.CallToolResult:
    """Call one tool through the SDK's own client, in memory."""

    async def heard(progress: float, total: float | None, message: str | None) -> None:
        if said is not None:
            said.append(f"{progress:g} of {total or 0:g} {message}")

    async def ask() -> mcp_types.CallToolResult:
        async with Client(build_server(_app(data_dir)), mode=era) as client:
            return await client.call_tool(tool, arguments, progress_callback=heard)

    return anyio.run(ask)


def _value(result: mcp_types.CallToolResult) -> dict:
    assert not result.is_error, result.content
    assert isinstance(result.structured_content, dict)
    return result.structured_content


def _text(result: mcp_types.CallToolResult) -> str:
    [block] = result.content
    assert isinstance(block, mcp_types.TextContent)
    return block.text


def _error(result: mcp_types.CallToolResult) -> dict[str, str]:
    assert result.is_error
    assert isinstance(result.structured_content, dict)
    return result.structured_content["error"]


@both_eras
def test_the_tools_are_listed_before_anything_is_opened(tmp_path: Path, era: Era) -> None:
    """A new user's agent starts the server before there is a library."""

    async def listed() -> tuple[list[str], str | None]:
        async with Client(build_server(_app(tmp_path / "none")), mode=era) as client:
            found = await client.list_tools()
            return [tool.name for tool in found.tools], client.instructions

    names, instructions = anyio.run(listed)

    assert names == [*("skills_search", "skills_describe", "skills_call", "Skill", "skills_read"), *codegen.INPUTS]
    assert instructions
    assert not (tmp_path / "none").exists()


@both_eras
def test_search_gives_metadata_and_abstains_where_nothing_fits(made: Made, era: Era) -> None:
    """An agent decides by these few fields; a wrong offer costs more than none."""
    found = _value(_ask(made.data_dir, era, "skills_search", {"query": "html to markdown"}))
    nothing = _value(_ask(made.data_dir, era, "skills_search", {"query": "translate speech into sign language"}))

    assert [hit["name"] for hit in found["results"]] == [made.tool]
    assert set(found["results"][0]) == {"name", "kind", "purpose", "signature", "quality", "score", "note"}
    assert found["abstained"] is False
    assert nothing == {"results": [], "abstained": True}


@both_eras
def test_describe_gives_a_schema_that_its_own_example_fits(made: Made, era: Era) -> None:
    """The example is what an agent copies."""
    told = _value(_ask(made.data_dir, era, "skills_describe", {"name": made.tool}))

    jsonschema_rs.meta.validate(told["input_schema"])
    assert jsonschema_rs.is_valid(told["input_schema"], told["example"]["arguments"])
    assert told["branches"]
    assert told["quality"].keys() >= {"runs", "successes", "projects", "score"}


@both_eras
def test_a_call_runs_the_tool_and_text_equals_structure(made: Made, project: Path, era: Era) -> None:
    """Some hosts show only the text, others only the structure."""
    result = _ask(made.data_dir, era, "skills_call", {"name": made.tool, "arguments": {"input": "harbour.html"}})
    value = _value(result)
    [output] = value["outputs"]
    written = Path(output["path"])

    assert json.loads(_text(result)) == value
    assert "Harbour log" in written.read_text(encoding="utf-8")
    assert written.parent.parent == made.data_dir / "outputs"


def test_two_calls_without_a_folder_never_meet(made: Made, project: Path) -> None:
    """Fresh folder each time: nothing is overwritten."""
    call = {"name": made.tool, "arguments": {"input": str(project / "harbour.html")}}
    first, second = (_value(_ask(made.data_dir, "auto", "skills_call", call)) for _ in range(2))

    assert first["outputs"][0]["path"] != second["outputs"][0]["path"]
    assert Path(first["outputs"][0]["path"]).exists()


def test_out_dir_is_relative_to_the_project_and_never_overwritten(made: Made, project: Path) -> None:
    """An agent's folder is the user's folder."""
    call = {"name": made.tool, "arguments": {"input": "harbour.html"}, "out_dir": "notes"}
    [output] = _value(_ask(made.data_dir, "auto", "skills_call", call))["outputs"]
    Path(output["path"]).write_text("mine", encoding="utf-8")
    refused = _error(_ask(made.data_dir, "auto", "skills_call", call))

    assert Path(output["path"]).parent == project / "notes"
    assert refused["code"] == "disk.output_exists"
    assert "out_dir" in refused["hint"]
    assert Path(output["path"]).read_text(encoding="utf-8") == "mine"


def test_the_command_line_and_the_server_give_the_same_object(made: Made, project: Path) -> None:
    """House style, rot 9: two surfaces over one use case may not disagree."""
    call = {"name": made.tool, "arguments": {"input": "harbour.html"}, "out_dir": "by-mcp"}
    served = _value(_ask(made.data_dir, "auto", "skills_call", call))
    words = ("run", made.tool, "--set", "input=harbour.html", "--out", "by-cli", "--json")
    printed = json.loads(program(made.data_dir, *words, cwd=project).stdout)

    for report in (served, printed):
        report.pop("ms")
        for output in report["outputs"]:
            output["path"] = Path(output["path"]).name
    assert served == printed


@both_eras
def test_progress_is_told_from_start_to_done(made: Made, project: Path, era: Era) -> None:
    """A host shows it, and takes silence for a hang."""
    said: list[str] = []
    _ask(made.data_dir, era, "skills_call", {"name": made.tool, "arguments": {"input": "harbour.html"}}, said)

    assert said[0].startswith("0 of 3")
    assert said[-1] == "3 of 3 done"
    assert said == sorted(said)


@both_eras
@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("skills_search", {}, "mcp.arguments_invalid"),
        ("skills_search", {"query": "x", "limit": 0}, "mcp.arguments_invalid"),
        ("skills_search", {"query": "x", "other": 1}, "mcp.arguments_invalid"),
        ("skills_describe", {"name": "no-such-tool"}, "library.tool_unknown"),
        ("skills_call", {"name": "no-such-tool", "arguments": {}}, "library.tool_unknown"),
        ("skills_call", {"name": "TOOL", "arguments": {}}, "mcp.arguments_invalid"),
        ("skills_call", {"name": "TOOL", "arguments": {"input": 3}}, "mcp.arguments_invalid"),
        ("skills_call", {"name": "TOOL", "arguments": {"input": "a", "other": "b"}}, "mcp.arguments_invalid"),
        ("skills_call", {"name": "TOOL", "arguments": {"input": "missing.html"}}, "disk.file_unreadable"),
    ],
)
def test_an_error_is_a_result_that_says_what_to_do_next(
    made: Made, era: Era, tool: str, arguments: dict[str, object], code: str
) -> None:
    """An agent acts on the text, a program on the object; a protocol error would reach neither."""
    arguments = {key: made.tool if value == "TOOL" else value for key, value in arguments.items()}
    result = _ask(made.data_dir, era, tool, arguments)
    error = _error(result)

    assert set(error) == {"code", "message", "hint", "retry"}
    assert (error["code"], error["retry"]) == (code, "changed")
    assert error["hint"]
    assert error["hint"] in _text(result)


@both_eras
def test_a_tool_the_server_does_not_have_is_a_protocol_error(made: Made, era: Era) -> None:
    """The protocol says -32602, and nothing else checks it."""

    async def refused() -> int:
        async with Client(build_server(_app(made.data_dir)), mode=era) as client:
            with pytest.raises(MCPError) as error:
                await client.call_tool("skills_delete", {})
            return error.value.code

    assert anyio.run(refused) == mcp_types.INVALID_PARAMS


@both_eras
def test_a_fault_inside_tells_the_agent_nothing_private(
    made: Made, project: Path, era: Era, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK would send the exception's text to the client in the older era."""

    def broken(_app: App, _request: CallRequest) -> CallReport:
        raise ValueError("secret of the house")

    monkeypatch.setattr(running, "run", broken)
    result = _ask(made.data_dir, era, "skills_call", {"name": made.tool, "arguments": {"input": "harbour.html"}})

    assert _error(result)["code"] == "mcp.fault"
    assert "secret" not in result.model_dump_json()


def test_the_server_answers_while_a_tool_runs(made: Made, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program may take a minute; the loop may not."""
    running_now, may_end = threading.Event(), threading.Event()
    real = running.run

    def slow(app: App, request: CallRequest) -> CallReport:
        running_now.set()
        assert may_end.wait(timeout=30)
        return real(app, request)

    monkeypatch.setattr(running, "run", slow)
    order: list[str] = []

    async def both() -> None:
        async with Client(build_server(_app(made.data_dir)), mode="auto") as client, anyio.create_task_group() as tasks:

            async def call() -> None:
                await client.call_tool("skills_call", {"name": made.tool, "arguments": {"input": "harbour.html"}})
                order.append("call")

            tasks.start_soon(call)
            await anyio.to_thread.run_sync(running_now.wait)
            await client.call_tool("skills_search", {"query": "html to markdown"})
            order.append("search")
            may_end.set()

    anyio.run(both)

    assert order == ["search", "call"]


def test_a_program_that_fails_on_its_input_is_an_error_with_the_whole_report(
    made: Made, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The agent gets the reason, and a program the same object as from `run --json`."""
    (project / "broken.html").write_bytes(b"<!DOCTYPE html><p>caf\xe9</p>")
    result = _ask(made.data_dir, "auto", "skills_call", {"name": made.tool, "arguments": {"input": "broken.html"}})
    printed = program(made.data_dir, "run", made.tool, "--set", "input=broken.html", "--json", cwd=project)

    error = _error(result)
    assert error["message"] in _text(result)
    assert result.structured_content is not None
    assert result.structured_content["status"] == "failed"
    assert printed.returncode == 65
    assert json.loads(printed.stdout)["error"]["code"] == error["code"]


class Stdio:
    """The server as its own process, spoken to in lines."""

    def __init__(self, data_dir: Path, cwd: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "skillstrata", "--data-dir", str(data_dir), "mcp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env={"HOME": str(cwd), "PATH": os.environ["PATH"], "CLAUDE_PROJECT_DIR": str(cwd)},
            text=True,
        )
        self.lines: list[dict] = []

    def send(self, **message: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.process.stdin.flush()

    def ask(self, number: int, method: str, params: dict[str, object]) -> dict:
        self.send(id=number, method=method, params=params)
        assert self.process.stdout is not None
        while True:
            self.lines.append(json.loads(self.process.stdout.readline()))
            if self.lines[-1].get("id") == number:
                return self.lines[-1]

    def close(self) -> str:
        out, _ = self.process.communicate(timeout=30)
        return out


@pytest.fixture
def stdio(made: Made, project: Path) -> Stdio:
    """Start the server as an agent does and shake hands."""
    server = Stdio(made.data_dir, project)
    who = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    assert server.ask(1, "initialize", who)["result"]["serverInfo"]["name"] == "skillstrata"
    server.send(method="notifications/initialized")
    return server


def test_over_stdio_there_is_nothing_but_the_protocol(stdio: Stdio, made: Made) -> None:
    """One stray line on stdout ends the conversation; the process ends with its stdin."""
    wish = {"name": made.tool, "arguments": {"input": "harbour.html"}}
    asked = {"name": "skills_call", "arguments": wish, "_meta": {"progressToken": "p"}}
    result = stdio.ask(2, "tools/call", asked)["result"]
    rest = stdio.close()

    assert result["structuredContent"]["status"] == "ok"
    assert {line["jsonrpc"] for line in stdio.lines} == {"2.0"}
    assert [line["method"] for line in stdio.lines if "method" in line] == ["notifications/progress"] * 3
    assert rest == ""
    assert stdio.process.returncode == 0


def test_a_tool_distilled_meanwhile_is_found_without_a_restart(tmp_path: Path) -> None:
    """The agent that wrote a program in one window finds the tool in the next."""
    data_dir = tmp_path / "library"
    search = {"name": "skills_search", "arguments": {"query": "html to markdown"}}
    server = Stdio(data_dir, tmp_path)
    who = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    server.ask(1, "initialize", who)
    before = server.ask(2, "tools/call", search)["result"]["structuredContent"]
    lay_out(RECORDINGS["html_to_markdown"], tmp_path / "project", data_dir / "spool" / "new")
    assert program(data_dir, "distill", cwd=tmp_path).returncode == 0
    after = server.ask(3, "tools/call", search)["result"]["structuredContent"]
    server.close()

    assert before["abstained"] is True
    assert len(after["results"]) == 1


def test_the_server_starts_without_the_distiller() -> None:
    """Start-up is what an agent's user waits for."""
    probe = "import json, sys, skillstrata.surfaces.mcp_server.stdio\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, env={"PYTHONPATH": str(SRC)}
    )
    loaded = set(json.loads(done.stdout))

    assert "skillstrata.surfaces.mcp_server.server" in loaded
    assert loaded & {"skillstrata.distill", "skillstrata.capture", "sqlalchemy", "tree_sitter"} == set()


def test_the_published_result_schema_fits_what_the_use_case_gives() -> None:
    """A client refuses results that do not fit the schema the server published."""
    from_use_case: Callable[[CallReport], object] = call_json
    value = from_use_case(CallReport(ok=True, tool="t", branch="main", version=1, text="x"))

    [tool] = [t for t in _listed() if t.name == "skills_call"]
    assert tool.output_schema is not None
    assert jsonschema_rs.is_valid(tool.output_schema, value)


def _listed() -> list[mcp_types.Tool]:
    async def listed() -> list[mcp_types.Tool]:
        async with Client(build_server(_app(Path("none"))), mode="auto") as client:
            return (await client.list_tools()).tools

    return anyio.run(listed)
