"""`policy` and `audit` as other programs use them: JSON, exit codes, a consent from question to use."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases import policies
from skillstrata.app.wiring import App, open_app
from skillstrata.policy.grants import wish
from skillstrata.policy.questions import question_of
from skillstrata.records.approvals import Approval
from skillstrata.records.audits import AuditEntry
from skillstrata.records.json_values import Json
from skillstrata.records.policies import Verdict
from skillstrata.records.tool_calls import Caller, ToolCall
from skillstrata.surfaces.cli.main import main
from tests.policy_calls import BASH, GRAMMAR, decided

Use = Callable[..., tuple[int, Any]]
FORBIDS = """
[[rule]]
id = "no-removal"
tool = "bash"
decision = "deny"
command = ["rm", "-rf"]
match = [{ args = { script = "sudo rm -fr x" } }]

[[rule]]
id = "status"
tool = "bash"
decision = "allow"
command = ["git", "status"]
"""


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    """Open an App in a home folder of its own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SKILLSTRATA_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    environ = {"HOME": str(tmp_path), "SKILLSTRATA_DATA_DIR": str(tmp_path / "data")}
    return open_app(load_settings(data_dir=None, config=None, environ=environ))


@pytest.fixture
def use(app: App, capsys: pytest.CaptureFixture[str]) -> Use:
    """Run a verb with --json."""

    def run(*words: str) -> tuple[int, Json]:
        capsys.readouterr()
        code = main([*words, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


def _policy(app: App, text: str = FORBIDS) -> None:
    app.data_dir.mkdir(parents=True, exist_ok=True)
    (app.data_dir / "policy.toml").write_text(text, encoding="utf-8")


def _asked(app: App) -> str:
    decision = decided(BASH, {"script": "ls"})
    from_call = replace(_call(), arguments={"script": "ls"})
    return app.grant_store.ask(wish(question_of(BASH, from_call, GRAMMAR), decision, app.clock.now_s())).id


def _call() -> ToolCall:
    return ToolCall(BASH.path, {}, Caller("cli", "/home/ann"))


def test_check_says_the_verdict_with_its_rule_and_layer(app: App, use: Use) -> None:
    """The contract's object; exit 4 for whatever would not be called at once."""
    _policy(app)
    code, denied = use("policy", "check", "bash", "--args", '{"script": "sudo rm -r -f x"}')
    allowed = use("policy", "check", "bash", "--args", '{"script": "git status"}')
    asked = use("policy", "check", "bash", "--args", '{"script": "ls"}')

    assert (code, denied["decision"], denied["rule"], denied["layer"]) == (4, "deny", "no-removal", "user")
    assert set(denied) >= {"decision", "approval", "rule", "layer", "why"}
    assert (allowed[0], allowed[1]["decision"]) == (0, "allow")
    assert (asked[0], asked[1]["decision"], asked[1]["approval"]) == (4, "ask", "exec_escalation")


def test_check_of_an_unknown_tool_is_the_strictest(use: Use) -> None:
    """Fail closed."""
    code, found = use("policy", "check", "no_such_tool")

    assert (code, found["decision"], found["approval"]) == (4, "deny", "exec_escalation")


def test_arguments_that_are_no_object_are_a_usage_error(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    """Said before anything is looked up."""
    for text in ("[", "[]", "3"):
        assert main(["policy", "check", "bash", "--args", text]) == 2
    assert "JSON" in capsys.readouterr().err


def test_a_wrong_policy_stops_everything_and_names_file_and_line(app: App, use: Use) -> None:
    """Nothing is allowed until it is mended."""
    _policy(app, '[[rule]]\nid = "x"\ntool = "read_flie"\ndecision = "deny"\n')
    code, found = use("policy", "check", "read_file")

    assert (code, found["error"]["code"]) == (65, "policy.invalid")
    assert f"{app.data_dir / 'policy.toml'}:1: " in found["error"]["message"]
    _policy(app)
    assert use("policy", "check", "read_file", "--args", '{"path": "a"}')[1]["decision"] != "deny"


def test_show_gives_every_layer_and_rule(app: App, use: Use) -> None:
    """What holds here, in one look; the project's layer is believed only where somebody vouched for it."""
    assert use("policy", "show")[0] == 3
    _policy(app)
    folder = Path.cwd() / ".skillstrata"
    folder.mkdir()
    (folder / "policy.toml").write_text('default_allow = ["file_write"]\n', encoding="utf-8")
    code, found = use("policy", "show")

    assert (code, [(one["layer"], one["trusted"]) for one in found["layers"]]) == (
        0,
        [("user", True), ("project", False)],
    )
    assert [rule["id"] for rule in found["layers"][0]["rules"]] == ["no-removal", "status"]
    assert any("nobody vouched" in warning for warning in found["warnings"])
    trusted = use("policy", "show", "--skills-trust-project")[1]
    assert [one["trusted"] for one in trusted["layers"]] == [True, True]


def test_show_tells_the_limits_of_a_skill(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    """A limit that nobody can read back is one that nobody knows to hold; a skill without any has no such line."""
    app.data_dir.mkdir(parents=True, exist_ok=True)
    (app.data_dir / "policy.toml").write_text(
        '[skill_permissions.plain]\nallowed_tools = ["file_read"]\n[skill_permissions.bounded]\n'
        'resource_limits = { max_cpu_time = "30s", max_memory = "512MB", max_disk_io = "1MB" }\n',
        encoding="utf-8",
    )
    assert main(["policy", "show"]) == 0
    said = capsys.readouterr().out

    assert said.count("at most") == 1
    assert re.search(r"at most 30 ?s of CPU, [\d,]+ bytes of memory, [\d,]+ bytes on disk", said)


def test_a_consent_is_asked_given_and_written_down(app: App, use: Use) -> None:
    """From the question to the audit log, by the command line alone."""
    name = _asked(app)
    [waiting] = use("policy", "grants", "--pending")[1]
    code, given = use("policy", "approve", name, "--uses", "2", "--hours", "8")
    [line] = use("audit", "log", "--what", "grant")[1]

    assert (waiting["id"], waiting["state"]) == (name, "pending")
    assert '"script": "ls"' in waiting["shown"]
    assert (code, given["state"], given["uses"]) == (0, "approved", 2)
    assert (line["status"], line["path"]) == ("approved", BASH.path)
    assert use("policy", "grants", "--pending") == (3, [])


def test_a_no_is_an_answer_and_a_second_answer_is_refused(app: App, use: Use) -> None:
    """Denied is a state like any other."""
    name = _asked(app)

    assert use("policy", "deny", name)[1]["state"] == "denied"
    code, found = use("policy", "deny", name)
    assert (code, found["error"]["code"]) == (4, "policy.grant_not_pending")
    code, found = use("policy", "approve", "g404")
    assert (code, found["error"]["code"]) == (3, "policy.grant_unknown")


def test_a_consent_does_not_last_longer_than_it_may(app: App) -> None:
    """Thirty days and a thousand uses, whatever is asked."""
    given = policies.answer(app, _asked(app), approved=True, by="ann", uses=10**9, for_s=10**9)

    assert given.uses == 1_000
    assert given.until_s <= app.clock.now_s() + 30 * 86_400


def test_the_log_is_printed_and_verified(app: App, use: Use) -> None:
    """Exit 65 and the number of the line where somebody changed it."""
    assert use("audit", "log") == (3, [])
    assert use("audit", "verify")[1] == {"ok": True, "records": 0, "broken_at": None, "why": ""}
    for number in range(3):
        app.audit_log.append(AuditEntry("intent", path=f"native/{number}", skill="user/a", approval=Approval.NONE.word))
    assert use("audit", "verify")[0] == 0
    assert [line["number"] for line in use("audit", "log", "--most", "2")[1]] == [2, 3]
    assert len(use("audit", "log", "--skill", "user/b")[1]) == 0
    [file] = (app.data_dir / "audit").glob("*.jsonl")
    file.write_bytes(file.read_bytes().replace(b"native/1", b"native/7"))
    code, found = use("audit", "verify")

    assert (code, found["ok"], found["broken_at"]) == (65, False, 2)


def test_plain_output_says_the_same(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    """For people."""
    _policy(app)
    name = _asked(app)
    for words in (["policy", "check", "bash"], ["policy", "show"], ["policy", "grants"], ["policy", "approve", name]):
        main(words)
    assert main(["audit", "log"]) == main(["audit", "verify"]) == 0
    said = capsys.readouterr().out

    for text in ("no-removal", "exec_escalation", f"{name} is approved until", "1 records, each as it was written."):
        assert text in said
    assert Verdict.ASK.word in said
