"""The pages on skills are true: every command on them works, in their order, in a fresh home."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from skillstrata.adapters.loader_config_file import read_loader_config
from skillstrata.app.settings import load_settings

DOCS = Path(__file__).parents[2] / "docs"
RUNTIME, GUIDE = DOCS / "runtime.md", DOCS / "guide" / "skills.md"


def blocks(page: Path, language: str) -> list[str]:
    """Give the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)


def run_all(page: Path, home: Path) -> None:
    """Run the page's commands as one session."""
    (home / "project").mkdir(parents=True)
    for text in blocks(page, "yaml"):
        (home / "project" / "claude-skills-loader-config.yaml").write_text(text, encoding="utf-8")
    environ = {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "SKILLSTRATA_DATA_DIR": str(home / "data"),
        "SKILLSTRATA_DAEMON": "0",
        "LANG": "C.UTF-8",
    }
    program = "\n".join(blocks(page, "sh"))
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", program],
        cwd=home / "project",
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-3000:]}"


@pytest.mark.parametrize("page", [RUNTIME, GUIDE], ids=lambda page: page.stem)
def test_the_commands_of_the_page_work_in_order(page: Path, tmp_path: Path) -> None:
    """Documentation that is not run drifts; what each command must print, the page itself looks for."""
    run_all(page, tmp_path / "home")


def test_the_loaders_file_is_read_as_it_stands(tmp_path: Path) -> None:
    """Every value of the page's file arrives in the program's own units."""
    (text,) = blocks(RUNTIME, "yaml")
    file = tmp_path / "loader.yaml"
    file.write_text(text, encoding="utf-8")
    read = read_loader_config(file)

    assert [(place.path, place.priority, place.recursive) for place in read.places] == [
        ("~/.claude/skills", 100, False),
        ("./.claude/skills", 80, False),
        ("plugins/*/skills", 60, True),
    ]
    assert (read.resolution_timeout_s, read.watch_interval_s, read.version_overlap_s) == (5.0, 2.0, 300.0)
    assert (read.on_cycle, read.thresholds.resolution_ms) == ("warn_and_sort", 200.0)
    assert read.require_approval == ("shell_exec", "database_write")


def test_the_servers_of_the_page_are_read_without_a_warning(tmp_path: Path) -> None:
    """Whoever copies the table gets two servers under the labels it shows."""
    (text,) = blocks(GUIDE, "toml")
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    settings = load_settings(data_dir=tmp_path, config=None, environ={})

    assert settings.warnings == ()
    assert [label for label, _ in settings.skills.servers] == ["docs", "team"]
