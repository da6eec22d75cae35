"""Putting our entries in and taking them out, as a person at the command line meets it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from skillstrata.surfaces.cli.main import main


@dataclass(frozen=True)
class Done:
    """How one run of the program ended."""

    returncode: int
    stdout: str
    stderr: str


Use = Callable[..., Done]


@pytest.fixture
def use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Use:
    """Run the program in project "one" of an empty home, with no client on PATH."""
    (tmp_path / "one").mkdir()
    monkeypatch.chdir(tmp_path / "one")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    monkeypatch.setenv("SKILLSTRATA_DATA_DIR", str(tmp_path / "store"))
    (tmp_path / "home").mkdir()

    def run(*words: str) -> Done:
        capsys.readouterr()
        code = main(words)
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return run


def test_settings_of_another_shape_are_bad_input_and_stay(use: Use, tmp_path: Path) -> None:
    """A file somebody mistyped is no fault of ours."""
    settings = tmp_path / "one" / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_text('{"hooks":[1]}')
    refused = use("init", "--scope", "project", "--json")

    assert (refused.returncode, settings.read_text()) == (65, '{"hooks":[1]}')
    assert "settings.json line 1" in json.loads(refused.stdout)["error"]["message"]
    settings.write_text('{"hooks":{}}')
    assert use("init", "--scope", "project").returncode == 0


def test_one_data_directory_by_two_names_is_one_place(use: Use, tmp_path: Path) -> None:
    """Otherwise every event is captured twice; another folder is another place."""
    init = ("init", "--scope", "project", "--json")
    first = json.loads(use(*init, "--data-dir", "../store").stdout)
    second = json.loads(use(*init, "--data-dir", f"{tmp_path}/one/.././store/").stdout)
    third = json.loads(use(*init, "--data-dir", "../other").stdout)

    assert first["data_dir"] == second["data_dir"] == str(tmp_path / "store")
    assert (len(first["installed"]), second["installed"]) == (3, [])
    assert (third["data_dir"], len(third["installed"])) == (str(tmp_path / "other"), 3)


def test_uninstall_takes_out_every_place_and_then_finds_nothing(
    use: Use, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody remembers in which folders `init` was run."""
    assert use("init", "--scope", "project").returncode == 0
    (tmp_path / "two").mkdir()
    monkeypatch.chdir(tmp_path / "two")
    assert use("init", "--scope", "project").returncode == 0
    assert use("init").returncode == 0
    monkeypatch.chdir(tmp_path)
    done = use("uninstall")

    assert done.returncode == 0
    owners = ("one/.claude/settings.json", "one/.mcp.json", "two/.claude/settings.json", "two/.mcp.json")
    for place in (*owners, "home/.claude/settings.json", "store/hooks/capture.sh"):
        [line] = [line for line in done.stdout.splitlines() if line.endswith(str(tmp_path / place))]
        assert line.split()[0] == "removed"
        assert not (tmp_path / place).exists()
    again = use("uninstall", "--json")
    assert (again.returncode, json.loads(again.stdout)["installed"]) == (3, [])
    assert "Nothing found" in again.stderr


def test_uninstall_of_one_scope_leaves_the_other_working(use: Use, tmp_path: Path) -> None:
    """The script is shared."""
    use("init", "--scope", "project")
    use("init")
    assert use("uninstall", "--scope", "user").returncode == 0

    assert not (tmp_path / "home" / ".claude" / "settings.json").exists()
    assert (tmp_path / "store" / "hooks" / "capture.sh").is_file()
    assert "capture.sh" in (tmp_path / "one" / ".claude" / "settings.json").read_text()
    assert use("uninstall", "--scope", "user").returncode == 3
    assert use("uninstall", "--scope", "project").returncode == 0
    assert not (tmp_path / "store" / "hooks").exists()


def test_a_server_that_only_the_person_can_register_is_said_to_be(use: Use) -> None:
    """It is neither installed nor was it there; a project's server is written by us."""
    as_json, plain = json.loads(use("init", "--json").stdout), use("init").stdout
    in_project = use("init", "--scope", "project").stdout

    [server] = [place for place in as_json["unchanged"] if place["what"] == "MCP server"]
    assert "claude mcp add" in server["instructions"]
    assert [place["what"] for place in as_json["installed"]] == ["hook script", "hooks"]
    assert [line.split()[:2] for line in plain.splitlines() if "MCP server" in line] == [["by", "hand"]]
    assert [line.split()[0] for line in in_project.splitlines() if "MCP server" in line] == ["installed"]


def test_the_path_of_the_hook_is_always_that_of_a_file(use: Use, tmp_path: Path) -> None:
    """Before `init` as after it; nothing of the agent's is touched."""
    before = use("hook-path")
    script = Path(before.stdout.strip())

    assert (before.returncode, script.is_file()) == (0, True)
    assert script.is_relative_to(tmp_path / "store")
    assert list((tmp_path / "home").iterdir()) == list((tmp_path / "one").iterdir()) == []
    use("init")
    assert use("hook-path").stdout == before.stdout


def test_the_hook_of_a_data_directory_of_a_newer_version_is_left_alone(use: Use, tmp_path: Path) -> None:
    """An older script may hand over what the newer version does not read."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "format").write_text("99\n", encoding="ascii")
    assert use("hook-path").returncode == 65
    assert not (tmp_path / "store" / "hooks").exists()

    (tmp_path / "store" / "format").write_text("1\n", encoding="ascii")
    assert use("hook-path").returncode == 0
