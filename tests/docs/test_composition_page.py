"""The page about composition teaches what works: every command of it runs, in a fresh home."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from skillstrata.app.settings import load_settings

PAGE = Path(__file__).parents[2] / "docs" / "composition.md"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)


def test_every_command_of_the_page_works_in_its_order(tmp_path: Path) -> None:
    """Whoever follows it for ten minutes has a tool that ran, and a record of it."""
    project = tmp_path / "project"
    project.mkdir()
    environ = {"HOME": str(tmp_path), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-euc", "\n".join(_blocks("sh"))],
        cwd=project,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert (project / "names.txt").read_text(encoding="utf-8") == "Ada"
    assert json.loads((project / "asked.json").read_text(encoding="utf-8"))["needs_approval"]["approval"] == (
        "plan_confirm"
    )
    assert "removed skill_names" in done.stdout


def test_the_file_of_the_page_is_read_without_a_warning(tmp_path: Path) -> None:
    """Whoever copies it must not be told off."""
    [block] = _blocks("toml")
    (tmp_path / "config.toml").write_text(block, encoding="utf-8")
    settings = load_settings(data_dir=tmp_path, config=None, environ={})

    assert (settings.warnings, settings.compose.without) == ((), ("web_fetch",))
