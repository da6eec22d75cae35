"""What a sub-agent was given is what it has: listed, called, and no step beyond it."""

import json
from pathlib import Path

import pytest

from skillstrata.app.blueprint_files import BlueprintInvalid
from skillstrata.records.json_values import JsonObject
from skillstrata.surfaces.python_api import SkillRuntime
from tests.composition_home import COUNT, CompositionHome, Use, program_in

CALL = ("tools", "call", "skill_count", "--args", '{"value": {"a": 1}}', "--json", "--blueprint")
FORMS = {
    "a.toml": '[capabilities]\nallow = ["skill_count", "json_query"]\n',
    "a.yaml": "capabilities:\n  allow: [skill_count, json_query]\n",
    "a.json": '{"capabilities": {"allow": ["skill_count", "json_*"], "deny": ["bash"], "depth": 2}}',
}


@pytest.fixture
def home(tmp_path: Path) -> CompositionHome:
    """Make a home with one small skill."""
    made = CompositionHome(tmp_path).make()
    made.put("count", COUNT)
    return made


@pytest.fixture
def use(home: CompositionHome, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Use:
    """Run the program in this process, in the home's project, with the skill compiled."""
    run = program_in(home, monkeypatch, capsys)
    run("compile")
    return run


def put(home: CompositionHome, name: str, text: str) -> str:
    """Write a blueprint."""
    (home.project / name).write_text(text, encoding="utf-8")
    return name


@pytest.mark.parametrize("name", sorted(FORMS))
def test_a_blueprint_gives_exactly_what_it_names(use: Use, home: CompositionHome, name: str) -> None:
    """In each of three forms; what it does not name is denied, and that is an escalation in the log."""
    file = put(home, name, FORMS[name])
    rows = json.loads(use("tools", "list", "--json", "--blueprint", file)[1])
    allowed, other = use(*CALL, file), use("tools", "call", "list_dir", "--json", "--blueprint", file)

    assert [row["name"] for row in rows] == ["skill_count", "json_query"]
    assert allowed[0] == 0, allowed[1]
    assert (other[0], json.loads(other[1])["error"]["type"]) == (4, "denied")
    assert use("tools", "call", "list_dir", "--json")[0] == 0
    assert "escalation" in use("audit", "log", "--json")[1]


def test_a_step_beyond_the_blueprint_is_denied(use: Use, home: CompositionHome) -> None:
    """A tool made of tools is no way around what somebody was given; the twin was given the step too."""
    alone = put(home, "alone.yaml", "capabilities: {allow: [skill_count]}")
    both = put(home, "both.yaml", "capabilities: {allow: [skill_count, json_query]}")

    assert (use(*CALL, alone)[0], use(*CALL, both)[0]) == (4, 0)


def test_an_agent_hands_on_no_more_than_it_has_and_not_for_ever(use: Use, home: CompositionHome) -> None:
    """The second file is that of an agent which the first one started."""
    wide = put(home, "wide.yaml", 'capabilities: {allow: ["*"], depth: 1}')
    own = put(home, "own.yaml", "capabilities: {allow: [skill_count, json_query], depth: 1}")
    last = put(home, "last.yaml", "capabilities: {allow: [skill_count, json_query], depth: 0}")

    assert use(*CALL, own, "--blueprint", wide)[0] == 0
    narrow = ("tools", "call", "list_dir", "--json", "--blueprint", own, "--blueprint", wide)
    assert use(*narrow)[0] == 4
    assert use(*CALL, last)[0] == 0
    assert use(*CALL, last, "--blueprint", wide)[0] == 4


@pytest.mark.parametrize(
    "text", ["", "capabilities: {allow: skill_count}", "capabilities: {allow: [], grant: [bash]}", "a: [", "- x"]
)
def test_a_file_that_is_no_blueprint_lets_nothing_be_called(use: Use, home: CompositionHome, text: str) -> None:
    """What cannot be understood must not be taken for no bound at all; the twin can be."""
    code, printed = use(*CALL, put(home, "bad.yaml", text))

    assert (code, json.loads(printed)["error"]["code"]) == (65, BlueprintInvalid.code)
    assert use(*CALL, "absent.yaml")[0] == 65
    assert use(*CALL, put(home, "good.yaml", FORMS["a.yaml"]))[0] == 0


def test_python_bounds_a_call_too(use: Use, home: CompositionHome) -> None:
    """An agent of one's own starts sub-agents as well."""
    folder = home.root / ".claude" / "skills"
    runtime = SkillRuntime([folder], project=home.project, data_dir=home.root / "data")
    arguments: JsonObject = {"value": {"a": 1}}
    denied = runtime.call_tool("skill_count", arguments, allowed=["skill_count"])
    done = runtime.call_tool("skill_count", arguments, allowed=["skill_count", "json_query"])
    runtime.close()

    assert (denied.status, done.status) == ("denied", "ok")
