"""A library after 300 sessions: made once for a test run by `python -m demo.history`, and copied for whoever asks.

In     a folder
Out    Lived: its home and data directory, the names of what was learned and used, what sessions were told on the way
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from demo.history import Lived, read

ROOT = Path(__file__).parents[1]
_LIMIT_S = 600


def lived_library(root: Path) -> Lived:
    """Give a library of one's own below `root`: a copy of the one that the first to ask made for this test run."""
    # All workers of a run have this folder; each worker's own lies in it.
    shared = root.parents[1] if "PYTEST_XDIST_WORKER" in os.environ else root.parent
    first = shared / "lived"
    with FileLock(f"{first}.lock"):
        if not (first / "history.json").exists():
            shutil.rmtree(first, ignore_errors=True)
            words = [sys.executable, "-m", "demo.history", str(first)]
            subprocess.run(words, cwd=ROOT, capture_output=True, check=True, timeout=_LIMIT_S)
    here = root / "lived"
    shutil.copytree(first, here, symlinks=True)
    _moved(here / "data", str(first), str(here))
    return read(here)


def _moved(data: Path, before: str, after: str) -> None:
    """Let what was recorded have happened here: else a look at the library would go to the first one's projects."""
    for path in (*data.glob("traces/*/*.jsonl"), data / "lifecycle" / "used.json", data / "warm" / "sessions.json"):
        path.write_text(path.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
