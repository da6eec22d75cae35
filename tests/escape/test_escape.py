"""Is the suite whole: every row has its attacks, every attack has its line in the docs?"""

import ast
from collections import Counter

import pytest

from tests.escape.attack import Attack
from tests.escape.catalogue import ATTACKS, ROWS, by_name
from tests.escape.security_page import PAGE, described, lines_of
from tests.escape.verdict import STOPPED


def _missing(rows: set[int]) -> list[int]:
    return [row for row in ROWS if row not in rows]


def test_every_row_of_the_table_of_attacks_has_a_program() -> None:
    """A sandbox that stops 49 kinds of attack is open."""
    assert _missing({attack.row for attack in ATTACKS}) == []


def test_a_row_without_a_program_is_seen() -> None:
    """Canary: the list of missing rows names the row."""
    assert _missing(set(ROWS) - {8, 50}) == [8, 50]


def test_no_two_attacks_share_a_slug_or_a_place() -> None:
    """The runner finds an attack by its name, and the docs by its number and letter."""
    names = Counter(name for attack in ATTACKS for name in (attack.slug, f"{attack.row}{attack.letter}"))

    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
def test_a_program_is_whole(attack: Attack) -> None:
    """A program with a syntax error does no harm anywhere, and would look stopped."""
    assert ast.parse(attack.source)
    assert attack.limit or attack.steps or attack.refused or attack.drive, "nothing says what must stop it"
    assert by_name(attack.name) is attack


def test_the_docs_list_exactly_the_attacks_that_there_are() -> None:
    """`scripts/write_security_table.py` writes the table; a promise without a program behind it is none."""
    listed = [line.of for line in lines_of(PAGE.read_text(encoding="utf-8"))]

    assert listed == [described(attack) for attack in ATTACKS]


def test_the_docs_say_that_each_was_stopped_as_both_users() -> None:
    """What is published is a run in which everything held."""
    lines = lines_of(PAGE.read_text(encoding="utf-8"))

    assert lines
    assert [line.attack for line in lines if (line.ordinary, line.root) != (STOPPED, STOPPED)] == []
