"""Runs on inputs nobody demonstrated: each relation fails on the program it is for, and holds on its honest twin."""

import csv
import io

import pytest

from skillstrata.distill.relations_new import at_edges, general, metamorphic, quoted_cells, unseen
from tests.programs import CSV_TABLE
from tests.programs_pretended import CSV, JSON, Body, Run, as_json, faults, honest, pretended, rows_of, steps_of

GIVEN = CSV_TABLE.encode()
PLAIN = b"id,town,berths\n1,Norrvik,14\n2,Halsa,9\n3,Vik,31\n4,Sund,5\n"
TSV = "text/tab-separated-values"


def splits(run: Run) -> bytes:
    """Split lines at commas, whatever they stand in."""
    head, *rows = [line.split(",") for line in run.read().decode().splitlines()]
    return as_json([dict(zip(head, row, strict=False)) for row in rows])


def splits_tabs(run: Run) -> bytes:
    """Split lines at tabs."""
    head, *rows = [line.split("\t") for line in run.read().decode().splitlines()]
    return as_json([dict(zip(head, row, strict=False)) for row in rows])


def knows_five(run: Run) -> bytes:
    """Work on tables of the demonstration's length."""
    rows = rows_of(run.read())
    if len(rows) != len(rows_of(GIVEN)):
        raise ValueError
    return as_json(rows)


def first_ones(run: Run) -> bytes:
    """Give no more rows than the demonstration had."""
    return as_json(rows_of(run.read())[: len(rows_of(GIVEN))])


def same_for_all(run: Run) -> bytes:
    """Open the input and forget it."""
    run.read()
    return as_json(rows_of(GIVEN))


def only_ascii(run: Run) -> bytes:
    """Lose all other letters without a word."""
    text = run.read().decode("ascii", "ignore")
    return as_json([dict(row) for row in csv.DictReader(io.StringIO(text))])


@pytest.mark.parametrize(
    ("body", "reason"),
    [(knows_five, "unproven_generality"), (first_ones, "unproven_generality"), (same_for_all, "input_ignored")],
)
def test_what_works_on_its_own_instance_alone_fails(body: Body, reason: str) -> None:
    """The gap of all who check a tool on the instance it came from."""
    assert reason in {r for _, r in faults(steps_of(unseen, pretended(body, given=GIVEN), profile="table-1"))}


def test_an_honest_program_holds_on_unseen_inputs() -> None:
    """Twin: three inputs of the same shape, each judged on its own content."""
    steps = steps_of(unseen, pretended(honest, given=GIVEN))

    assert faults(steps) == []
    assert [s.run.relation for s in steps] == ["unseen"] * 3
    assert all(s.run.oracle is not None and s.run.oracle.ok for s in steps)


def test_a_type_that_nobody_can_make_is_not_proven() -> None:
    """Without other inputs there is no generality to speak of."""
    types = ("application/x-unheard-of", JSON)

    def opens(run: Run) -> bytes:
        return as_json({"bytes": len(run.read())})

    found = faults(steps_of(unseen, pretended(opens, given=b"\x00\x01\x02", types=types), profile="extract-1"))

    assert found == [("unseen", "unproven_generality")]


def test_torn_cells_are_found_though_the_demonstration_has_none() -> None:
    """A naive split is right on a plain table; the next user's has a comma in a name."""
    assert faults(steps_of(quoted_cells, pretended(splits, given=PLAIN))) == [("quoted", "unproven_generality")]
    assert faults(steps_of(quoted_cells, pretended(honest, given=PLAIN))) == []


def test_between_tabs_quotes_are_no_fault() -> None:
    """Many write tabs without quotes, and who splits there is right: it is noted."""
    trial = pretended(splits_tabs, given=PLAIN.replace(b",", b"\t"), types=(TSV, JSON))

    assert faults(steps_of(quoted_cells, trial)) == []


def test_letters_beyond_ascii_must_not_be_lost_silently() -> None:
    """Names are content; a clear failure would be honest, and so is keeping them."""

    def fails_on_them(run: Run) -> bytes:
        return as_json([dict(row) for row in csv.DictReader(io.StringIO(run.read().decode("ascii")))])

    assert ("edge unicode", "unproven_generality") in faults(steps_of(at_edges, pretended(only_ascii, given=PLAIN)))
    assert faults(steps_of(at_edges, pretended(fails_on_them, given=PLAIN))) == []
    assert faults(steps_of(at_edges, pretended(honest, given=PLAIN))) == []


def test_a_damaged_input_that_gives_an_output_is_noted() -> None:
    """It belongs on the tool's page, and says nothing of sound inputs."""

    def never_fails(run: Run) -> bytes:
        try:
            return honest(run)
        except (ValueError, csv.Error):
            return b"[]"

    steps = steps_of(at_edges, pretended(never_fails, given=GIVEN))

    assert faults(steps) == []
    assert "edge empty" in {step.run.relation for step in steps}


def test_general_inputs_inform_and_end_nothing() -> None:
    """A tool for one kind of table is one; how far it reaches is for its page to say."""

    def of_ports(run: Run) -> bytes:
        return as_json([{"id": row["id"], "town": row["town"]} for row in rows_of(run.read())])

    narrow = steps_of(general, pretended(of_ports, given=GIVEN), profile="table-1")
    wide = steps_of(general, pretended(honest, given=GIVEN))

    assert faults([*narrow, *wide]) == []
    assert ({s.run.ok for s in narrow}, {s.run.ok for s in wide}) == ({False}, {True})


def test_metamorphic_relations_are_run_and_inform() -> None:
    """They need no right answer: what they find is said, and honest programs break some."""
    steps = steps_of(metamorphic, pretended(honest, given=GIVEN, types=(CSV, JSON)))

    assert steps
    assert faults(steps) == []
