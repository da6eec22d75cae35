"""What every ToolBackend promises."""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import jsonschema_rs
import pytest

from skillstrata.adapters.bubblewrap import BubblewrapSandbox
from skillstrata.adapters.mcp_backend import McpBackend
from skillstrata.adapters.native_backend import NativeParts, native_backend
from skillstrata.adapters.tool_pins_file import ToolPinsFile
from skillstrata.app.open_tools import OpenTools
from skillstrata.app.use_cases import compiling, running
from skillstrata.library import planted
from skillstrata.ports.tool_backend import ToolBackend
from skillstrata.records.approvals import Approval
from skillstrata.records.json_values import JsonObject
from skillstrata.records.tool_calls import Caller, ToolCall
from skillstrata.records.tool_servers import ToolServer
from tests.composition_home import COUNT, CompositionHome
from tests.distilled_tools import distilled_tools


@dataclass(frozen=True)
class Given:
    """A backend, a call that succeeds and one that would last for long; `late` is the fault of that one.

    A run that ended says of itself that it failed: which of its steps came late stands in its record.
    """

    backend: ToolBackend
    cwd: str
    good: tuple[str, JsonObject]
    slow: tuple[str, JsonObject]
    late: str = "timeout"

    def call(self, path: str, arguments: JsonObject, *, timeout_s: float = 20.0) -> ToolCall:
        return ToolCall(path, arguments, Caller("cli", self.cwd), timeout_s)


def _native(cwd: Path) -> Given:
    (cwd / "a.txt").write_text("the text")
    slow: JsonObject = {"script": "while :; do sleep 0.1; done"}
    backend = native_backend(NativeParts(planted=planted, sandbox=BubblewrapSandbox))
    return Given(backend, str(cwd), ("native/read_file", {"path": "a.txt"}), ("native/bash", slow))


def _mcp(cwd: Path) -> Given:
    program = str(Path(__file__).parents[1] / "tool_server.py")
    server = ToolServer("honest", "test", "user", command=sys.executable, args=(program, "honest"))
    backend = McpBackend(lambda: (server,), ToolPinsFile(cwd / "pins.json"), os.environ, wait_s=20.0)
    return Given(backend, str(cwd), ("mcp/honest/echo", {"text": "hi"}), ("mcp/honest/hang", {}))


def _distilled(cwd: Path) -> Given:
    (cwd / "a.txt").write_text("the text")
    return Given(distilled_tools(cwd)[0], str(cwd), ("distilled/say", {"input": "a.txt"}), ("distilled/wait", {}))


SLOW = """---
name: slow
description: Sleep for long.
tool_schema:
  input: {type: object, properties: {}}
  steps:
    - tool: bash
      input: {argv: [sleep, "100"]}
---
Sleep.
"""


def _composed(cwd: Path) -> Given:
    home = CompositionHome(cwd / "home").make()
    home.put("count", COUNT)
    home.put("slow", SLOW)
    app = home.app()
    app.prepare()
    (app.data_dir / "policy.toml").write_text('default_allow = ["bash"]\n')
    assert not compiling.compile_skills(app, (), project=home.project).errors
    tools = OpenTools(app, home.project, running.run)
    tools.with_composed()
    counted: JsonObject = {"value": {"a": 1, "b": 2}}
    return Given(
        tools.composed, str(home.project), ("composed/skill_count", counted), ("composed/skill_slow", {}), "tool_error"
    )


MAKERS: dict[str, Callable[[Path], Given]] = {
    "native": _native,
    "mcp": _mcp,
    "distilled": _distilled,
    "composed": _composed,
}


@pytest.fixture(params=sorted(MAKERS))
def given(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Given]:
    """Each backend with what it needs, closed afterwards."""
    made = MAKERS[request.param](tmp_path)
    yield made
    made.backend.close()


def test_tools_are_listed_by_path_with_schemas_that_hold(given: Given) -> None:
    """Whoever compiles or calls rests on them."""
    found = given.backend.capabilities()

    assert [tool.path for tool in found] == sorted({tool.path for tool in found})
    for tool in found:
        for schema in filter(None, (tool.input_schema, tool.output_schema)):
            jsonschema_rs.meta.validate(json.loads(schema))
            jsonschema_rs.validator_for(json.loads(schema), offline=True)
        assert json.loads(tool.input_schema)["type"] == "object"
        assert tool.definition
        assert tool.description
        assert tool.available or tool.reason


def test_a_call_gives_an_output_that_fits_its_schema(given: Given) -> None:
    """The schema is what later steps are checked against."""
    path, arguments = given.good
    tool = next(tool for tool in given.backend.capabilities() if tool.path == path)
    result = given.backend.call(given.call(path, arguments), threading.Event())

    assert result.ok, result.fault
    assert result.content
    if tool.output_schema:
        jsonschema_rs.validator_for(json.loads(tool.output_schema), offline=True).validate(result.output)


@pytest.mark.parametrize(
    "path", ["", "nowhere", "native/", "native/read_file/x", "mcp/a/b", "distilled/x", "composed/x", "\0"]
)
def test_an_unknown_path_is_unavailable_and_nothing_was_sent(given: Given, path: str) -> None:
    """A tool may have gone since the tree was made."""
    result = given.backend.call(given.call(path, {}), threading.Event())

    assert result.fault is not None
    assert result.fault.type == "unavailable"
    assert not result.sent


@pytest.mark.sandbox
def test_a_call_that_lasts_too_long_ends_in_time(given: Given) -> None:
    """Within its time and a second, here with room for a busy machine."""
    began = time.monotonic()
    result = given.backend.call(given.call(*given.slow, timeout_s=1.0), threading.Event())

    assert result.fault is not None
    assert result.fault.type == given.late
    assert time.monotonic() - began < 15


@pytest.mark.sandbox
def test_a_cancelled_call_ends(given: Given) -> None:
    """Nobody waits any more, and what it started must not go on."""
    cancel = threading.Event()
    timer = threading.Timer(1.0, cancel.set)
    timer.start()
    began = time.monotonic()
    result = given.backend.call(given.call(*given.slow, timeout_s=60.0), cancel)
    timer.join()

    assert result.fault is not None
    assert result.fault.type == "cancelled"
    assert time.monotonic() - began < 30


def test_a_call_that_was_cancelled_before_is_not_sent(given: Given) -> None:
    """The answer would go nowhere."""
    cancel = threading.Event()
    cancel.set()
    result = given.backend.call(given.call(*given.good), cancel)

    assert result.fault is not None
    assert result.fault.type == "cancelled"
    assert not result.sent


def test_a_closed_backend_begins_anew(given: Given) -> None:
    """A server lives longer than one connection."""
    given.backend.close()
    given.backend.close()

    assert given.backend.call(given.call(*given.good), threading.Event()).ok


def test_native_tools_ask_for_what_they_do(tmp_path: Path) -> None:
    """The seed: web_search none, write_file plan_confirm, bash exec_escalation."""
    found = {tool.name: tool for tool in _native(tmp_path).backend.capabilities()}
    approvals = {name: tool.approval for name, tool in found.items()}

    assert approvals == {
        "bash": Approval.EXEC_ESCALATION,
        "json_query": Approval.NONE,
        "list_dir": Approval.NONE,
        "read_file": Approval.NONE,
        "web_fetch": Approval.NONE,
        "write_file": Approval.PLAN_CONFIRM,
    }
    assert [name for name, tool in found.items() if tool.effects.open_world] == ["web_fetch"]
    assert [name for name, tool in found.items() if not tool.effects.read_only] == ["write_file"]
