"""The table of codes in docs/library.md is what drafts and listings of learned artefacts give."""

import ast
import re
from pathlib import Path

import pytest

from tests.docs.learned_codes import OF_LEARNED

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "library.md"
_CODE = re.compile(r"(?:artifacts?|draft|folder)_[a-z_]+")
_ROW = re.compile(rf"(?m)^\| `({_CODE.pattern})` \|")
# The fields of a draft that are one line each: a code may have the field's name in it.
_FIELDS = ("because", "description")


def _codes(text: str) -> set[str]:
    """Give the codes of a module, also those made of a part and the name of a field."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.JoinedStr):
            for field in _FIELDS:
                parts = (field if isinstance(part, ast.FormattedValue) else _word(part) for part in node.values)
                found.add("".join(parts))
        elif isinstance(node, ast.Constant):
            found.add(_word(node))
    return {code for code in found if _CODE.fullmatch(code)}


def _word(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_every_code_of_a_draft_or_a_listing_is_explained_and_no_other() -> None:
    """Programs branch on codes, and people look them up."""
    paths = [path for path in (ROOT / "src").rglob("*.py") if path.name in OF_LEARNED]
    used = {code for path in paths for code in _codes(path.read_text(encoding="utf-8"))}

    assert len(paths) == len(OF_LEARNED)
    assert set(_ROW.findall(PAGE.read_text(encoding="utf-8"))) == used


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ('f(Diagnostic("draft_of_ours", "error"))', {"draft_of_ours"}),
        ('f(f"draft_{what}_ours")', {"draft_because_ours", "draft_description_ours"}),
        ('f("draft of ours", "a draft_of_ours")', set[str]()),
    ],
)
def test_a_use_of_a_code_is_seen(line: str, codes: set[str]) -> None:
    """Canary: in each form the code is written in, and nothing else is taken for one."""
    assert _codes(line) == codes
