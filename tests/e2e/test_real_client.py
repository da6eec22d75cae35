"""Does the whole loop work with a real agent: it works, we distil, it finds the tool over MCP and calls it?"""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demo.scenes import html_to_markdown
from tests.e2e.claude_client import ClientRun, run_client
from tests.e2e.scripted_model import Call, Say, ScriptedModel, Step, ToolResult, tool_results

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).with_name("skillstrata")
UNSEEN = ROOT / "demo" / "unseen" / "orchard.html"
FIND = "Find something for docs/orchard.html"
# What the user had before us: a key, and a hook of their own on an event that we use as well.
FOREIGN_SETTINGS = b"""{
    "cleanupPeriodDays": 20,
    "hooks": {"PostToolUse": [{"matcher": "Write", "hooks": [{"type": "command", "command": "true"}]}]}
}
"""
Json = Any


@dataclass(frozen=True, slots=True)
class Story:
    """What was there to see after each chapter."""

    installed: Json
    first: ClientRun
    hook_events: Counter[str]
    distilled: Json
    shelf_of_tools: Json
    first_request: str
    second: ClientRun
    second_faults: list[Exception]
    shown_to_model: list[ToolResult]
    called: Json
    out_dir: Path
    tools_after: Json
    redistilled: Json
    status: Json
    settings_during: Json
    settings_after: bytes
    mcp_file_after: bool


class Machine:
    """One user's machine: a home, a project, a data directory, and the program run as the user would."""

    def __init__(self, root: Path) -> None:
        self.root, self.home, self.project, self.data_dir = (
            root,
            root / "home",
            root / "project",
            root / "data",
        )
        self.home.mkdir()

    def strata(self, *words: str) -> Json:
        """Run a verb with --json in the project; any failure shows the program's own words."""
        done = subprocess.run(
            [str(PROGRAM), "--data-dir", str(self.data_dir), *words, "--json"],
            cwd=self.project,
            env={"HOME": str(self.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, f"skillstrata {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)

    def session(self, claude: Path, prompt: str, steps: Sequence[Step]) -> tuple[ClientRun, ScriptedModel]:
        """Let the client work on one prompt."""
        with ScriptedModel({prompt: steps}) as model:
            run = run_client(claude, prompt, project=self.project, home=self.home, api_url=model.url)
        return run, model

    def spooled(self) -> Counter[str]:
        """Count the hook's files by event."""
        files = (self.data_dir / "spool" / "new").iterdir()
        return Counter(json.loads(path.read_bytes())["hook_event_name"] for path in files)


def _use_what_is_found(document: Path, out_dir: Path) -> list[Step]:
    """The second session: everything it knows of the tool comes from what the server told it."""

    def describe(seen: Sequence[ToolResult]) -> list[Say | Call]:
        name = json.loads(seen[-1].text)["results"][0]["name"]
        return [Call("mcp__skillstrata__skills_describe", {"name": name})]

    def call(seen: Sequence[ToolResult]) -> list[Say | Call]:
        described = json.loads(seen[-1].text)
        parameter = next(param["name"] for param in described["inputs"] if param["kind"] == "file")
        arguments = {"name": described["name"], "arguments": {parameter: str(document)}, "out_dir": str(out_dir)}
        return [Call("mcp__skillstrata__skills_call", arguments)]

    return [
        [Call("mcp__skillstrata__skills_search", {"query": "convert an HTML page to Markdown"})],
        describe,
        call,
        [Say("The page is converted.")],
    ]


def _as_object(shown: list[ToolResult]) -> Json:
    """Read the last result; where it is no JSON, its words are what a test then shows."""
    try:
        return json.loads(shown[-1].text)
    except (IndexError, ValueError):
        return {"status": f"not an object: {shown[-1:]}", "outputs": []}


@pytest.fixture(scope="module")
def story(claude: Path, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Play it once: init, session 1, distill, session 2, distill again, uninstall."""
    machine = Machine(tmp_path_factory.mktemp("machine"))
    scene = html_to_markdown(machine.project)
    shutil.copytree(scene.project, machine.project)
    settings = machine.project / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_bytes(FOREIGN_SETTINGS)

    installed = machine.strata("init", "--scope", "project")
    settings_during = json.loads(settings.read_bytes())
    first, _ = machine.session(claude, scene.prompt, scene.steps)
    hook_events = machine.spooled()
    distilled = machine.strata("distill", "--once")
    tools = machine.strata("ls")
    assert tools, f"no tool came of the first session: {distilled}"

    document = machine.project / "docs" / UNSEEN.name
    shutil.copy(UNSEEN, document)
    out_dir = machine.project / "out"
    # A second way in, without us: the folder as it lies in the library, among the project's own skills.
    shutil.copytree(machine.data_dir / "skills" / tools[0]["name"], settings.parent / "skills" / tools[0]["name"])
    second, model = machine.session(claude, FIND, _use_what_is_found(document, out_dir))
    shown = tool_results(model.requests[-1])

    tools_after = machine.strata("ls")
    redistilled = machine.strata("distill", "--once")
    status = machine.strata("status")
    machine.strata("uninstall", "--scope", "project")
    return Story(
        installed=installed,
        first=first,
        hook_events=hook_events,
        distilled=distilled,
        shelf_of_tools=tools,
        first_request=json.dumps(model.requests[0]),
        second=second,
        second_faults=model.faults,
        shown_to_model=shown,
        called=_as_object(shown),
        out_dir=out_dir,
        tools_after=tools_after,
        redistilled=redistilled,
        status=status,
        settings_during=settings_during,
        settings_after=settings.read_bytes(),
        mcp_file_after=(machine.project / ".mcp.json").exists(),
    )


def test_init_adds_its_hooks_and_keeps_the_users(story: Story) -> None:
    """Our entries come beside what is there, never instead of it."""
    hooks = story.settings_during["hooks"]
    assert {"PostToolUse", "PostToolUseFailure", "UserPromptSubmit", "SessionStart", "SessionEnd"} <= set(hooks)
    assert {"matcher": "Write", "hooks": [{"type": "command", "command": "true"}]} in hooks["PostToolUse"]
    assert story.settings_during["cleanupPeriodDays"] == 20


def test_the_agent_is_not_disturbed_by_the_hook(story: Story) -> None:
    """The client ends well and has nothing to say about a hook."""
    assert (story.first.exit_code, story.first.result.get("is_error")) == (0, False)
    assert story.first.stderr == ""


def test_every_hook_event_of_the_session_arrives(story: Story) -> None:
    """One file per event: Write, Edit and two good shell calls, a failed one, the start of all three, three marks."""
    assert story.hook_events == {
        "SessionStart": 1,
        "UserPromptSubmit": 1,
        "PreToolUse": 3,
        "PostToolUse": 4,
        "PostToolUseFailure": 1,
        "SessionEnd": 1,
    }


def test_the_program_the_agent_wrote_becomes_one_tool(story: Story) -> None:
    """The failing run and its mended twin are one program; looking at the result is no program."""
    states = Counter(candidate["state"] for candidate in story.distilled["candidates"])
    assert states["placed"] == 1
    assert [tool["kind"] for tool in story.shelf_of_tools] == ["distilled"]
    assert (story.distilled["events"]["read"], story.distilled["events"]["quarantined"]) == (11, 0)


def test_the_tools_folder_is_a_skill_to_the_client_itself(story: Story) -> None:
    """A tool is kept as an Agent Skill: copied among the project's skills, the client offers it to the model."""
    tool = story.shelf_of_tools[0]
    assert f"- {tool['name']}: {tool['purpose']}" in story.first_request


def test_the_second_session_finds_and_calls_the_tool_over_mcp(story: Story) -> None:
    """Search, describe, call: what the model sees of each is a result, not an error."""
    assert story.second_faults == [], story.shown_to_model
    assert (story.second.exit_code, story.second.result.get("result")) == (0, "The page is converted.")
    assert [result.is_error for result in story.shown_to_model] == [False, False, False]
    assert story.called["status"] == "ok"


def test_the_call_writes_the_unseen_document_as_markdown(story: Story) -> None:
    """The tool works on the new page, not on the one it was made from."""
    written = Path(story.called["outputs"][0]["path"])
    text = written.read_text(encoding="utf-8")
    assert written.parent == story.out_dir
    assert text.startswith("# Keeping an old orchard\n")
    assert "| January | Cut out dead and crossing wood | 18 |" in text
    assert "Harbour Library" not in text


def test_the_call_counts_as_use_of_the_tool(story: Story) -> None:
    """Quality is what reuse shows: none before the call, one good run after it."""
    before, after = story.shelf_of_tools[0]["quality"], story.tools_after[0]["quality"]
    assert (before["runs"], after["runs"], after["successes"]) == (0, 1, 1)


def test_everything_is_accounted_for_after_both_sessions(story: Story) -> None:
    """Our own MCP calls come back as hook events: they are read, make no tool, and the sums hold."""
    accounting = story.status["accounting"]
    assert accounting["balanced"] is True
    assert accounting["executions"]["placed"] == 1
    assert story.redistilled["events"]["new"] == 6
    assert accounting["events"] == 17


def test_uninstall_gives_back_the_users_files(story: Story) -> None:
    """Byte for byte; the file that only we needed is gone."""
    assert story.settings_after == FOREIGN_SETTINGS
    assert not story.mcp_file_after
