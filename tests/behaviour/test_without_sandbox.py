"""No sandbox, no run: with bubblewrap off PATH, every verb that needs it refuses with the fix, and nothing runs."""

import json
import os
import shutil
from pathlib import Path

import anyio
import mcp_types
import pytest
from mcp.client.client import Client

from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import open_app
from skillstrata.surfaces.mcp_server.server import build_server
from tests.behaviour.made_library import UNSEEN, Made, distilled, program
from tests.recordings import RECORDINGS, lay_out

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Distil the recorded session once, with a sandbox."""
    return distilled(tmp_path_factory.mktemp("made"))


@pytest.fixture
def no_programs(tmp_path: Path) -> dict[str, str]:
    """Give a PATH on which there is no bubblewrap."""
    empty = tmp_path / "bin"
    empty.mkdir()
    assert shutil.which("bwrap", path=str(empty)) is None
    return {"PATH": str(empty)}


def _document(folder: Path) -> Path:
    (folder / "harbour.html").write_text(UNSEEN, encoding="utf-8")
    return folder / "harbour.html"


@pytest.mark.parametrize("verb", [("run", "TOOL", "--set", "input=FILE", "--out", "out"), ("verify", "TOOL")])
def test_a_verb_that_would_run_a_program_refuses_with_the_fix(
    made: Made, tmp_path: Path, no_programs: dict[str, str], verb: tuple[str, ...]
) -> None:
    """Exit 69 with what to install; the tool's answer must not appear from nowhere."""
    document = _document(tmp_path)
    words = [w.replace("TOOL", made.tool).replace("FILE", str(document)) for w in verb]

    done = program(made.data_dir, *words, "--json", cwd=tmp_path, **no_programs)

    assert done.returncode == 69
    error = json.loads(done.stdout)["error"]
    assert (error["code"], error["retry"]) == ("sandbox.unavailable", "changed")
    assert "apt-get install bubblewrap" in error["hint"]
    assert not (tmp_path / "out").exists()


def test_the_same_verbs_work_where_it_is_on_the_path(made: Made, tmp_path: Path) -> None:
    """The twin."""
    document = _document(tmp_path)

    done = program(made.data_dir, "run", made.tool, "--set", f"input={document}", "--out", "out", cwd=tmp_path)
    again = program(made.data_dir, "verify", made.tool, cwd=tmp_path)

    assert (done.returncode, again.returncode) == (0, 0), done.stderr + again.stderr
    assert list((tmp_path / "out").iterdir())


def test_distilling_keeps_everything_open_and_goes_on_when_it_is_there(
    tmp_path: Path, no_programs: dict[str, str]
) -> None:
    """Nothing is lost and nothing is judged without a replay."""
    data_dir = tmp_path / "library"
    lay_out(RECORDINGS["html_to_markdown"], tmp_path / "project", data_dir / "spool" / "new")

    refused = program(data_dir, "distill", "--json", cwd=tmp_path, **no_programs)
    seen = json.loads(program(data_dir, "status", "--json", cwd=tmp_path, **no_programs).stdout)
    after = json.loads(program(data_dir, "distill", "--json", cwd=tmp_path).stdout)

    assert refused.returncode == 69
    assert "bubblewrap" in json.loads(refused.stdout)["error"]["hint"]
    assert seen["accounting"]["balanced"]
    ended = seen["accounting"]["executions"]
    assert ended["open"] == ended["total"] - ended["noise"] > 0
    assert [c["state"] for c in after["candidates"]].count("placed") == 1


def test_doctor_names_what_is_missing_and_how_to_get_it(tmp_path: Path, no_programs: dict[str, str]) -> None:
    """The first thing a person tries."""
    done = program(tmp_path / "library", "doctor", "--json", cwd=tmp_path, **no_programs)

    checks = {c["name"]: c for c in json.loads(done.stdout)["checks"]}
    assert done.returncode == 69
    assert not checks["sandbox"]["ok"]
    assert "apt-get install bubblewrap" in checks["sandbox"]["fix"]


def test_a_call_over_mcp_is_an_error_that_says_how_to_go_on(
    made: Made, tmp_path: Path, no_programs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An agent must not take a refusal for an empty result."""
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(tmp_path))
    document = _document(tmp_path)

    async def call(environ: dict[str, str]) -> mcp_types.CallToolResult:
        app = open_app(load_settings(data_dir=made.data_dir, config=None, environ=environ))
        async with Client(build_server(app), mode="auto") as client:
            return await client.call_tool("skills_call", {"name": made.tool, "arguments": {"input": str(document)}})

    allowed = anyio.run(call, dict(os.environ))
    monkeypatch.setenv("PATH", no_programs["PATH"])
    refused = anyio.run(call, dict(os.environ))

    assert not allowed.is_error
    assert refused.is_error
    assert isinstance(refused.structured_content, dict)
    assert refused.structured_content["error"]["code"] == "sandbox.unavailable"
    assert "apt-get install bubblewrap" in refused.structured_content["error"]["hint"]
