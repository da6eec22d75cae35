"""Compiling and calling at the command line: what other programs rely on."""

import json
from pathlib import Path

import pytest

from skillstrata.surfaces.python_api import SkillRuntime
from tests.composition_home import COUNT, NOTE, SEED, TITLE, CompositionHome, Use, program_in


@pytest.fixture
def home(tmp_path: Path) -> CompositionHome:
    """Make a home with two small skills."""
    made = CompositionHome(tmp_path).make()
    made.put("note", NOTE)
    made.put("count", COUNT)
    return made


@pytest.fixture
def use(home: CompositionHome, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Use:
    """Run the program in this process, in the home's project."""
    return program_in(home, monkeypatch, capsys)


def test_compile_says_what_is_new_what_is_not_and_what_went(use: Use, home: CompositionHome) -> None:
    """The object of the contract; unchanged skills are named, a deleted one's tool goes."""
    first, second = json.loads(use("compile", "--json")[1]), json.loads(use("--json", "compile", "--all")[1])
    (home.root / ".claude" / "skills" / "count" / "SKILL.md").unlink()
    third = json.loads(use("compile", "--json")[1])

    assert {"compiled", "unchanged", "removed", "errors"} <= set(first)
    assert [(one["name"], one["wire_name"], one["approval"]) for one in first["compiled"]] == [
        ("count", "skill_count", "none"),
        ("note", "skill_note", "plan_confirm"),
    ]
    assert (second["compiled"], second["unchanged"]) == ([], ["skill_count", "skill_note"])
    assert third["removed"] == ["skill_count"]


def test_a_fault_has_its_file_line_and_field_and_costs_its_own_skill_only(use: Use, home: CompositionHome) -> None:
    """Exit 65; the other skills are tools all the same."""
    text = NOTE.replace("tool: write_file", "tool: no_such_tool").replace("name: note", "name: bad")
    file = home.put("bad", text)
    code, printed = use("compile", "--json")
    [error] = json.loads(printed)["errors"]

    assert code == 65
    assert (error["file"], error["field"]) == (str(file), "tool_schema.steps[0].tool")
    assert error["line"] > 1
    assert error["hint"]
    assert [one["wire_name"] for one in json.loads(printed)["compiled"]] == ["skill_count", "skill_note"]


def test_one_skill_is_compiled_by_its_path_and_takes_none_away(use: Use, tmp_path: Path) -> None:
    """A skill from elsewhere becomes a tool, and stays one when all are compiled again."""
    elsewhere = tmp_path / "elsewhere" / "tides"
    elsewhere.mkdir(parents=True)
    (elsewhere / "SKILL.md").write_text(NOTE.replace("name: note", "name: tides"), encoding="utf-8")
    use("compile")
    one = json.loads(use("compile", str(elsewhere), "--json")[1])
    everything = json.loads(use("compile", "--json")[1])

    assert [tool["wire_name"] for tool in one["compiled"]] == ["skill_tides"]
    assert one["removed"] == []
    assert everything["unchanged"] == ["skill_count", "skill_note", "skill_tides"]


def test_nothing_to_compile_is_exit_3(use: Use, home: CompositionHome) -> None:
    """And its twin: with skills it is 0."""
    with_skills = use("compile")[0]
    for name in ("note", "count"):
        (home.root / ".claude" / "skills" / name / "SKILL.md").unlink()
    use("compile")

    assert (with_skills, use("compile")[0]) == (0, 3)
    assert use("compile", "status")[0] == 3


def test_a_call_waits_for_leave_with_exit_4_and_goes_on_after_it(use: Use, home: CompositionHome) -> None:
    """The next step stands in the object; the leave is for this call, once."""
    use("compile")
    words = ("tools", "call", "skill_note", "--set", "text=high water", "--json")
    code, printed = use(*words)
    asked = json.loads(printed)
    there_before = (home.project / "note.md").exists()
    given = use("policy", "approve", asked["needs_approval"]["id"])[0]
    done, again = json.loads(use(*words)[1]), use(*words)[0]

    assert (code, asked["status"], there_before, given) == (4, "needs_approval", False, 0)
    assert "high water" in asked["needs_approval"]["shown"]
    assert (done["status"], [step["status"] for step in done["steps"]]) == ("ok", ["done"])
    assert done["run_id"]
    assert again == 4
    assert json.loads(use("tools", "runs", done["run_id"], "--json")[1])["status"] == "done"


def test_a_dry_run_shows_the_plan_and_does_nothing(use: Use, home: CompositionHome) -> None:
    """Approvals, files, arguments; nobody is asked and no run is kept."""
    use("compile")
    code, printed = use("tools", "call", "skill_note", "--set", "text=x", "--dry-run", "--json")
    plan = json.loads(printed)["plan"]

    assert (code, plan["approval"], plan["steps"][0]["files"]) == (0, "plan_confirm", ["note.md"])
    assert not (home.project / "note.md").exists()
    assert use("tools", "runs")[0] == 3
    assert json.loads(use("policy", "grants", "--json")[1]) == []


def test_approve_gives_the_leave_of_whoever_is_at_the_terminal(use: Use, home: CompositionHome) -> None:
    """Said in the audit log with its name."""
    use("compile")
    code = use("tools", "call", "skill_note", "--set", "text=x", "--approve")[0]
    audit = use("audit", "log", "--json")[1]

    assert code == 0
    assert (home.project / "note.md").read_text(encoding="utf-8") == "x"
    assert "cli: --approve" in audit
    assert use("audit", "verify")[0] == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("tools", "call", "no_such_tool"), 3),
        (("tools", "show", "no_such_tool"), 3),
        (("tools", "call", "--resume", "0" * 32), 3),
        (("tools", "runs", "0" * 32), 3),
        (("compile", "remove", "skill_none"), 3),
        (("tools", "call"), 2),
        (("tools", "call", "json_query", "--args", "[]"), 2),
        (("tools", "call", "json_query", "--set", "query"), 2),
        (("tools", "call", "json_query", "--set", "query=a"), 2),
        (("tools", "call", "json_query", "--resume", "x"), 2),
    ],
)
def test_a_refusal_has_its_exit_code(use: Use, words: tuple[str, ...], code: int) -> None:
    """Programs branch on it."""
    assert use(*words)[0] == code


def test_the_list_says_whose_a_tool_is_and_why_it_cannot_be_called(use: Use, home: CompositionHome) -> None:
    """A tool whose server went is stale or not there; the row says so."""
    rows = {row["name"]: row for row in json.loads(use("tools", "list", "--json")[1])}

    assert {"name", "owner", "kind", "approval", "available", "reason"} <= set(rows["bash"])
    assert rows["bash"]["approval"] == "exec_escalation"
    assert rows["mcp:web/web_search"]["owner"] == "mcp:web"
    assert json.loads(use("tools", "list", "--kind", "native", "--json")[1])[0]["kind"] == "native"


def test_a_tool_whose_server_changed_refuses(home: CompositionHome, use: Use) -> None:
    """The example of the docs, when its server is gone: nothing is guessed, and the list says why."""
    home.put_seed()
    use("compile")
    before = json.loads(use("tools", "show", f"skill_{TITLE}", "--json")[1])
    (home.root / ".claude.json").write_text("{}", encoding="utf-8")
    code, printed = use("tools", "call", SEED, "--args", '{"competitors": ["Acme"]}', "--json")

    assert (before["name"], before["available"]) == (SEED, True)
    assert (code, json.loads(printed)["error"]["type"]) == (69, "unavailable")
    assert home.served() == []


def test_python_has_the_same_tools_and_the_same_questions(home: CompositionHome) -> None:
    """An agent of one's own asks its own user."""
    settings = {"skills.watch_interval_s": "0.2"}
    folder = home.root / ".claude" / "skills"
    runtime = SkillRuntime([folder], project=home.project, data_dir=home.root / "data", settings=settings)
    report = runtime.compile()
    names = [node.name for node in runtime.tools() if node.kind == "composed"]
    asked = runtime.call_tool("skill_note", {"text": "by hand"})
    assert asked.approval is not None
    runtime.answer_question(asked.approval.id, approved=True, by="ann")
    done = runtime.call_tool("skill_note", {"text": "by hand"})
    runtime.close()

    assert ([tool.name for tool in report.compiled], names) == (["skill_count", "skill_note"],) * 2
    assert (asked.status, done.status) == ("needs_approval", "ok")
    assert (home.project / "note.md").read_text(encoding="utf-8") == "by hand"
