"""A server's tool that changes, goes or is not there: seen before anything is asked or run, accepted by a person."""

import io
import json
import sys
from pathlib import Path

import pytest

from skillstrata.app.use_cases.accepting_tools import ToolNotOffered
from skillstrata.records.json_values import JsonObject
from tests.composition_home import CompositionHome, Use, program_in

SERVER = Path(__file__).parents[1] / "tool_server.py"
SAY = """---
name: say
description: Say something.
tool_schema: {input: {type: object, properties: {text: {type: string}}, required: [text]}, steps: [
  {tool: "mcp:x/echo", input: {text: "{{input.text}}"}}]}
---
Say it.
"""
OUTER = """---
name: outer
description: Say something by way of another tool.
tool_schema:
  input: {type: object, properties: {text: {type: string}}, required: [text]}
  steps:
    - {tool: skill_say, input: {text: "{{input.text}}"}}
---
Say it.
"""
CALL = ("tools", "call", "skill_say", "--set", "text=hello", "--json")


@pytest.fixture
def home(tmp_path: Path) -> CompositionHome:
    """Make a home with one skill in YAML's flow style, over one server."""
    made = CompositionHome(tmp_path).make()
    made.put("say", SAY)
    serve(made, SERVER.read_text(encoding="utf-8"))
    return made


@pytest.fixture
def use(home: CompositionHome, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Use:
    """Run the program in this process, in the home's project."""
    return program_in(home, monkeypatch, capsys)


def serve(home: CompositionHome, program: str) -> None:
    """Configure a server that runs a program, in place of any other one."""
    file = home.root / "server.py"
    file.write_text(program, encoding="utf-8")
    entry = {"command": sys.executable, "args": [str(file), "honest", str(home.root / "served.log")]}
    (home.root / ".claude.json").write_text(json.dumps({"mcpServers": {"x": entry}}), encoding="utf-8")


def drift(home: CompositionHome) -> None:
    """Let the server say something else of its tool from now on."""
    serve(home, SERVER.read_text(encoding="utf-8").replace("Says it back.", "Says it back, and to others."))


def gone(home: CompositionHome) -> None:
    """Let the server offer the tool no longer."""
    serve(home, SERVER.read_text(encoding="utf-8").replace('"echo"', '"parrot"'))


def row(use: Use, name: str) -> JsonObject:
    """Give a tool's row of `tools list`."""
    return {one["name"]: one for one in json.loads(use("tools", "list", "--json")[1])}[name]


def test_a_skill_in_flow_style_sees_the_servers_and_a_native_one_starts_none(use: Use, home: CompositionHome) -> None:
    """YAML has two styles; which one somebody writes must not decide whether a server is asked."""
    code, printed = use("compile", "--json")
    served = (home.root / "served.log").exists()
    (home.root / "served.log").unlink(missing_ok=True)
    native = SAY.replace('"mcp:x/echo", input: {text: "{{input.text}}"}', 'json_query, input: {query: "@", data: 1}')
    home.put("say", native)

    assert (code, [one["wire_name"] for one in json.loads(printed)["compiled"]], served) == (0, ["skill_say"], True)
    assert use("compile")[0] == 0
    assert not (home.root / "served.log").exists()


def test_a_changed_tool_refuses_until_a_person_has_seen_and_accepted_it(use: Use, home: CompositionHome) -> None:
    """A definition that a server swaps (CVE-2025-54136) is never called; a wanted change must not block for ever."""
    use("compile")
    before = use(*CALL[:-1], "--approve")[0]
    drift(home)
    composed, foreign = row(use, "skill_say"), row(use, "mcp:x/echo")
    runs = use("tools", "runs", "--json")[1]
    refused = use(*CALL, "--approve")
    looked, printed = use("tools", "accept", "mcp:x/echo", "--json")
    still = row(use, "mcp:x/echo")["available"]
    accepted = use("tools", "accept", "mcp:x/echo", "--yes", "--json")
    again = use("tools", "accept", "mcp:x/echo", "--json")
    compiled = use("compile")[0]
    after = use(*CALL, "--approve")[0]

    assert (before, composed["available"], composed["state"], foreign["state"]) == (0, False, "stale", "changed")
    assert "skillstrata tools accept mcp:x/echo" in str(foreign["reason"])
    assert "skillstrata tools accept mcp:x/echo" in str(composed["reason"])
    assert (refused[0], json.loads(refused[1])["error"]["type"]) == (69, "unavailable")
    assert use("tools", "runs", "--json")[1] != runs, "only the last call made a run"
    assert (looked, still) == (4, False)
    [difference] = json.loads(printed)["differences"]
    assert (difference["field"], difference["before"]) == ("description", '"Says it back."')
    assert difference["after"] == '"Says it back, and to others."'
    assert (accepted[0], json.loads(accepted[1])["accepted"]) == (0, True)
    assert (again[0], json.loads(again[1])["changed"]) == (0, False)
    assert (compiled, after) == (0, 0)
    assert "accepted" in use("audit", "log", "--json")[1]
    assert use("audit", "verify")[0] == 0


def test_a_stale_tool_is_refused_before_a_question_and_without_a_run(use: Use, home: CompositionHome) -> None:
    """Nobody is asked for leave of what cannot be done; the twin is asked."""
    home.put("outer", OUTER)
    use("compile")
    drift(home)
    codes = [use(*CALL)[0], use("tools", "call", "skill_outer", "--set", "text=x", "--json")[0]]
    asked = json.loads(use("policy", "grants", "--json")[1])

    assert codes == [69, 69]
    assert asked == []
    assert use("tools", "runs")[0] == 3
    assert row(use, "skill_outer")["state"] == "stale"
    serve(home, SERVER.read_text(encoding="utf-8"))
    assert use(*CALL)[0] == 4


def test_a_server_that_is_down_makes_its_tools_wait_and_not_stale(use: Use, home: CompositionHome) -> None:
    """It comes back as it was: then the tool is called again, and nothing has to be compiled."""
    use("compile")
    serve(home, "raise SystemExit('no database')")
    down = row(use, "skill_say")
    code = use(*CALL)[0]
    status = json.loads(use("compile", "status", "--json")[1])["tools"][0]["status"]
    serve(home, SERVER.read_text(encoding="utf-8"))

    assert (down["available"], down["state"], status, code) == (False, "down", "unverified", 69)
    assert "is down" in str(down["reason"])
    assert use(*CALL, "--approve")[0] == 0


def test_a_tool_that_is_gone_makes_its_users_stale_and_cannot_be_accepted(use: Use, home: CompositionHome) -> None:
    """There is nothing to look at; the error names the state and the next step."""
    use("compile")
    gone(home)
    code, printed = use("tools", "accept", "mcp:x/echo", "--yes", "--json")

    assert (code, json.loads(printed)["error"]["code"]) == (69, ToolNotOffered.code)
    assert "no longer offers" in printed
    assert (row(use, "skill_say")["state"], row(use, "mcp:x/echo")["state"]) == ("stale", "gone")
    assert use("tools", "accept", "mcp:x/none", "--yes")[0] == 3


@pytest.mark.parametrize(("answer", "code", "accepted"), [("n\n", 4, False), ("y\n", 0, True)])
def test_on_a_terminal_the_person_is_asked(
    use: Use, home: CompositionHome, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, *, accepted: bool
) -> None:
    """The difference is shown first; no is the answer that changes nothing."""
    use("compile")
    drift(home)

    class Keyboard(io.StringIO):
        def isatty(self) -> bool:
            return True

    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdin", Keyboard(answer))
        patched.setattr(sys.stderr, "isatty", lambda: True)
        given = use("tools", "accept", "mcp:x/echo")[0]

    assert given == code
    assert row(use, "mcp:x/echo")["available"] is accepted
