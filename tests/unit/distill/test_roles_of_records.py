"""Values of one record stay together: a report that mixes records holds all of them and is wrong."""

import pytest

from skillstrata.distill.paired import torn_apart
from skillstrata.records.proofs import TypedBytes

PEOPLE = TypedBytes("text/csv", b"name,city,age\nAnn Lee,Oslo,31\nBo Ray,Rome,25\nCy Doe,Paris,47\n")


@pytest.mark.parametrize(
    ("text", "torn"),
    [
        ("Oslo: 31\nRome: 25\nParis: 47\n", 0),
        ("Oslo: 25\nParis: 31\nRome: 47\n", 3),
        ("oldest: 47 (Cy Doe)\nyoungest: 25 (Bo Ray)\n", 0),
        ("Ann Lee, Bo Ray, Cy Doe\n31 25 47\n", 0),
        ("Ann Lee 31, Bo Ray 25, Cy Doe 47\n", 0),
        ("Oslo: 25\nRome: 25\nParis: 47\n", 0),
        ("Oslo 1\nRome 2\nParis 3\n", 0),
        ("", 0),
    ],
)
def test_lines_that_mix_records_are_found(text: str, torn: int) -> None:
    """Sorted names beside sorted amounts; numbers of no record, and lists, say nothing."""
    assert len(torn_apart(PEOPLE, TypedBytes("text/plain", text.encode()), frozenset())) == torn


def test_what_is_no_table_tells_nothing() -> None:
    """Twin: the same words in prose have no records."""
    prose = TypedBytes("text/plain", b"Ann Lee of Oslo is 31, Bo Ray of Rome 25.")

    assert torn_apart(prose, TypedBytes("text/plain", b"Oslo: 25\nRome: 31\n"), frozenset()) == ()
