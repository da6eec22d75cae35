"""Does `make demo` show what it says: two branches, an iteration with its fallback, a shelf entry freed, calls?"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from skillstrata.app.settings import load_settings
from skillstrata.app.wiring import App, open_app
from skillstrata.records.candidates import State

pytestmark = pytest.mark.sandbox

ROOT = Path(__file__).parents[2]
TOOL, FREED = "html-to-markdown", "csv-to-json"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_LIMIT_S = 300


@dataclass(frozen=True, slots=True)
class Shown:
    """What the demo printed, step by step, and what it left."""

    steps: tuple[str, ...]
    folder: Path
    app: App


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """Run it once, as `make demo` does, with settings of the user's that it must not listen to."""
    root = tmp_path_factory.mktemp("demo")
    foreign = {"SKILLSTRATA_INSTALL": "1", "UV_FIND_LINKS": str(root), "COLUMNS": "120"}
    done = subprocess.run(
        [sys.executable, "-m", "demo.run"],
        cwd=ROOT,
        env={"HOME": str(root), "PATH": os.environ["PATH"], "TMPDIR": str(root), **foreign},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_LIMIT_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [folder] = root.glob("skillstrata-demo-*")
    settings = load_settings(data_dir=folder / "data-dir", config=None, environ={"HOME": str(root)})
    return Shown(tuple(re.split(r"(?m)^\d/\d  ", done.stdout)[1:]), folder, open_app(settings))


def test_the_library_ends_with_a_tool_of_two_branches_and_one_that_was_freed(demo: Shown) -> None:
    """What the page before the project promises is in the library, and in the listing a reader sees."""
    tools = {tool.name: tool for tool in demo.app.library.tools()}

    assert set(tools) == {TOOL, FREED}
    branches = tools[TOOL].branches
    assert [(b.name, b.active, len(b.versions)) for b in branches] == [("html", 2, 2), ("docx", 1, 1)]
    assert [b.current.given for b in branches] == [("text/html",), (DOCX,)]
    listed = demo.steps[5]
    assert TOOL in listed
    assert FREED in listed
    assert "branch html: version 2 runs" in listed
    assert "branch docx: version 1 runs" in listed


def test_each_session_ends_where_its_heading_says(demo: Shown) -> None:
    """A demo whose words and deeds differ is worse than none."""
    steps = demo.steps

    assert f"{TOOL}/html is a new tool" in steps[1]
    assert f"{TOOL}/docx is a new branch" in steps[2]
    assert f"{TOOL}/html is an iteration: dominates {TOOL}/html version 1" in steps[3]
    assert "images 1 over 0" in steps[3]
    assert f"{FREED}/csv is a new tool" in steps[4]


def test_the_shelf_names_the_command_that_frees_and_it_did(demo: Shown) -> None:
    """The command is run as it was printed; nothing was fetched before."""
    step = demo.steps[4]
    [freed] = [c for c in demo.app.catalog.candidates(State.PLACED) if c.tool == FREED]

    assert re.search(rf"{freed.id} +shelved +dependency +skillstrata unshelve {freed.id} --install", step)
    assert f"$ skillstrata unshelve {freed.id} --install" in step
    assert re.search(rf"{freed.id} +placed +{FREED}/csv", step)
    assert demo.app.catalog.candidates(State.SHELVED) == ()
    [branch] = demo.app.library.tool(FREED).branches
    assert branch.current.requirements == ("harbour-office-rows>=1.2",)


def test_a_page_that_the_better_version_cannot_read_is_done_by_the_one_behind_it(demo: Shown) -> None:
    """The report says so, and the miss is written down."""
    step = demo.steps[6]

    assert '"version": 2, "fallback_from": null' in step
    assert '"version": 1, "fallback_from": 2, "fallback_why": "call.program_failed"' in step
    misses = demo.app.catalog.misses(TOOL)
    assert [(m.branch, m.version, m.given, m.rescued_by) for m in misses] == [("html", 2, "text/html", 1)]
    late = (demo.folder / "out" / "late" / "beach.md").read_text(encoding="utf-8")
    assert "| January | 6.07 m | 0.19 m |" in late


def test_no_step_is_longer_than_a_tall_screen(demo: Shown) -> None:
    """Who looks at it for the first time is to see each step whole."""
    assert {number: count for number, step in enumerate(demo.steps, 1) if (count := step.count("\n")) > 60} == {}
