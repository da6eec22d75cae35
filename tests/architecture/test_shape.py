"""Files stay small and are named for what they hold."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAX_LINES = 400
VAGUE = re.compile(r"^_*(utils?|help\w*|common|misc|base|core|managers?|data|info|shared)_*$")
CODE = sorted(p for top in ("src", "tests", "scripts", "demo", "bench") for p in (ROOT / top).rglob("*.py"))


def _too_long(paths: list[Path]) -> list[str]:
    counted = ((p, len(p.read_text(encoding="utf-8").splitlines())) for p in paths)
    return [f"{p.name}: {n} lines" for p, n in counted if n > MAX_LINES]


def _vague(paths: list[Path]) -> list[str]:
    names = {q for p in paths for q in [p, *p.parents] if q.name != "__init__.py" and q != q.parent}
    return sorted(str(q) for q in names if VAGUE.match(q.stem))


def test_no_file_is_longer_than_the_cap() -> None:
    """House style, size: a file that does not fit on a few screens holds two things."""
    assert _too_long(CODE) == []


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    """House style, names: a drawer fills up until everything imports it."""
    assert _vague([p.relative_to(ROOT) for p in CODE]) == []


def test_a_file_one_line_over_the_cap_is_seen(tmp_path: Path) -> None:
    """Canary: the cap bites at 401 lines and not at 400."""
    fits, over = tmp_path / "fits.py", tmp_path / "over.py"
    fits.write_text("x = 1\n" * MAX_LINES, encoding="utf-8")
    over.write_text("x = 1\n" * (MAX_LINES + 1), encoding="utf-8")

    assert _too_long([fits, over]) == ["over.py: 401 lines"]


@pytest.mark.parametrize("name", ["utils.py", "helpers.py", "shared/x.py", "core.py", "data_/x.py", "_base.py"])
def test_a_vague_name_is_seen(name: str) -> None:
    """Canary: files and folders alike."""
    assert _vague([Path("src/skillstrata") / name]) != []


@pytest.mark.parametrize("name", ["database.py", "score.py", "metadata.py", "sharing.py", "baseline.py"])
def test_a_name_that_merely_contains_a_vague_word_is_not(name: str) -> None:
    """The other side of the canary: no false alarm."""
    assert _vague([Path("src/skillstrata") / name]) == []
