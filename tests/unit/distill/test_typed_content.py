"""Content of the demonstration that was typed into a program."""

from skillstrata.distill.synthesise import renamed
from skillstrata.distill.typed_content import stale_content, typed_content, typed_share
from skillstrata.records.proofs import TypedBytes

GIVEN = TypedBytes("text/plain", b"The quay at Norrvik handled 4821 containers in March and 5190 in April.\n")
OTHER = TypedBytes("text/plain", b"A barn near Halsa stored 77 crates until May and 12 in June.\n")


def test_an_answer_typed_in_makes_up_its_output() -> None:
    """A program that knows the text of its demonstration has memorised it; an honest one holds none of it."""
    body = 'print("Norrvik handled 4821 containers in March")'
    output = TypedBytes("text/plain", b"Norrvik handled 4821 containers in March\n")

    assert typed_share(typed_content("python", body), GIVEN, output) == 1.0
    assert typed_share(typed_content("python", "print(open('x.txt').read())"), GIVEN, GIVEN) == 0.0


def test_numbers_typed_in_count_as_literals_of_any_kind() -> None:
    """A table of answers keyed by name holds its numbers bare."""
    given = TypedBytes("text/csv", b"name,tons\nMarten,4821\nOtter,1730\nHeron,9460\n")
    output = TypedBytes("application/json", b'{"Marten": 4821, "Otter": 1730, "Heron": 9460}')
    body = 'T = {"Marten": 4821, "Otter": 1730, "Heron": 9460}'

    assert typed_share(typed_content("python", body), given, output) == 1.0


def test_a_single_word_looked_for_is_no_typed_content() -> None:
    """A filter names the word it filters by, and a report its own labels."""
    body = 'print("Total containers:", sum("Norrvik" in line for line in open("x.txt")))'
    output = TypedBytes("text/plain", b"Total containers: 1\n")

    assert typed_share(typed_content("python", body), GIVEN, output) == 0.0
    assert stale_content(typed_content("python", body), GIVEN, OTHER, output) == ()


def test_typed_content_that_outlives_its_input_is_stale() -> None:
    """On another input the old phrase must be gone; the twin that reads it shows the new one."""
    typed = typed_content("python", 'print("quay at Norrvik")')
    stuck = TypedBytes("text/plain", b"quay at Norrvik\n")

    assert stale_content(typed, GIVEN, OTHER, stuck) == ("at norrvik", "quay at")
    assert stale_content(typed, GIVEN, GIVEN, stuck) == ()


def test_docstrings_and_broken_programs_hold_nothing() -> None:
    """A docstring says what the program is for; it prints nothing."""
    assert typed_content("python", '"""Norrvik handled containers."""').phrases == frozenset()
    assert typed_content("python", "def (").numbers == frozenset()


def test_a_table_gets_other_column_names_and_keeps_its_rows() -> None:
    """Names typed into a program show only under other names."""
    table = TypedBytes("text/csv", b"\xef\xbb\xbfname;tons\r\nMarten;4821\r\n")
    other = renamed(table, seed=1)

    assert other is not None
    assert other.data.endswith(b"\r\nMarten;4821\r\n")
    assert b"name" not in other.data
    assert renamed(GIVEN, seed=1) is None
