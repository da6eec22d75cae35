"""Does the real client get its warm start: does the model see, at the start of a session, the tools that fit?"""

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
from tests.e2e.claude_client import ClientRun, clean_environment, run_client
from tests.e2e.scripted_model import Call, Say, ScriptedModel

PROGRAM = Path(sys.executable).with_name("skillstrata")
LOOK = "Look at the pages once more"
Json = Any


@dataclass(frozen=True, slots=True)
class Story:
    """What was there to see in each session."""

    before: str
    told: Json
    run: ClientRun
    faults: list[Exception]
    seen: str
    shown: list[str]
    session: str
    elsewhere: str
    by_plugin: str
    by_both: str
    switched_off: str
    settings_after: bool


class Machine:
    """A user's machine with our hooks in the project's settings."""

    def __init__(self, root: Path) -> None:
        self.home, self.project, self.data_dir = root / "home", root / "project", root / "my data"
        self.home.mkdir()

    def strata(self, *words: str, folder: Path | None = None) -> Json:
        done = subprocess.run(
            [str(PROGRAM), "--data-dir", str(self.data_dir), *words, "--json"],
            cwd=folder or self.project,
            env={"HOME": str(self.home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, f"skillstrata {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)

    def session(
        self, claude: Path, prompt: str, steps: Sequence[Any], *, folder: Path | None = None, plugin: Path | None = None
    ) -> tuple[ClientRun, ScriptedModel]:
        with ScriptedModel({prompt: steps}) as model:
            run = run_client(
                claude,
                prompt,
                project=folder or self.project,
                home=self.home,
                api_url=model.url,
                plugin=(plugin, self.data_dir) if plugin else None,
            )
        return run, model

    def look(self, claude: Path, *, folder: Path | None = None, plugin: Path | None = None) -> str:
        """Give everything that the model was shown in a session of one answer."""
        _, model = self.session(claude, LOOK, [[Say("Seen.")]], folder=folder, plugin=plugin)
        return json.dumps(model.requests, ensure_ascii=False)

    def shown(self) -> list[str]:
        return (self.data_dir / "warm" / "shown").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def story(claude: Path, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Work once, distil, start again: in the project, elsewhere, with the plugin, with both, and with it off."""
    machine = Machine(tmp_path_factory.mktemp("machine"))
    scene = html_to_markdown(machine.project)
    shutil.copytree(scene.project, machine.project)
    machine.strata("init", "--scope", "project")
    _, model = machine.session(claude, scene.prompt, scene.steps)
    before = json.dumps(model.requests, ensure_ascii=False)
    machine.strata("distill", "--once")
    told = machine.strata("warm-start")["told"]

    steps = [[Call("Bash", {"command": "true", "description": "Nothing"})], [Say("Seen.")]]
    run, model = machine.session(claude, LOOK, steps)
    seen, shown = json.dumps(model.requests[0], ensure_ascii=False), machine.shown()

    other = machine.home.parent / "other"
    other.mkdir()
    elsewhere = machine.look(claude, folder=other)
    plugin = machine.home.parent / "plugin"
    machine.strata("plugin", "build", "--to", str(plugin), "--program", str(PROGRAM))
    by_both = machine.look(claude, plugin=plugin)
    settings = machine.project / ".claude" / "settings.json"
    machine.strata("uninstall", "--scope", "project")
    by_plugin = machine.look(claude, plugin=plugin)
    (machine.data_dir / "config.toml").write_text("[warm_start]\nenabled = false\n", encoding="utf-8")
    subprocess.run(
        [str(PROGRAM), "--data-dir", str(machine.data_dir), "warm-start", "--renew"],
        cwd=machine.project,
        env=clean_environment(machine.home, "http://127.0.0.1:9"),
        capture_output=True,
        check=False,
        timeout=60,
    )
    return Story(
        before=before,
        told=told,
        run=run,
        faults=model.faults,
        seen=seen,
        shown=shown,
        session=run.result["session_id"],
        elsewhere=elsewhere,
        by_plugin=by_plugin,
        by_both=by_both,
        switched_off=machine.look(claude, plugin=plugin),
        settings_after=settings.exists() and "warm-start" in settings.read_text(encoding="utf-8"),
    )


def _times(text: str, story: Story) -> int:
    first = json.dumps(story.told["text"].splitlines()[0], ensure_ascii=False)[1:-1]
    return text.count(first)


def test_the_model_sees_at_the_start_which_tools_fit(story: Story) -> None:
    """Word for word what `warm-start` says, in the first request of the session; before there was a tool, nothing."""
    assert (story.run.exit_code, story.run.stderr, story.faults) == (0, "", [])
    assert "html-to-markdown" in story.told["text"]
    assert json.dumps(story.told["text"], ensure_ascii=False)[1:-1] in story.seen
    assert _times(story.before, story) == 0


def test_what_was_shown_is_on_record_under_the_sessions_name(story: Story) -> None:
    """Who writes a program anew after that was told of the tool; who was not shown it was not."""
    assert story.shown == [f"{story.session} {story.told['key']} html-to-markdown"]


def test_a_session_in_another_folder_is_not_told_of_this_project(story: Story) -> None:
    """The hooks are the project's; what fits here says nothing of there."""
    assert _times(story.elsewhere, story) == 0


def test_the_plugin_tells_it_and_beside_our_settings_hooks_it_is_told_once(story: Story) -> None:
    """Twice the same would be twice the tokens."""
    assert _times(story.by_plugin, story) == 1
    assert _times(story.by_both, story) == 1


def test_switched_off_nothing_is_told_and_uninstalled_nothing_stays(story: Story) -> None:
    """The twin of what the other tests see."""
    assert _times(story.switched_off, story) == 0
    assert not story.settings_after
