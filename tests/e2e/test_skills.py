"""Does a real agent get skills from our server: does it see the tool, and is a skill's text what the model is shown?"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.e2e.claude_client import ClientRun, clean_environment, run_client
from tests.e2e.scripted_model import Call, Say, ScriptedModel, ToolResult, tool_results
from tests.skill_sources import page

PROGRAM = Path(sys.executable).with_name("skillstrata")
ASKED = "Say when the water is high in Norrvik"


@pytest.fixture(scope="module")
def talk(claude: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[ClientRun, ScriptedModel]:
    """One session: search for a skill, call it, read its file, try to read out of it."""
    root = tmp_path_factory.mktemp("machine")
    home, project, data_dir = root / "home", root / "project", root / "data"
    project.mkdir()
    # A place that the client itself does not look in: what it knows of the skill it has from the server.
    folder = home / ".agents" / "skills" / "tides"
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text(
        page("Computes the tides of a port.", body="Look at the moon over $ARGUMENTS, then at table.md.\n"),
        encoding="utf-8",
    )
    (folder / "table.md").write_text("High water at six.\n", encoding="utf-8")
    subprocess.run(
        [str(PROGRAM), "--data-dir", str(data_dir), "init", "--scope", "project"],
        cwd=project,
        env=clean_environment(home, "http://127.0.0.1:9"),
        check=True,
        capture_output=True,
        timeout=120,
    )

    def name_of(seen: Sequence[ToolResult]) -> str:
        return json.loads(seen[-1].text)["results"][0]["name"]

    steps = [
        [Call("mcp__skillstrata__skills_search", {"query": "compute the tides of a port", "kind": "skill"})],
        lambda seen: [Call("mcp__skillstrata__Skill", {"skill": name_of(seen), "args": "Norrvik"})],
        [Call("mcp__skillstrata__skills_read", {"name": "tides", "path": "table.md"})],
        [Call("mcp__skillstrata__skills_read", {"name": "tides", "path": "../../../../project/.mcp.json"})],
        [Say("High water is at six.")],
    ]
    with ScriptedModel({ASKED: steps}) as model:
        run = run_client(claude, ASKED, project=project, home=home, api_url=model.url)
    return run, model


def _shown(model: ScriptedModel) -> list[ToolResult]:
    return max((tool_results(request) for request in model.requests), key=len)


def test_the_agent_ends_well_and_the_script_held(talk: tuple[ClientRun, ScriptedModel]) -> None:
    """Nothing below means anything without that."""
    run, model = talk

    assert model.faults == []
    assert (run.exit_code, run.result.get("result")) == (0, "High water is at six.")


def test_the_model_is_offered_the_tool_with_the_listing(talk: tuple[ClientRun, ScriptedModel]) -> None:
    """Level one: the description of the tool names the skill."""
    _, model = talk
    tools = {tool["name"]: tool for request in model.requests for tool in request.get("tools", [])}

    assert "mcp__skillstrata__Skill" in tools
    assert "Computes the tides of a port." in tools["mcp__skillstrata__Skill"]["description"]


def test_the_model_is_shown_the_skills_text_and_its_file(talk: tuple[ClientRun, ScriptedModel]) -> None:
    """Level two: the body with its arguments, then a file; out of the folder there is nothing."""
    _, model = talk
    found, body, table, outside = _shown(model)

    assert not found.is_error
    assert "Look at the moon over Norrvik" in body.text
    assert "High water at six." in table.text
    assert outside.is_error
    assert "mcpServers" not in outside.text
