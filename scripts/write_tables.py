"""Write the tables of the docs that the program holds: the codes of diagnostics, the settings.

In     the program's own tables
Out    docs/skills-diagnostics.md and docs/guide/settings.md with their tables replaced
       --check: nothing is written; status 1 when one differs
Never  touches a line outside of the two tables
"""

import re
import sys
from pathlib import Path

from skillstrata.app.setting_table import ROWS, Row
from skillstrata.runtime.skill_codes import SKILL_CODES

DOCS = Path(__file__).parents[1] / "docs"


def codes() -> str:
    """Give the table of every code that a diagnostic can have."""
    rows = (f"| `{row.code}` | {row.severity} | {row.meaning} |" for row in SKILL_CODES)
    return "\n".join(["| code | severity | meaning |", "|---|---|---|", *rows, ""])


def settings() -> str:
    """Give the table of every setting."""
    lines = ["| key | default | may be | variables | flag | what it is |", "|---|---|---|---|---|---|"]
    for row in ROWS:
        variables = ", ".join(f"`{name}`" for name in row.environ)
        cells = (f"`{row.key}`", _default(row), row.allowed, variables, f"`{row.flag}`", row.about)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _default(row: Row) -> str:
    if row.key == "data_dir":
        return "the user's data folder"
    if row.default in (None, ()):
        return "none"
    return {"True": "yes", "False": "no"}.get(str(row.default), str(row.default))


def with_table(page: str, table: str) -> str:
    """Give a page with the one table that has the same first line replaced."""
    head = re.escape(table.split("\n", 1)[0])
    return re.sub(rf"^{head}\n(?:\|.*\n)*", lambda _: table, page, count=1, flags=re.M)


def main() -> int:
    """Write both tables, or say which one differs."""
    stale: list[str] = []
    for path, table in ((DOCS / "skills-diagnostics.md", codes()), (DOCS / "guide" / "settings.md", settings())):
        before = path.read_text(encoding="utf-8")
        after = with_table(before, table)
        if after != before:
            stale.append(path.name)
            if "--check" not in sys.argv[1:]:
                path.write_text(after, encoding="utf-8")
    for name in stale:
        print(f"{name}: the table {'differs; run `make docs`' if '--check' in sys.argv[1:] else 'was written'}")
    return 1 if stale and "--check" in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
