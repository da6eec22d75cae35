"""The page on policy: its commands work with its own file, and its table of words is the program's."""

import os
import re
import subprocess
import sys
from pathlib import Path

from skillstrata.policy.words import WORDS

PAGE = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S)


def test_the_commands_of_the_page_work_in_order(tmp_path: Path) -> None:
    """Documentation that is not run drifts; the file of rules is the one on the page."""
    (tmp_path / "data").mkdir()
    (tmp_path / "work").mkdir()
    environ = {
        "HOME": str(tmp_path),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "SKILLSTRATA_DATA_DIR": str(tmp_path / "data"),
    }
    [rules] = _blocks("toml")
    said = ""
    for number, block in enumerate(_blocks("sh")):
        if number == 1:
            (tmp_path / "data" / "policy.toml").write_text(rules, encoding="utf-8")
        done = subprocess.run(
            ["bash", "-euc", block], cwd=tmp_path / "work", env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        said += done.stdout

    assert "by no-removal in the layer user" in said
    assert "by look-at-git in the layer user" in said
    assert "by docs-only in the layer user" in said
    assert '"rule": "skill:nestjs-expert:allowed_tools"' in said


def test_the_table_of_words_is_the_programs() -> None:
    """A word that the page lacks, or a tool or program it leaves out, is a rule nobody can rely on."""
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE.partition("| word | means |")[2], re.M))

    assert list(rows) == list(WORDS)
    for word, meaning in WORDS.items():
        told = set(re.findall(r"`([\w-]+)`", rows[word])) - {"bash"}
        assert told <= {tool.partition("/")[2] for tool in meaning.tools} | set(meaning.programs)
        assert "…" in rows[word] or told >= set(meaning.programs)
