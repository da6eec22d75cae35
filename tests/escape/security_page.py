"""The table of attacks in docs/security.md: how it is drawn, and how it is read back.

In     the catalogue; the outcomes of both users
Out    the text between the markers; the rows of a page
Never  says that something was stopped which was not
"""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.escape.attack import ORDINARY, ROOT, Attack
from tests.escape.verdict import SUCCEEDS, Outcome

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
BEGIN = "<!-- attacks: begin (scripts/write_security_table.py writes them) -->\n"
END = "<!-- attacks: end -->\n"
_HEAD = (
    "| attack | what it does | what stops it | ordinary user | root | without the sandbox |\n"
    "|---|---|---|---|---|---|\n"
)
_ROW = re.compile(r"^\| (\d+[a-z]\d*) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", flags=re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    attack: str
    what: str
    stopped_by: str
    ordinary: str
    root: str
    control: str

    @property
    def of(self) -> tuple[str, str, str]:
        """Give the part that the catalogue decides."""
        return (self.attack, self.what, self.stopped_by)


def described(attack: Attack) -> tuple[str, str, str]:
    """Give what the table says of an attack before anything was run."""
    return (f"{attack.row}{attack.letter}", attack.what, attack.stopped_by)


def table(attacks: tuple[Attack, ...], outcomes: dict[tuple[str, str], Outcome]) -> str:
    """Draw the table; outcomes are found by user and name."""
    lines: list[str] = []
    for attack in attacks:
        ordinary, root = (outcomes[user, attack.name] for user in (ORDINARY, ROOT))
        cells = (*described(attack), ordinary.sandbox, root.sandbox, _control(ordinary.control, root.control))
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n")
    return _HEAD + "".join(lines)


def _control(ordinary: str, root: str) -> str:
    if ordinary == root:
        return ordinary
    return f"{_short(ordinary)} (ordinary user); {_short(root)} (root)"


def _short(control: str) -> str:
    return control if control == SUCCEEDS else control.replace("the kernel already refuses: ", "refused: ")


def lines_of(page: str) -> tuple[Line, ...]:
    """Read the table back."""
    between = page.partition(BEGIN)[2].partition(END)[0]
    return tuple(Line(*cells) for cells in _ROW.findall(between))


def with_table(page: str, text: str) -> str:
    """Give the page with another table.

    Raises:
        ValueError: The page has no markers.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN.strip()!r} and {END.strip()!r}")
    return f"{before}{begin}{text}{end}{after}"
