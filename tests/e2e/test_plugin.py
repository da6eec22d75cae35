"""Does the real client take the plugin, see each event once, also beside our settings hooks, and find the tool?"""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demo.scenes import html_to_markdown
from tests.e2e.claude_client import ClientRun, clean_environment, run_client
from tests.e2e.scripted_model import Call, Say, ScriptedModel, Step, ToolResult, tool_results

PROGRAM = Path(sys.executable).with_name("skillstrata")
UNSEEN = Path(__file__).parents[2] / "demo" / "unseen" / "orchard.html"
TALLY = "Tally the rows of the stock list"
AGAIN = "Count the lines once more"
FIND = "Find something for docs/orchard.html"
SERVER = "mcp__plugin_skillstrata_skillstrata__"
_SKILL = """---
name: noting
description: Notes every shell call in a file of the project.
hooks:
  PostToolUse:
    - matcher: "Bash"
      hooks:
        - type: command
          command: "echo seen >> \\"$CLAUDE_PROJECT_DIR/noted.txt\\""
---
From now on every shell call is noted.
"""
_TALLY_PROGRAM = "import csv\nprint(sum(1 for _ in csv.reader(open('stock.csv', encoding='utf-8'))))\n"
Json = Any


@dataclass(frozen=True, slots=True)
class Story:
    """What was there to see after each chapter."""

    first: ClientRun
    first_faults: list[Exception]
    payloads: list[Json]
    noted: str
    data_mode: int
    doubled: list[Json]
    both: ClientRun
    distilled: Json
    tools: Json
    third: ClientRun
    third_faults: list[Exception]
    offered: set[str]
    shown: list[ToolResult]
    after: Json
    candidates: Json


class Machine:
    """A user's machine with the plugin and nothing else of ours."""

    def __init__(self, root: Path) -> None:
        self.home, self.project, self.data_dir, self.plugin = (
            root / "home",
            root / "project",
            root / "my data",
            root / "plugin",
        )
        self.home.mkdir()

    def strata(self, *words: str) -> Json:
        done = subprocess.run(
            [str(PROGRAM), "--data-dir", str(self.data_dir), *words, "--json"],
            cwd=self.home,
            env={"HOME": str(self.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, f"skillstrata {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)

    def session(
        self, claude: Path, prompt: str, scripts: Mapping[str, Sequence[Step]]
    ) -> tuple[ClientRun, ScriptedModel]:
        with ScriptedModel(scripts) as model:
            run = run_client(
                claude,
                prompt,
                project=self.project,
                home=self.home,
                api_url=model.url,
                plugin=(self.plugin, self.data_dir),
            )
        return run, model

    def spooled(self) -> list[Json]:
        files = sorted((self.data_dir / "spool" / "new").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return [json.loads(path.read_bytes()) for path in files]


def _found_and_called(document: Path, out_dir: Path) -> list[Step]:
    def describe(seen: Sequence[ToolResult]) -> list[Say | Call]:
        return [Call(f"{SERVER}skills_describe", {"name": json.loads(seen[-1].text)["results"][0]["name"]})]

    def call(seen: Sequence[ToolResult]) -> list[Say | Call]:
        described = json.loads(seen[-1].text)
        parameter = next(param["name"] for param in described["inputs"] if param["kind"] == "file")
        arguments = {"name": described["name"], "arguments": {parameter: str(document)}, "out_dir": str(out_dir)}
        return [Call(f"{SERVER}skills_call", arguments)]

    query = {"query": "convert an HTML page to Markdown"}
    look = {"command": f"{PROGRAM} status", "description": "Look at the library"}
    # The look first: the client waits for a server for a few seconds only, and a busy machine may need more.
    return [[Call("Bash", look)], [Call(f"{SERVER}skills_search", query)], describe, call, [Say("Converted.")]]


def _work(project: Path, prompt: str, steps: Sequence[Step]) -> dict[str, Sequence[Step]]:
    """A session that works, takes up a skill with a hook of its own, and hands a part to a subagent."""
    tally = [
        [Call("Write", {"file_path": f"{project}/tally.py", "content": _TALLY_PROGRAM})],
        [Call("Bash", {"command": "python3 tally.py", "description": "Count"})],
        [Say("Three rows.")],
    ]
    more: list[Step] = [
        [Call("Skill", {"skill": "noting"})],
        [Call("Bash", {"command": "wc -l docs/quarterly.md", "description": "Count lines"})],
        [Call("Agent", {"description": "Tally", "prompt": TALLY, "subagent_type": "general-purpose"})],
        [Say("All done.")],
    ]
    return {TALLY: tally, prompt: [*steps[:-1], *more]}


@pytest.fixture(scope="module")
def story(claude: Path, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Play it once: build, session with the plugin, one with settings hooks too, distill, one that finds the tool."""
    machine = Machine(tmp_path_factory.mktemp("machine"))
    scene = html_to_markdown(machine.project)
    shutil.copytree(scene.project, machine.project)
    skill = machine.project / ".claude" / "skills" / "noting" / "SKILL.md"
    skill.parent.mkdir(parents=True)
    skill.write_text(_SKILL, encoding="utf-8")
    (machine.project / "stock.csv").write_text("a,1\nb,2\nc,3\n", encoding="utf-8")
    machine.strata("plugin", "build", "--to", str(machine.plugin), "--program", str(PROGRAM))

    first, model = machine.session(claude, scene.prompt, _work(machine.project, scene.prompt, scene.steps))
    payloads, mode = machine.spooled(), machine.data_dir.stat().st_mode & 0o777
    noted = (machine.project / "noted.txt").read_text(encoding="utf-8")

    shutil.copytree(machine.data_dir, machine.data_dir.with_name("kept"))
    subprocess.run(
        [str(PROGRAM), "--data-dir", str(machine.data_dir), "init", "--scope", "project"],
        cwd=machine.project,
        env={"HOME": str(machine.home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        timeout=60,
    )
    again = {AGAIN: [[Call("Bash", {"command": "wc -l stock.csv", "description": "Count"})], [Say("Three.")]]}
    before = len(payloads)
    both, _ = machine.session(claude, AGAIN, again)
    doubled = machine.spooled()[before:]
    distilled = machine.strata("distill", "--once")
    (machine.project / ".mcp.json").unlink()
    shutil.rmtree(machine.project / ".claude")

    document = machine.project / "docs" / UNSEEN.name
    shutil.copy(UNSEEN, document)
    found = _found_and_called(document, machine.project / "out")
    third, model3 = machine.session(claude, FIND, {FIND: found})
    tools = machine.strata("ls")
    after = machine.strata("distill", "--once")
    return Story(
        first=first,
        first_faults=model.faults,
        payloads=payloads,
        noted=noted,
        data_mode=mode,
        doubled=doubled,
        both=both,
        distilled=distilled,
        tools=tools,
        third=third,
        third_faults=model3.faults,
        offered={tool["name"] for request in model3.requests for tool in request.get("tools", [])},
        shown=tool_results(model3.requests[-1]),
        after=after,
        candidates=machine.strata("candidates"),
    )


@pytest.mark.parametrize("form", [(), ("--marketplace",)], ids=["plugin", "marketplace"])
def test_the_client_finds_nothing_to_say_against_the_plugin(
    claude: Path, tmp_path: Path, form: tuple[str, ...]
) -> None:
    """Strict: a warning counts as an error. A spoilt manifest shows that the client does look."""
    folder = tmp_path / "plugin"
    Machine.strata(_at(tmp_path), "plugin", "build", "--to", str(folder), *form)

    for part in (folder, folder / ".claude-plugin" / "plugin.json"):
        done = _client(claude, tmp_path, "plugin", "validate", "--strict", str(part))
        assert done.returncode == 0, done.stdout + done.stderr
    (folder / ".claude-plugin" / "plugin.json").write_text('{"name": "skillstrata", "version": 3}', encoding="utf-8")
    spoilt = _client(claude, tmp_path, "plugin", "validate", "--strict", str(folder / ".claude-plugin" / "plugin.json"))
    assert spoilt.returncode != 0


def test_the_client_installs_the_plugin_from_the_folder_as_a_marketplace(claude: Path, tmp_path: Path) -> None:
    """The entry beside the manifest is what `plugin marketplace add` reads."""
    folder = tmp_path / "plugin"
    _at(tmp_path).strata("plugin", "build", "--to", str(folder), "--marketplace")

    for words in (("marketplace", "add", str(folder)), ("install", "skillstrata@skillstrata")):
        done = _client(claude, tmp_path, "plugin", *words)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "skillstrata@skillstrata" in _client(claude, tmp_path, "plugin", "list").stdout


def test_every_event_of_the_session_is_there_exactly_once(story: Story) -> None:
    """Main conversation, subagent, and calls after a skill with a hook of its own; the data directory did not exist."""
    assert (story.first.exit_code, story.first.stderr, story.first_faults) == (0, "", [])
    ids = Counter((one["hook_event_name"], one["tool_use_id"]) for one in story.payloads if "tool_use_id" in one)
    assert set(ids.values()) == {1}
    tools = Counter(one["tool_name"] for one in story.payloads if one["hook_event_name"].startswith("PostToolUse"))
    assert tools == {"Write": 2, "Edit": 1, "Bash": 5, "Skill": 1, "Agent": 1}
    marks = Counter(one["hook_event_name"] for one in story.payloads if "tool_use_id" not in one)
    assert (marks["SessionStart"], marks["SessionEnd"]) == (1, 1)
    assert story.data_mode == 0o700


def test_the_subagents_calls_carry_its_id(story: Story) -> None:
    """The one sign by which a reader knows whose call it was."""
    inside = {one["tool_name"] for one in story.payloads if one.get("agent_id") and "tool_response" in one}
    assert inside == {"Write", "Bash"}


def test_a_skills_own_hook_runs_beside_ours(story: Story) -> None:
    """Levels merge: the skill's hook saw the shell calls after it was taken up, and so did we."""
    assert "seen" in story.noted


def test_beside_our_settings_hooks_each_event_counts_once(story: Story) -> None:
    """Both hand over what they see; reading tells the copies apart from two events."""
    assert (story.both.exit_code, story.both.stderr) == (0, "")
    copies = Counter((one["hook_event_name"], one.get("tool_use_id", "")) for one in story.doubled)
    assert {count for (name, _), count in copies.items() if name.startswith("PostToolUse")} == {2}
    assert story.distilled["events"]["quarantined"] == 0
    assert story.distilled["events"]["duplicate"] == len(story.doubled) // 2
    assert story.distilled["events"]["new"] == len(story.payloads) + len(story.doubled) // 2


def test_the_plugins_server_offers_the_tool_and_the_agent_calls_it(story: Story) -> None:
    """Search, describe, call by the names that the client gives a plugin's server."""
    assert {f"{SERVER}{name}" for name in ("skills_search", "skills_describe", "skills_call")} <= story.offered
    assert (story.third.exit_code, story.third_faults) == (0, [])
    assert [result.is_error for result in story.shown] == [False, False, False, False], story.shown
    assert json.loads(story.shown[3].text)["status"] == "ok"
    assert [tool["quality"]["runs"] for tool in story.tools if tool["name"] == "html-to-markdown"] == [1]


def test_our_own_calls_make_no_candidate(story: Story) -> None:
    """A library that learns from its own calls fills up with itself."""
    assert story.after["events"]["new"] > 0
    assert story.after["candidates"] == []
    states = Counter(one["state"] for one in story.candidates)
    assert states["placed"] >= 1
    assert story.after["accounting"]["balanced"] is True


def _at(root: Path) -> Machine:
    machine = Machine.__new__(Machine)
    machine.home, machine.data_dir = root / "home", root / "data"
    machine.home.mkdir(exist_ok=True)
    return machine


def _client(claude: Path, root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(claude), *words],
        cwd=root,
        env=clean_environment(root / "home", "http://127.0.0.1:9"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
