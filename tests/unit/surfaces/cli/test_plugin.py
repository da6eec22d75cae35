"""`plugin build`: what it writes, says, and refuses."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from skillstrata import __version__
from skillstrata.surfaces.cli.main import main

Use = Callable[..., tuple[int, str]]


@pytest.fixture
def use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Use:
    """Run the program in this process; no data directory is there, and none is needed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SKILLSTRATA_DATA_DIR", str(tmp_path / "data"))

    def run(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = main(words)
        return code, capsys.readouterr().out

    return run


def test_the_json_of_a_build(use: Use, tmp_path: Path) -> None:
    """Where it is, of which version, and every file; a second build changes none."""
    code, out = use("plugin", "build", "--to", "p", "--marketplace", "--json")
    built = json.loads(out)
    again = json.loads(use("plugin", "build", "--to", "p", "--marketplace", "--json")[1])

    assert code == 0
    assert built["path"] == str(tmp_path / "p")
    assert (built["name"], built["version"], built["marketplace"]) == ("skillstrata", __version__, True)
    assert built["files"] == built["changed"] == again["files"]
    assert again["changed"] == []
    assert all((tmp_path / "p" / file).is_file() for file in built["files"])
    assert not (tmp_path / "data").exists()


def test_the_program_can_be_named_by_its_path(use: Use, tmp_path: Path) -> None:
    """For a client whose PATH does not have it; a relative path would be looked for in every project."""
    assert use("plugin", "build", "--to", "p", "--program", "/opt/x/skillstrata")[0] == 0
    assert json.loads((tmp_path / "p" / ".mcp.json").read_bytes()) == {
        "mcpServers": {"skillstrata": {"command": "/opt/x/skillstrata", "args": ["mcp"]}}
    }
    assert use("plugin", "build", "--to", "q", "--program", "bin/skillstrata")[0] == 2
    assert not (tmp_path / "q").exists()


def test_a_foreign_folder_is_refused(use: Use, tmp_path: Path) -> None:
    """Exit 4, the code, and what to do."""
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "notes.md").write_bytes(b"mine")
    code, out = use("plugin", "build", "--to", "p", "--json")

    assert code == 4
    assert json.loads(out)["error"]["code"] == "plugin.folder_foreign"
    assert [path.name for path in (tmp_path / "p").iterdir()] == ["notes.md"]
