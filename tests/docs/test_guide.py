"""The guide's commands work, in their order, on a fresh home folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sessions import Session

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "first-tool.md"
RECORDED_FOLDER = "/home/ann/harbour"


def blocks(language: str) -> list[str]:
    """Give the guide's code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.M | re.S)


@pytest.mark.sandbox
def test_the_commands_of_the_guide_work_in_order(tmp_path: Path) -> None:
    """Documentation that is not run drifts: each block ends well and the last one leaves the output it names."""
    home, project = tmp_path / "home", tmp_path / "harbour"
    home.mkdir()
    project.mkdir()
    environ = {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "SKILLSTRATA_DATA_DIR": str(tmp_path / "data"),
    }
    (body,) = blocks("python")
    session = Session(project, tmp_path / "data" / "spool")
    session.write("ports.csv", "id,town\n007,Norrvik\n012,Sund\n023,Halsa\n")
    session.bash(f"python3 - <<'EOF'\n{body.replace(RECORDED_FOLDER, str(project))}EOF")
    (project / "towns.csv").write_text("id,town\n1,Ask\n", encoding="utf-8")

    for block in blocks("sh"):
        done = subprocess.run(
            ["bash", "-euc", block], cwd=project, env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"

    assert '"town": "Ask"' in (project / "results" / "towns.json").read_text(encoding="utf-8")


def test_every_reason_of_the_shelf_is_in_the_guide() -> None:
    """Somebody whose program was set aside looks here: a reason the code can give and the page lacks is a gap."""
    source = Path(__file__).parents[2] / "src" / "skillstrata"
    given = {
        reason
        for file in source.rglob("*.py")
        for reason in re.findall(r'State\.SHELVED,\s*(?:reason=)?"([a-z_]+)"', file.read_text(encoding="utf-8"))
    }
    assert given
    assert given <= set(re.findall(r"`([a-z_]+)`", GUIDE.read_text(encoding="utf-8")))
