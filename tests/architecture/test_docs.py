"""The docs say what the code is: picture, dependencies, links."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "changelog.d").glob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")


def _required() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    return {re.split(r"[\[<>=!~; ]", line, maxsplit=1)[0].lower() for line in lines}


def test_the_picture_is_the_one_the_imports_draw() -> None:
    """A picture somebody draws by hand is right on one day only; `make docs` redraws it."""
    drawn = subprocess.run(
        [sys.executable, "scripts/draw_architecture.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert drawn.stdout.strip()
    assert drawn.stdout in (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"), "run `make docs`"


def test_every_folder_has_its_paragraph() -> None:
    """Reading order: README, then one paragraph a folder, then a folder's own map."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    folders = [p.parent.name for p in (ROOT / "src" / "skillstrata").glob("*/__init__.py")]

    assert [name for name in folders if f"### `{name}/`" not in page] == []


def test_every_dependency_has_its_line_and_every_line_its_dependency() -> None:
    """A dependency is a promise to somebody else's release notes: why, licence and size are written down."""
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\| `([\w.-]+)` \|", page, flags=re.MULTILINE)

    assert len(lines) == len(set(lines))
    assert set(lines) == _required()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    """A dead link costs every reader what it would cost one writer."""
    targets = [
        t for t in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in t and not t.startswith("mailto:")
    ]

    assert [t for t in targets if not (page.parent / t).exists()] == []
