"""The settings page says what the table of settings says, and its commands work."""

import os
import re
import subprocess
import sys
from pathlib import Path

from skillstrata.app.setting_table import ROWS, Row
from skillstrata.app.settings import load_settings

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "settings.md"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)


def _default(row: Row) -> str:
    if row.key == "data_dir":
        return "the user's data folder"
    if row.default in (None, ()):
        return "none"
    return {"True": "yes", "False": "no"}.get(str(row.default), str(row.default))


def _table() -> str:
    lines = ["| key | default | may be | variables | flag | what it is |", "|---|---|---|---|---|---|"]
    for row in ROWS:
        variables = ", ".join(f"`{name}`" for name in row.environ)
        cells = (f"`{row.key}`", _default(row), row.allowed, variables, f"`{row.flag}`", row.about)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def test_the_page_has_the_table_of_the_program() -> None:
    """A setting that the page lacks is a setting that nobody finds."""
    assert _table() in PAGE.read_text(encoding="utf-8"), f"put this in {PAGE}:\n{_table()}"


def test_the_commands_of_the_page_work(tmp_path: Path) -> None:
    """On a fresh home, with nothing installed."""
    environ = {"HOME": str(tmp_path), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    (block,) = _blocks("sh")
    done = subprocess.run(
        ["bash", "-euc", block], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 0, done.stderr
    assert "DISTILLER_BATCH_SIZE" in done.stdout
    assert "--no-daemon" not in done.stderr


def test_the_file_of_the_page_is_read_without_a_warning(tmp_path: Path) -> None:
    """Whoever copies it must not be told off."""
    (block,) = _blocks("toml")
    (tmp_path / "config.toml").write_text(block, encoding="utf-8")
    settings = load_settings(data_dir=tmp_path, config=None, environ={})

    assert settings.warnings == ()
    assert (settings.batch_size, settings.traces_keep_days, len(settings.network)) == (20, 90, 1)
