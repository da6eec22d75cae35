"""Composed tools that use composed tools: what a person is shown of them, and whether they can be called at once."""

from pathlib import Path

import anyio
import pytest
from mcp.client.client import Client

from skillstrata.app.capability_reports import CallOutcome, CallWish
from skillstrata.app.json_tools import plan_json
from skillstrata.app.use_cases.serving_tools import ServedTools
from skillstrata.records.json_values import JsonObject
from skillstrata.surfaces.cli.main import main
from skillstrata.surfaces.mcp_server.server import build_server
from tests.composition_home import CompositionHome

DEEP = """---
name: deep1
description: Write a file and say it.
tool_schema:
  input: {type: object, properties: {word: {type: string}}, required: [word]}
  steps:
    - {tool: write_file, input: {path: "deep.txt", content: "{{input.word}}"}}
    - {tool: bash, input: {argv: ["echo", "--", "{{input.word}}"]}}
---
Deep.
"""
OUTER = """---
name: deep2
description: Do what deep1 does.
tool_schema:
  input: {type: object, properties: {word: {type: string}}, required: [word]}
  steps:
    - {tool: skill_deep1, input: {word: "{{input.word}}"}}
---
Outer.
"""
# What deep1 is given is only known when it runs.
LATE = """---
name: late
description: Do what deep1 does with what is found.
tool_schema:
  input: {type: object, properties: {word: {type: string}}, required: [word]}
  steps:
    - {id: find, tool: json_query, input: {query: "word", data: {word: "{{input.word}}"}}}
    - {tool: skill_deep1, input: {word: "{{steps.find.output.result}}"}}
---
Late.
"""


@pytest.fixture
def home(tmp_path: Path) -> CompositionHome:
    """Make a home with a tool in a tool, compiled."""
    made = CompositionHome(tmp_path).make()
    (tmp_path / ".claude.json").write_text("{}", encoding="utf-8")
    for name, text in (("deep1", DEEP), ("deep2", OUTER), ("late", LATE)):
        made.put(name, text)
    report = made.compile()
    assert not report.errors
    return made


def _served(home: CompositionHome) -> ServedTools:
    return ServedTools(home.app(), home.project)


def _wish(home: CompositionHome, tool: str) -> CallWish:
    arguments: JsonObject = {"word": "high water"}
    return CallWish(tool, arguments, str(home.project))


def _asked(served: ServedTools, home: CompositionHome, tool: str) -> CallOutcome:
    """Call, and say yes to the first question."""
    first = served.call(_wish(home, tool))
    assert first.approval is not None
    served.decide(first.approval.id, approved=True, by="ann")
    return first


def test_a_person_is_shown_what_is_inside(home: CompositionHome) -> None:
    """One step that hides a command is not what anybody can consent to."""
    served = _served(home)
    first = _asked(served, home, "skill_deep2")

    assert first.approval is not None
    lines = first.approval.shown.splitlines()
    assert any(line.startswith("1. skill_deep1") for line in lines)
    assert any(line.startswith("   1.1. write_file") and "high water" in line for line in lines)
    assert any(line.startswith("   1.2. bash (exec_escalation)") and "echo" in line for line in lines)
    served.close()


def test_a_dry_run_shows_the_same(
    home: CompositionHome, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As text and as JSON."""
    served = _served(home)
    plan = served.planned(_wish(home, "skill_deep2")).plan
    served.close()
    assert plan is not None
    inner = plan_json(plan)["steps"][0]["inner"][0]  # type: ignore[index,call-overload]
    monkeypatch.chdir(home.project)
    monkeypatch.setenv("HOME", str(home.root))
    monkeypatch.setenv("SKILLSTRATA_DATA_DIR", str(home.root / "data"))
    code = main(("tools", "call", "skill_deep2", "--set", "word=high water", "--dry-run"))

    assert [step["tool"] for step in inner["steps"]] == ["write_file", "bash"]  # type: ignore[index,call-overload]
    assert (code, '"echo"' in capsys.readouterr().out) == (0, True)


@pytest.mark.sandbox
def test_what_was_shown_inside_is_not_asked_about_again(home: CompositionHome) -> None:
    """One consent to the whole, which was shown whole."""
    served = _served(home)
    _asked(served, home, "skill_deep2")
    done = served.call(_wish(home, "skill_deep2"))

    assert (done.status, done.fault) == ("ok", None)
    assert (home.project / "deep.txt").read_text(encoding="utf-8") == "high water"
    served.close()


def test_what_could_not_be_shown_inside_is_asked_about_when_it_is_known(home: CompositionHome) -> None:
    """The twin: the outer consent does not reach a command whose words nobody saw."""
    served = _served(home)
    first = _asked(served, home, "skill_late")
    second = served.call(_wish(home, "skill_late"))

    assert first.approval is not None
    assert "<steps.find.output" in first.approval.shown
    assert second.approval is not None
    assert second.approval.path == "composed/skill_deep1"
    assert "bash (exec_escalation)" in second.approval.shown
    assert '"echo", "--", "high water"' in second.approval.shown
    assert not (home.project / "deep.txt").exists()
    served.close()


def test_a_tool_in_a_tool_can_be_called_as_soon_as_it_is_compiled(home: CompositionHome) -> None:
    """In a program that did not compile it: status, list, and a client's list."""
    served = _served(home)
    before = [tool.status for tool in served.status().tools]
    listed = {node.name: node.available for node in served.listed() if node.kind == "composed"}
    served.close()

    async def names() -> set[str]:
        async with Client(build_server(home.app())) as client:
            return {tool.name for tool in (await client.list_tools()).tools}

    assert before == ["ok", "ok", "ok"]
    assert listed == {"skill_deep1": True, "skill_deep2": True, "skill_late": True}
    assert {"skill_deep1", "skill_deep2", "skill_late"} <= anyio.run(names)
