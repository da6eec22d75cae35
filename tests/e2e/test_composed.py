"""Does a real agent see a composed tool, call it, and get its output once a person gave leave?"""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.composition_home import FIXTURE, SEED, SERVER, TITLE
from tests.e2e.claude_client import ClientRun, clean_environment, run_client
from tests.e2e.scripted_model import Call, Say, ScriptedModel, ToolResult, tool_results

PROGRAM = Path(sys.executable).with_name("skillstrata")
ASKED = "Watch what Acme does"
TOOL = f"mcp__skillstrata__{SEED}"
STATUS = "mcp__skillstrata__skills_codegen_status"
WISH = {"competitors": ["Acme"]}


@pytest.fixture(scope="module")
def talk(claude: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[ClientRun, ScriptedModel, Path]:
    """One session: look what is compiled, call the tool; a person approves, and it is called again."""
    root = tmp_path_factory.mktemp("machine")
    home, project, data_dir, log = root / "home", root / "project", root / "data", root / "served" / "calls.jsonl"
    for folder in (project, data_dir, log.parent, home / ".agents" / "skills" / TITLE):
        folder.mkdir(parents=True)
    skill = home / ".agents" / "skills" / TITLE / "SKILL.md"
    skill.write_text(FIXTURE.read_text(encoding="utf-8"), encoding="utf-8")
    (data_dir / "config.toml").write_text(
        f'[compose]\nwithout = ["web_fetch", "write_file"]\n\n'
        f"[servers.web]\ncommand = {json.dumps(sys.executable)}\nargs = {json.dumps([str(SERVER), str(log)])}\n",
        encoding="utf-8",
    )
    environ = clean_environment(home, "http://127.0.0.1:9")

    def program(*words: str) -> str:
        command = [str(PROGRAM), "--data-dir", str(data_dir), *words]
        return subprocess.run(
            command, cwd=project, env=environ, check=True, capture_output=True, text=True, timeout=120
        ).stdout

    program("init", "--scope", "project")
    program("compile")

    def approved(seen: Sequence[ToolResult]) -> list[Call]:
        found = re.search(r"policy approve (\w+)", seen[-1].text)
        assert found is not None, seen[-1].text
        program("policy", "approve", found[1])
        return [Call(TOOL, WISH)]

    steps = [[Call(STATUS, {})], [Call(TOOL, WISH)], approved, approved, [Say("Acme has news.")]]
    with ScriptedModel({ASKED: steps}) as model:
        run = run_client(claude, ASKED, project=project, home=home, api_url=model.url)
    return run, model, log


def test_the_agent_ends_well_and_the_script_held(talk: tuple[ClientRun, ScriptedModel, Path]) -> None:
    """Nothing below means anything without that."""
    run, model, _ = talk

    assert model.faults == []
    assert (run.exit_code, run.result.get("result")) == (0, "Acme has news.")


def test_the_model_is_offered_the_tool_and_the_verbs_that_make_some(
    talk: tuple[ClientRun, ScriptedModel, Path],
) -> None:
    """Under its wire name; a dot in a name is an underscore to this client."""
    _, model, _ = talk
    tools = {tool["name"]: tool for request in model.requests for tool in request.get("tools", [])}

    assert {TOOL, STATUS} <= set(tools)
    assert tools[TOOL]["input_schema"]["required"] == ["competitors"]


def test_it_runs_once_with_leave_and_gives_its_output(talk: tuple[ClientRun, ScriptedModel, Path]) -> None:
    """Twice asked: for the plan, and for the address that came from outside; each step was made once."""
    _, model, log = talk
    shown = max((tool_results(request) for request in model.requests), key=len)
    status, first, second, done = shown

    assert SEED in status.text
    assert (first.is_error, second.is_error, done.is_error) == (True, True, False)
    assert "Acme" in first.text
    assert "https://news.example.com/rivals" in second.text
    assert "findings_count" in done.text
    assert [json.loads(line)["tool"] for line in log.read_text(encoding="utf-8").splitlines()] == [
        *("web_search", "web_fetch", "write_file")
    ]
