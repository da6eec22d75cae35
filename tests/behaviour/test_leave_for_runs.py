"""What a yes covers, how a no is taken back, and two calls that are the same at once."""

import json
from pathlib import Path

import pytest

from skillstrata.app.capability_reports import CallWish
from skillstrata.app.use_cases.serving_tools import ServedTools
from skillstrata.records.composed_runs import ComposedRun, RunHead
from skillstrata.records.json_values import JsonObject
from tests.composition_home import COUNT, NOTE, SEED, CompositionHome, Use, program_in

CALL = ("tools", "call", "skill_note", "--set", "text=high water", "--json")
EXAMPLE = ("tools", "call", SEED, "--args", '{"competitors": ["Acme"]}', "--json")


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


def begun(home: CompositionHome, tool: str, arguments: JsonObject) -> tuple[object, ComposedRun]:
    """Begin the run of a call as another process would, and stay at work on it; gives the store that holds it."""
    app = home.app()
    served = ServedTools(app, home.project)
    plan = served.planned(CallWish(tool, arguments, str(home.project))).plan
    served.close()
    assert plan is not None
    now = app.clock.now_s()
    run_id = f"{plan.digest[:12]}{'0' * 20}"
    head = RunHead(
        run_id, tool, plan.definition, plan.digest, plan.arguments, plan.cwd, now, now + 900.0, plan.policy, "cli"
    )
    app.run_store.begin(head)
    return app.run_store, ComposedRun(head, "running")


def test_a_call_beside_the_same_call_is_a_run_of_its_own(use: Use, home: CompositionHome) -> None:
    """Two windows ask for the same at once; neither is told to wait. Twin: one whose process has ended goes on."""
    use("compile")
    words = ("tools", "call", "skill_count", "--args", '{"value": {"a": 1}}', "--json")
    store, run = begun(home, "skill_count", {"value": {"a": 1}})
    beside = use(*words)
    assert beside[0] == 0, beside[1]
    store.finish(run)  # type: ignore[attr-defined]
    after = use(*words)

    assert json.loads(beside[1])["run_id"] != run.head.run_id
    assert (after[0], json.loads(after[1])["run_id"]) == (0, run.head.run_id)


def test_the_leave_of_a_run_at_work_is_not_lent_to_the_call_beside_it(use: Use, home: CompositionHome) -> None:
    """A consent is for one run; the twin has a consent of its own."""
    use("compile")
    store, run = begun(home, "skill_note", {"text": "high water"})
    asked = json.loads(use(*CALL)[1])["needs_approval"]["id"]
    use("policy", "approve", asked)
    first, beside = use(*CALL)[0], use(*CALL)
    use("policy", "approve", json.loads(beside[1])["needs_approval"]["id"])
    twin = use(*CALL)[0]
    store.finish(run)  # type: ignore[attr-defined]

    assert (first, beside[0], twin) == (0, 4, 0)


def test_approve_covers_what_was_laid_out_and_not_what_only_the_run_could_tell(
    use: Use, home: CompositionHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address that a search gave is shown before it is fetched; the twin said yes to all beforehand."""
    monkeypatch.setenv("SKILLSTRATA_COMPOSE_WITHOUT", '["web_fetch", "write_file"]')
    home.put_seed()
    use("compile")
    code, printed = use(*EXAMPLE, "--approve")
    asked = json.loads(printed)
    before = home.served()
    resumed = use("tools", "call", "--resume", asked["run_id"], "--approve", "--json")[0]
    given = use("policy", "approve", asked["needs_approval"]["id"])[0]
    done = use("tools", "call", "--resume", asked["run_id"], "--json")[0]
    every = use(*EXAMPLE, "--approve-all")[0]
    audit = use("audit", "log", "--json")[1]

    assert (code, before) == (4, ["web_search"])
    assert "https://news.example.com/rivals" in asked["needs_approval"]["shown"]
    assert (resumed, given, done) == (4, 0, 0)
    assert every == 0
    assert home.served() == ["web_search", "web_fetch", "write_file"] * 2
    assert "cli: --approve-all" in audit


def test_a_no_says_how_it_is_taken_back_and_a_person_can(use: Use, home: CompositionHome) -> None:
    """A slip of the finger must not cost an hour; the yes stands in the log, and only a yes can follow a no."""
    use("compile")
    asked = json.loads(use(*CALL)[1])["needs_approval"]["id"]
    use("policy", "deny", asked)
    code, printed = use(*CALL)
    denied_again = use("policy", "deny", asked)[0]
    approved = use("policy", "approve", asked, "--json")
    done = use(*CALL)[0]
    audit = use("audit", "log", "--json")[1]

    assert code == 4
    assert json.loads(printed)["error"]["type"] == "denied"
    assert f"skillstrata policy approve {asked}" in json.loads(printed)["error"]["hint"]
    assert (denied_again, approved[0], json.loads(approved[1])["state"]) == (4, 0, "approved")
    assert (done, (home.project / "note.md").exists()) == (0, True)
    assert audit.count(asked) >= 3
    assert use("policy", "approve", asked)[0] == 4
