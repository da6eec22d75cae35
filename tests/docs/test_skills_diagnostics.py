"""The page of diagnostics says what the table of codes says, and the code uses no others."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from skillstrata.runtime.skill_codes import SKILL_CODES
from tests.docs.learned_codes import OF_LEARNED

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "skills-diagnostics.md"
_CALL = re.compile(r'(?:\bnoted|\.note|\b_seen|\b_Refused)\(\s*"([a-z_]+)"')
# A module that names codes for others to raise, and makes no diagnostics itself.
_CODES_BY_NAME = {"fences.py"}
_MADE = re.compile(r'(?:\bDiagnostic|\._tell)\(\s*"([a-z_]+)"(?:,\s*"(error|warning|info)")?')


def _table() -> str:
    rows = (f"| `{row.code}` | {row.severity} | {row.meaning} |" for row in SKILL_CODES)
    return "\n".join(["| code | severity | meaning |", "|---|---|---|", *rows])


def test_the_page_has_the_table_of_the_program() -> None:
    """A code that the page lacks is one that nobody can look up."""
    assert _table() in PAGE.read_text(encoding="utf-8"), f"put this in {PAGE}:\n{_table()}"


def test_the_tables_of_the_docs_are_written_by_a_program() -> None:
    """`make docs` writes them; by hand they would be right on one day only."""
    done = subprocess.run(
        [sys.executable, "scripts/write_tables.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_no_code_stands_twice() -> None:
    """Programs branch on it."""
    assert len({row.code for row in SKILL_CODES}) == len(SKILL_CODES)


def _used() -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    for path in sorted((ROOT / "src").rglob("*.py")):
        if path.name in OF_LEARNED:
            continue
        text = path.read_text(encoding="utf-8")
        if "records.diagnostics" in text or "skill_codes" in text:
            found += [(path.name, code, "") for code in _CALL.findall(text)]
            found += [(path.name, code, severity) for code, severity in _MADE.findall(text)]
    return found


def test_the_code_uses_no_other_codes() -> None:
    """And none with another severity than the page gives it."""
    known = {row.code: row.severity for row in SKILL_CODES}
    used = _used()

    assert len(used) > 50
    assert [one for one in used if one[1] not in known or one[2] not in {"", known[one[1]]}] == []


def _said() -> set[str]:
    """Give every text of every module that gives diagnostics, but for the table itself."""
    found: set[str] = set()
    for path in sorted((ROOT / "src").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        is_theirs = "records.diagnostics" in text or "skill_codes" in text or path.name in _CODES_BY_NAME
        if is_theirs and path.name != "skill_codes.py":
            nodes = ast.walk(ast.parse(text))
            found |= {one.value for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return found


def test_every_code_of_the_page_can_be_raised() -> None:
    """A code that nothing raises is a promise that nobody keeps."""
    assert {row.code for row in SKILL_CODES} - _said() == set()
    assert "no_such_code" not in _said()


def test_every_code_is_named_by_a_test_that_raises_it() -> None:
    """What stands in the code may still never come; what a test asks for does."""
    named = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("unit", "behaviour", "contracts")
        for path in sorted((ROOT / "tests" / folder).rglob("test_*.py"))
    )

    assert [row.code for row in SKILL_CODES if f'"{row.code}"' not in named] == []


@pytest.mark.parametrize(
    "line",
    ['noted("a_code", x)', 'Diagnostic(\n "a_code", "error", x)', 'self._tell("a_code", y)', '.note("a_code", z)'],
)
def test_a_use_of_a_code_is_seen(line: str) -> None:
    """Canary: in each of the forms the code is written in."""
    assert _CALL.search(line) or _MADE.search(line)


def test_the_commands_of_the_page_work(tmp_path: Path) -> None:
    """On a folder with one good skill."""
    skill = tmp_path / ".claude" / "skills" / "report"
    skill.mkdir(parents=True)
    (skill / "SKILL.md").write_text("---\nname: report\ndescription: Writes.\n---\nText\n", encoding="utf-8")
    (block,) = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    environ = {"HOME": str(tmp_path), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-euc", block], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "report" / "SKILL.md").is_file()
