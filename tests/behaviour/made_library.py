"""A library made by the real program from a recorded session, for tests of what a user does with it.

In     a folder
Out    Made: the data directory, the tool's name, and a document the tool has never seen
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

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
    """Give a library of one's own below `root`: a copy of the one that the first to ask made for this test run."""
    first = _of_this_run(root) / f"made-{recording}"
    told = first / "made.json"
    with FileLock(f"{first}.lock"):
        if not told.exists():
            shutil.rmtree(first, ignore_errors=True)
            tool, candidate = _distil(first, recording)
            told.write_text(json.dumps([tool, candidate]), encoding="utf-8")
    shutil.copytree(first, root, symlinks=True, dirs_exist_ok=True)
    return Made(root / "library", *json.loads(told.read_text(encoding="utf-8")))


def _of_this_run(root: Path) -> Path:
    """Give the folder that all workers of a run have; each worker's own lies in it."""
    return root.parents[1] if "PYTEST_XDIST_WORKER" in os.environ else root.parent


def _distil(root: Path, recording: str) -> tuple[str, str]:
    """Lay a recorded session out under `root` and distil it; fail loudly when no tool comes of it."""
    data_dir = root / "library"
    lay_out(RECORDINGS[recording], root / "project", data_dir / "spool" / "new")
    done = program(data_dir, "distill", "--json", cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr
    placed = [c for c in json.loads(done.stdout)["candidates"] if c["state"] == "placed"]
    assert placed, done.stdout
    return placed[0]["tool"], placed[0]["id"]
