"""A daemon on a disk without room: it lives, loses nothing it was given, and goes on when there is room again."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOUNTED = 'mount -t tmpfs -o size=6m none "$1" || exit 99; folder=$1; shift; exec "$@" "$folder"'


def test_a_full_disk_ends_nothing_and_what_was_taken_is_there_once(tmp_path: Path) -> None:
    """Events whose bytes did not fit are counted by the hook; every other one is in the log, once."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("needs root and unshare, for a disk of its own")
    folder = tmp_path / "disk"
    folder.mkdir()
    program = [sys.executable, "-m", "tests.soak.full_disk"]
    argv = ["unshare", "--mount", "sh", "-c", MOUNTED, "sh", str(folder), *program]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)

    sure = {f"toolu_{number:06}" for number in (*range(20), 30)}
    asked = {f"toolu_{number:06}" for number in range(31)}
    assert (found["lives"], found["same"], found["balanced"], found["most"]) == (True, True, True, 1)
    assert sure <= set(found["calls"]) <= asked
    # Where there was no room for the mark of a loss, the stump in tmp/ tells of it.
    stumps = [name for name in found["rests"] if not name.endswith(".reason")]
    assert len(asked) - len(found["calls"]) <= max(found["lost"], len(stumps))
    assert list(folder.iterdir()) == []
