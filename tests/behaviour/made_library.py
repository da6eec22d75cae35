"""A library made by the real program from a recorded session, for tests of what a user does with it.

In     a folder
Out    Made: the data directory, the tool's name, and a document the tool has never seen
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.recordings import RECORDINGS, lay_out

UNSEEN = """<!DOCTYPE html><html><head><title>Harbour</title></head><body>
<h1>Harbour log</h1><p>Seven boats came in, <strong>two</strong> left.</p>
<ul><li>Marigold 412</li><li>Petrel 88</li></ul></body></html>
"""
_TIMEOUT_S = 120


@dataclass(frozen=True)
class Made:
    """A data directory with one tool in it."""

    data_dir: Path
    tool: str
    candidate: str


def program(data_dir: Path, *words: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a user does, in a home of its own."""
    home = {"HOME": str(cwd), "PATH": os.environ["PATH"], "SKILLSTRATA_DATA_DIR": str(data_dir)}
    return subprocess.run(
        [sys.executable, "-m", "skillstrata", *words],
        cwd=cwd,
        env=home | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=_TIMEOUT_S,
        stdin=subprocess.DEVNULL,
    )


def distilled(root: Path, recording: str = "html_to_markdown") -> Made:
    """Lay a recorded session out under `root` and distil it; fail loudly when no tool comes of it."""
    data_dir = root / "library"
    lay_out(RECORDINGS[recording], root / "project", data_dir / "spool" / "new")
    done = program(data_dir, "distill", "--json", cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr
    placed = [c for c in json.loads(done.stdout)["candidates"] if c["state"] == "placed"]
    assert placed, done.stdout
    return Made(data_dir, placed[0]["tool"], placed[0]["id"])
