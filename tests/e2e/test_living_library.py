"""Does reuse by a real agent make a tool one of the agent's own, offered to the model by its name?"""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demo.scenes import html_to_markdown
from tests.e2e.claude_client import ClientRun, run_client
from tests.e2e.scripted_model import Answer, Call, Say, ScriptedModel, Step, ToolResult, tool_results

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).with_name("skillstrata")
UNSEEN = ROOT / "demo" / "unseen" / "orchard.html"
ASKED = "Give me docs/orchard.html as Markdown"
SERVER = "mcp__skillstrata__"
# What the client says of a tool whose server a busy machine has not started yet.
NOT_THERE = "No such tool available"
MOST_TURNS = 20
PAUSE = Call("Bash", {"command": "sleep 1", "description": "Wait a moment"})
Json = Any


@dataclass(frozen=True, slots=True)
class Session:
    """One session: what the model was offered in each request since the server stood, and what its calls gave."""

    run: ClientRun
    faults: list[Exception]
    offered: list[dict[str, Json]]
    results: list[ToolResult]


@dataclass(frozen=True, slots=True)
class Story:
    """The tool's name, and the sessions: two reuses, the third one, its own name, and one after a person hid it."""

    tool: str
    reused: Session
    proven: Session
    by_name: Session
    hidden: Session
    usage: Json


class Machine:
    """A user's machine with our server and hooks in the project's settings."""

    def __init__(self, root: Path) -> None:
        self.home, self.project, self.data_dir = root / "home", root / "project", root / "data"
        self.home.mkdir()

    def strata(self, *words: str) -> Json:
        done = subprocess.run(
            [str(PROGRAM), "--data-dir", str(self.data_dir), *words, "--json"],
            cwd=self.project,
            env={"HOME": str(self.home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, f"skillstrata {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)

    def session(self, claude: Path, prompt: str, steps: Sequence[Answer]) -> Session:
        with ScriptedModel({prompt: _patient(steps)}) as model:
            run = run_client(claude, prompt, project=self.project, home=self.home, api_url=model.url)
        offered = [{tool["name"]: tool for tool in request.get("tools") or ()} for request in model.requests]
        results: list[ToolResult] = max(map(tool_results, model.requests), key=len, default=[])
        waits = {n for n, one in enumerate(results) if NOT_THERE in one.text}
        waits |= {n + 1 for n in waits}
        return Session(
            run,
            model.faults,
            [tools for tools in offered if f"{SERVER}skills_call" in tools],
            [one for n, one in enumerate(results) if n not in waits],
        )


def _patient(steps: Sequence[Answer]) -> list[Step]:
    """Give a script that says its steps in order, and waits where the server is not there yet."""
    todo: list[Answer] = list(steps)
    last: list[Answer] = []

    def say(seen: Sequence[ToolResult]) -> Answer:
        if seen and NOT_THERE in seen[-1].text:
            todo.insert(0, last[-1])
            return [PAUSE]
        last.append(todo.pop(0))
        return last[-1]

    return [say] * MOST_TURNS


@pytest.fixture(scope="module")
def story(claude: Path, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Work once and distil; then reuse what came of it in three sessions, and hide it before the fourth."""
    machine = Machine(tmp_path_factory.mktemp("machine"))
    scene = html_to_markdown(machine.project)
    shutil.copytree(scene.project, machine.project)
    machine.strata("init", "--scope", "project")
    with ScriptedModel({scene.prompt: scene.steps}) as model:
        run_client(claude, scene.prompt, project=machine.project, home=machine.home, api_url=model.url)
    machine.strata("distill", "--once")
    [tool] = [row["name"] for row in machine.strata("ls")]
    shutil.copy(UNSEEN, machine.project / "docs" / UNSEEN.name)
    given = {"input": f"docs/{UNSEEN.name}"}
    by_call = Call(f"{SERVER}skills_call", {"name": tool, "arguments": given})
    own = Call(f"{SERVER}{tool}", given)

    reused = machine.session(claude, ASKED, [[by_call], [by_call], [Say("Done.")]])
    proven = machine.session(claude, ASKED, [[by_call], [PAUSE], [own], [Say("Done.")]])
    by_name = machine.session(claude, ASKED, [[own], [Say("Done.")]])
    usage = machine.strata("usage", tool)
    machine.strata("hide", tool)
    hidden = machine.session(claude, ASKED, [[by_call], [Say("Then not.")]])
    return Story(tool, reused, proven, by_name, hidden, usage)


def _has(offered: dict[str, Json], story: Story) -> bool:
    return f"{SERVER}{story.tool}" in offered


def test_every_session_ends_well_and_the_script_held(story: Story) -> None:
    """Nothing below means anything without that."""
    for session in (story.reused, story.proven, story.by_name, story.hidden):
        assert (session.run.exit_code, session.run.stderr, session.faults) == (0, "", [])
        assert session.offered
    assert [one.text for one in story.reused.results if one.is_error] == []
    assert len(story.reused.results) == 2


def test_before_the_reuses_in_two_sessions_the_model_is_not_offered_it(story: Story) -> None:
    """Promoted is not exposed: the tool costs no session a token until use has proven it."""
    assert not any(_has(offered, story) for offered in story.reused.offered)
    assert not _has(story.proven.offered[0], story)


def test_the_last_reuse_offers_it_in_the_same_session_and_it_is_called_by_its_name(story: Story) -> None:
    """The client heard of the change: the model's next requests have the tool, and its call gives the page."""
    assert _has(story.proven.offered[-1], story)
    assert [one.is_error for one in story.proven.results] == [False] * 3
    assert json.loads(story.proven.results[-1].text)["status"] == "ok"


def test_the_next_session_begins_with_the_tool_and_its_schema(story: Story) -> None:
    """First-class: in the first request, with what it takes, beside those that find others."""
    tool = story.by_name.offered[0][f"{SERVER}{story.tool}"]
    [result] = story.by_name.results
    [output] = json.loads(result.text)["outputs"]

    assert tool["input_schema"]["required"] == ["input"]
    assert Path(output["path"]).read_text(encoding="utf-8").strip()


def test_each_use_is_counted_with_its_session_and_the_promotion_says_why(story: Story) -> None:
    """Five calls, three sessions; the gate's words are on record."""
    [change] = story.usage["changes"]

    assert (story.usage["runs"], story.usage["successes"], story.usage["sessions"]) == (5, 5, 3)
    assert (change["before"], change["after"], change["by"]) == ("invokable", "listed", "gate")
    assert change["because"] == "3 of 3 calls succeeded, in 2 sessions"


def test_what_a_person_hides_is_offered_no_more_and_refused(story: Story) -> None:
    """The twin of the sessions before."""
    [refused] = story.hidden.results

    assert not any(_has(offered, story) for offered in story.hidden.offered)
    assert refused.is_error
    assert "skillstrata expose" in refused.text
