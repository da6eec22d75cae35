"""The example of an agent of one's own runs, against the real client and server."""

import os
import subprocess
import sys
from pathlib import Path

from tests.skill_sources import page, put

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "own_agent.py"


def test_the_example_gets_the_same_text_in_both_ways(tmp_path: Path) -> None:
    """Somebody copies it as the start of an agent: it must work as it stands."""
    skills = tmp_path / ".claude" / "skills"
    put(skills, "tides", page("Computes tides of a port.", body="Look at the moon for $ARGUMENTS.\n"))
    put(skills, "report", page("Writes reports for the harbour office."))
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "SKILLSTRATA_DAEMON": "0"}
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), str(skills), "compute the tides of Norrvik port"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    assert "Look at the moon for compute the tides of Norrvik port." in done.stdout
    assert "both the same: True" in done.stdout
    assert "<available_skills>" in done.stdout
