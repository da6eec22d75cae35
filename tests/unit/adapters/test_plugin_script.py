"""The plugin's hook script: it finds the spool by itself, and an agent never notices it."""

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from skillstrata.adapters.plugin_folder import ClaudeCodePlugin


class Hook:
    """The hook of a built plugin, run as the client runs it."""

    def __init__(self, root: Path, shell: str) -> None:
        self.root = root / "it's a plugin"
        ClaudeCodePlugin().build(self.root, version="1", program="skillstrata", marketplace=False)
        handler = json.loads((self.root / "hooks" / "hooks.json").read_bytes())["hooks"]["PostToolUse"][0]["hooks"][0]
        words = [word.replace("${CLAUDE_PLUGIN_ROOT}", str(self.root)) for word in handler["args"]]
        self.argv = [shell, *words]
        self.cwd = root / "project"
        self.cwd.mkdir()

    def run(self, payload: bytes = b"{}", **environ: str) -> None:
        done = subprocess.run(
            self.argv,
            input=payload,
            cwd=self.cwd,
            env={"PATH": os.environ["PATH"]} | environ,
            capture_output=True,
            check=False,
            timeout=20,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        assert list(self.cwd.iterdir()) == []


def _new(data: Path) -> list[bytes]:
    return [path.read_bytes() for path in (data / "spool" / "new").iterdir()]


@pytest.fixture(params=["dash", "bash"])
def hook(request: pytest.FixtureRequest, tmp_path: Path) -> Hook:
    """Each shell that /bin/sh may be."""
    shell = shutil.which(request.param)
    if shell is None:
        pytest.skip(f"{request.param} is not on this machine")
    return Hook(tmp_path, shell)


def test_the_data_directory_of_the_variable_is_made_for_its_owner_alone(hook: Hook, tmp_path: Path) -> None:
    """Zero configuration: the first event makes what `init` would make."""
    data = tmp_path / "my data" / "strata"
    hook.run(b"one", SKILLSTRATA_DATA_DIR=str(data), DISTILLER_DATA_DIR="/nowhere/else", HOME=str(tmp_path))
    hook.run(b"two", SKILLSTRATA_DATA_DIR=str(data))

    assert sorted(_new(data)) == [b"one", b"two"]
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "spool" / "new").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("environ", "place"),
    [
        ({"DISTILLER_DATA_DIR": "{root}/d"}, "d"),
        ({"XDG_DATA_HOME": "{root}/xdg", "HOME": "{root}/home"}, "xdg/skillstrata"),
        ({"HOME": "{root}/home"}, "home/.local/share/skillstrata"),
        ({"HOME": "{root}/home", "SKILLSTRATA_DATA_DIR": "~/mine"}, "home/mine"),
        ({"HOME": "{root}/mac"}, "mac/Library/Application Support/skillstrata"),
    ],
)
def test_the_place_is_the_one_the_program_takes(
    hook: Hook, tmp_path: Path, environ: dict[str, str], place: str
) -> None:
    """Two ideas of where the data lies would lose every event."""
    (tmp_path / "mac" / "Library" / "Application Support").mkdir(parents=True)
    hook.run(b"x", **{name: value.format(root=tmp_path) for name, value in environ.items()})

    assert _new(tmp_path / place) == [b"x"]


def test_without_a_home_nothing_is_made_anywhere(hook: Hook, tmp_path: Path) -> None:
    """Some services run like that."""
    hook.run(b"x")
    hook.run(b"x", SKILLSTRATA_DATA_DIR="relative/place")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["it's a plugin", "project"]


def test_a_plugin_that_is_gone_disturbs_nobody(hook: Hook, tmp_path: Path) -> None:
    """The root of a plugin moves with every update, also while a session runs."""
    shutil.rmtree(hook.root)
    hook.run(b"x", SKILLSTRATA_DATA_DIR=str(tmp_path / "d"))

    assert not (tmp_path / "d").exists()


def test_a_place_that_cannot_be_written_disturbs_nobody(hook: Hook, tmp_path: Path) -> None:
    """A file where the folder should be; a large payload is read to its end all the same."""
    (tmp_path / "d").write_bytes(b"")
    hook.run(b"x" * 1_000_000, SKILLSTRATA_DATA_DIR=str(tmp_path / "d"))

    assert (tmp_path / "d").read_bytes() == b""
