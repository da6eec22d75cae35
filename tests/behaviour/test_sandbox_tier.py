"""Which walls are used is chosen by name, never by what happens to be there, and every result says which."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import anyio
import mcp_types
import pytest
from mcp.client.client import Client

from skillstrata.app.settings import SettingInvalid, load_settings
from skillstrata.app.wiring import open_app
from skillstrata.surfaces.mcp_server.server import build_server
from tests.behaviour.made_library import UNSEEN, Made, distilled, program
from tests.contracts.sandboxes import needs_landlock
from tests.recordings import RECORDINGS, lay_out

pytestmark = [pytest.mark.sandbox, needs_landlock]

CONTAINED = {"SKILLSTRATA_SANDBOX": "contained"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Distil the recorded session once, in the isolated tier."""
    return distilled(tmp_path_factory.mktemp("made"))


@pytest.fixture
def no_bwrap(tmp_path: Path) -> dict[str, str]:
    """Give a PATH on which there is no bubblewrap."""
    empty = tmp_path / "bin"
    empty.mkdir()
    assert shutil.which("bwrap", path=str(empty)) is None
    return {"PATH": str(empty)}


def _run(made: Made, folder: Path, *more: str, **env: str) -> "subprocess.CompletedProcess[str]":
    (folder / "harbour.html").write_text(UNSEEN, encoding="utf-8")
    words = ("run", made.tool, "--set", "input=harbour.html", "--out", "out", *more)
    return program(made.data_dir, *words, cwd=folder, **env)


def _digests(done: "subprocess.CompletedProcess[str]") -> list[str]:
    return [output["sha256"] for output in json.loads(done.stdout)["outputs"]]


def test_a_tool_gives_the_same_in_both_tiers_and_says_which_it_was(made: Made, tmp_path: Path) -> None:
    """The weaker walls change what is let through, not what a tool does."""
    contained = _run(made, tmp_path, "--json", "--force", **CONTAINED)
    isolated = _run(made, tmp_path, "--json", "--force")

    assert (contained.returncode, isolated.returncode) == (0, 0), contained.stderr + isolated.stderr
    assert [json.loads(done.stdout)["tier"] for done in (contained, isolated)] == ["contained", "isolated"]
    assert _digests(contained) == _digests(isolated) != []


def test_a_person_is_told_where_the_walls_were_weaker(made: Made, tmp_path: Path) -> None:
    """Nothing is said of the usual ones."""
    contained = [
        _run(made, tmp_path, "--force", **CONTAINED),
        program(made.data_dir, "verify", made.tool, cwd=tmp_path, **CONTAINED),
    ]
    isolated = [_run(made, tmp_path, "--force"), program(made.data_dir, "verify", made.tool, cwd=tmp_path)]

    assert [done.returncode for done in (*contained, *isolated)] == [0, 0, 0, 0]
    assert ["contained" in done.stderr for done in (*contained, *isolated)] == [True, True, False, False]


def test_a_proof_run_again_says_its_tier(made: Made, tmp_path: Path) -> None:
    """The first proof was of the isolated tier, whatever a later one is of."""
    verified = program(made.data_dir, "verify", made.tool, "--json", cwd=tmp_path, **CONTAINED)
    shown = program(made.data_dir, "show", made.tool, "--json", cwd=tmp_path, **CONTAINED)

    assert (json.loads(verified.stdout)["ok"], json.loads(verified.stdout)["tier"]) == (True, "contained")
    assert json.loads(shown.stdout)["proof"]["tier"] == "isolated"


def test_an_agent_is_told_too(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The structured result of a call has the same field."""
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(tmp_path))
    (tmp_path / "harbour.html").write_text(UNSEEN, encoding="utf-8")

    async def call(environ: dict[str, str]) -> mcp_types.CallToolResult:
        app = open_app(load_settings(data_dir=made.data_dir, config=None, environ=environ))
        async with Client(build_server(app), mode="auto") as client:
            return await client.call_tool("skills_call", {"name": made.tool, "arguments": {"input": "harbour.html"}})

    results = [anyio.run(call, dict(os.environ) | chosen) for chosen in (CONTAINED, {})]

    assert [r.structured_content["tier"] for r in results if isinstance(r.structured_content, dict)] == [
        "contained",
        "isolated",
    ]


def test_without_bubblewrap_the_weaker_tier_is_never_taken_by_itself(
    made: Made, tmp_path: Path, no_bwrap: dict[str, str]
) -> None:
    """Fail closed. Chosen by name, the same call works there."""
    silent = _run(made, tmp_path, "--json", **no_bwrap)
    refused = not (tmp_path / "out").exists()
    chosen = _run(made, tmp_path, "--json", **no_bwrap, **CONTAINED)

    assert (silent.returncode, json.loads(silent.stdout)["error"]["code"]) == (69, "sandbox.unavailable")
    assert refused
    assert (chosen.returncode, json.loads(chosen.stdout)["tier"]) == (0, "contained")


def test_distilling_needs_the_isolated_tier_whatever_is_chosen(tmp_path: Path, no_bwrap: dict[str, str]) -> None:
    """A recorded program that nobody looked at is not run behind the weaker walls. With bubblewrap it is, isolated."""
    data_dir = tmp_path / "library"
    lay_out(RECORDINGS["html_to_markdown"], tmp_path / "project", data_dir / "spool" / "new")

    refused = program(data_dir, "distill", "--json", cwd=tmp_path, **no_bwrap, **CONTAINED)
    done = program(data_dir, "distill", "--json", cwd=tmp_path, **CONTAINED)
    placed = [c for c in json.loads(done.stdout)["candidates"] if c["state"] == "placed"]
    proof = json.loads(program(data_dir, "explain", placed[0]["id"], "--json", cwd=tmp_path).stdout)["proof"]

    assert (refused.returncode, json.loads(refused.stdout)["error"]["code"]) == (69, "sandbox.unavailable")
    assert (done.returncode, proof["tier"]) == (0, "isolated")


def test_doctor_shows_the_chosen_tier_and_what_it_lets_through(made: Made, tmp_path: Path) -> None:
    """And the one that distilling needs besides."""

    def checks(**env: str) -> dict[str, str]:
        found = json.loads(program(made.data_dir, "doctor", "--json", cwd=tmp_path, **env).stdout)["checks"]
        return {check["name"]: check["detail"] for check in found}

    chosen, usual = checks(**CONTAINED), checks()

    assert "tier contained" in chosen["sandbox"]
    assert "weaker tier" in chosen["sandbox tier"]
    assert "tier isolated" in chosen["sandbox for distilling"]
    assert "tier isolated" in usual["sandbox"]
    assert "sandbox tier" not in usual


@pytest.mark.parametrize("value", ["none", "Isolated!", "bubblewrap"])
def test_a_tier_nobody_knows_is_refused(tmp_path: Path, value: str) -> None:
    """A typing error must not choose walls. The two names are taken, from the file and from a variable."""
    config = tmp_path / "config.toml"
    config.write_text('sandbox = "contained"\n', encoding="ascii")

    with pytest.raises(SettingInvalid, match="sandbox"):
        load_settings(data_dir=tmp_path, config=None, environ={"SKILLSTRATA_SANDBOX": value})
    assert load_settings(data_dir=tmp_path, config=config, environ={}).sandbox == "contained"
    environ = {"SKILLSTRATA_SANDBOX": "isolated"}
    assert load_settings(data_dir=tmp_path, config=config, environ=environ).sandbox == "isolated"
