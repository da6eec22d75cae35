"""A tool's output never lands where git, an agent, an editor or Python would obey it later; not even by force."""

import json
import os
from pathlib import Path

import anyio
import mcp_types
import pytest
from mcp.client.client import Client

from skillstrata.app.outputs import OutputPlanted
from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import open_app
from skillstrata.surfaces.mcp_server.server import build_server
from tests.behaviour.made_library import UNSEEN, Made, distilled, program

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Distil the recorded session once."""
    return distilled(tmp_path_factory.mktemp("made"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a project with a document, a repository, and a link that leads into it."""
    (tmp_path / "harbour.html").write_text(UNSEEN, encoding="utf-8")
    (tmp_path / ".git" / "hooks").mkdir(parents=True)
    (tmp_path / "plain").symlink_to(".git/hooks")
    return tmp_path


@pytest.mark.parametrize("out_dir", [".git/hooks", ".claude/commands", "new/.vscode", "plain", "a/../.git"])
def test_a_folder_that_programs_obey_is_refused_also_by_force(made: Made, project: Path, out_dir: str) -> None:
    """Also one that does not exist yet, lies in a nested repository, or is reached by a link."""
    words = ("run", made.tool, "--set", "input=harbour.html", "--out", out_dir, "--force", "--json")
    done = program(made.data_dir, *words, cwd=project)

    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"]) == (4, OutputPlanted.code)
    assert error["hint"]
    assert list((project / ".git" / "hooks").iterdir()) == []
    assert not (project / ".claude").exists()


@pytest.mark.parametrize("out_dir", ["out", "git/hooks", "."])
def test_a_plain_folder_is_not(made: Made, project: Path, out_dir: str) -> None:
    """The twin."""
    words = ("run", made.tool, "--set", "input=harbour.html", "--out", out_dir, "--json")
    done = program(made.data_dir, *words, cwd=project)

    assert done.returncode == 0, done.stdout
    assert [Path(o["path"]).parent for o in json.loads(done.stdout)["outputs"]] == [(project / out_dir).resolve()]


def test_an_input_whose_name_would_make_the_output_an_instruction_is_refused(made: Made, project: Path) -> None:
    """`CLAUDE.html` becomes `CLAUDE.md`, which an agent reads as its orders."""
    (project / "CLAUDE.html").write_text(UNSEEN, encoding="utf-8")
    refused = program(made.data_dir, "run", made.tool, "--set", "input=CLAUDE.html", "--json", cwd=project)
    (project / "CLAUDE.html").rename(project / "claude-notes.html")
    allowed = program(made.data_dir, "run", made.tool, "--set", "input=claude-notes.html", "--json", cwd=project)

    assert (refused.returncode, json.loads(refused.stdout)["error"]["code"]) == (4, OutputPlanted.code)
    assert not (project / "CLAUDE.md").exists()
    assert allowed.returncode == 0, allowed.stdout


def test_an_agent_is_refused_too_and_told_how_to_go_on(
    made: Made, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An agent can be talked into a folder by what it reads."""
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(project))

    async def call(out_dir: str) -> mcp_types.CallToolResult:
        app = open_app(load_settings(data_dir=made.data_dir, config=None, environ=os.environ))
        call = {"name": made.tool, "arguments": {"input": "harbour.html"}, "out_dir": out_dir}
        async with Client(build_server(app), mode="auto") as client:
            return await client.call_tool("skills_call", call)

    (project / "way").symlink_to(made.data_dir)
    places = (".claude/skills/x", str(made.data_dir), str(made.data_dir / "skills" / made.tool), "way/skills")

    for refused in (anyio.run(call, place) for place in places):
        assert refused.is_error
        assert isinstance(refused.structured_content, dict)
        assert refused.structured_content["error"]["code"] == OutputPlanted.code
        assert "--" not in refused.structured_content["error"]["hint"]
    for place in ("notes", str(made.data_dir / "outputs" / "mine")):
        assert not anyio.run(call, place).is_error


def test_a_person_is_refused_what_this_program_keeps(made: Made, project: Path) -> None:
    """A rule or a setting in there holds for every call; below `outputs` is the twin."""

    def ran(place: Path) -> tuple[int, str]:
        words = ("run", made.tool, "--set", "input=harbour.html", "--out", str(place), "--force", "--json")
        done = program(made.data_dir, *words, cwd=project)
        return done.returncode, (json.loads(done.stdout).get("error") or {}).get("message", "")

    code, said = ran(made.data_dir)

    assert code == 4
    assert "belongs to this program itself" in said
    assert ran(made.data_dir / "outputs" / "by-hand") == (0, "")
