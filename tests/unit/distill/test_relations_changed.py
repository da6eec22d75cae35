"""Runs on changed content and turned options: each relation fails on the program it is for, and holds on its twin."""

import csv
import io

import pytest

from skillstrata.distill.relations_changed import (
    changed,
    idle_options,
    measured,
    renamed_columns,
    reworded,
    turned,
)
from skillstrata.distill.trial import Start
from skillstrata.records.drafts import OptionSpec
from tests.programs import CSV_TABLE
from tests.programs_pretended import Body, Run, as_json, faults, honest, pretended, rows_of, steps_of

GIVEN = CSV_TABLE.encode()
ROWS = rows_of(GIVEN)
ANSWER = as_json(ROWS)
NAMES = ("id", "town", "berths", "opened")


def remembers(run: Run) -> bytes:
    """Read the rows, and give the first town it knows."""
    first, *rest = rows_of(run.read())
    return as_json([{**first, "town": ROWS[0]["town"]}, *rest])


def fails_on_others(run: Run) -> bytes:
    """Work on the demonstrated bytes alone."""
    if run.read() != GIVEN:
        raise ValueError
    return ANSWER


def ignores(run: Run) -> bytes:
    """Open the input and forget it."""
    run.read()
    return ANSWER


def types_the_names(run: Run) -> bytes:
    """Give the columns of the demonstration to any table."""
    rows = list(csv.reader(io.StringIO(run.read().decode())))[1:]
    return as_json([dict(zip(NAMES, row, strict=False)) for row in rows])


def takes_one_up(run: Run) -> bytes:
    """Change a column."""
    return as_json([{**row, "berths": f"{row.get('berths', '')}0"} for row in rows_of(run.read())])


@pytest.mark.parametrize(
    ("body", "reason"), [(remembers, "memorised"), (fails_on_others, "memorised"), (ignores, "input_ignored")]
)
def test_what_does_not_follow_its_input_fails(body: Body, reason: str) -> None:
    """A value that changes in the input changes in the output, and the old one is gone."""
    found = faults(steps_of(changed, pretended(body, given=GIVEN), profile="table-1"))

    assert ("replace", reason) in found


def test_an_honest_program_follows_its_input() -> None:
    """Twin: values, order and added rows all show."""
    steps = steps_of(changed, pretended(honest, given=GIVEN))

    assert faults(steps) == []
    assert {"replace", "permute", "append"} <= {step.run.relation for step in steps}


def test_a_wrong_column_is_measured_and_the_right_one_holds() -> None:
    """An independent reader compares the tables."""
    assert faults(steps_of(measured, pretended(takes_one_up, given=GIVEN), profile="table-1")) == [
        ("measured", "wrong_output")
    ]
    assert faults(steps_of(measured, pretended(honest, given=GIVEN))) == []


def test_a_sentence_of_the_programs_own_is_no_proof_of_a_fault() -> None:
    """Nobody can recompute it: the draft waits on the shelf. Rows of its own beside it are a fault."""
    said = "this report was made from the whole list"

    def says(run: Run) -> bytes:
        return as_json({"note": said, "rows": rows_of(run.read())})

    def says_wrong(run: Run) -> bytes:
        return as_json(
            {"note": said, "rows": [*rows_of(run.read()), {"town": "Atlantis", "id": "Lemuria Mu Ys Avalon"}]}
        )

    def found(body: Body) -> list[tuple[str, str]]:
        trial = pretended(body, given=GIVEN, labels=("note", "rows", *said.split()))
        return faults(steps_of(measured, trial, profile="extract-1"))

    assert found(says) == [("measured", "unmeasurable")]
    assert found(says_wrong) == [("measured", "wrong_output")]


def test_an_output_that_is_typed_into_the_program_is_memorised() -> None:
    """Whatever the replay shows: half of the output stands in the text. The same program without it holds."""
    typed = f"rows = {ROWS!r}\nprint(rows)\n"

    assert faults(steps_of(measured, pretended(honest, given=GIVEN, source=typed))) == [("measured", "memorised")]
    assert faults(steps_of(measured, pretended(honest, given=GIVEN, source="import csv\n"))) == []


def test_typed_words_must_not_outlive_the_input() -> None:
    """On an input of which no word is kept, the demonstration's words are nobody's but the program's."""
    source = 'NOTE = "Sund, East 1961 Norrvik Halsa"\n'

    def adds_its_note(run: Run) -> bytes:
        return as_json([*rows_of(run.read()), {"town": "Sund, East"}])

    assert ("reworded", "memorised") in faults(
        steps_of(reworded, pretended(adds_its_note, given=GIVEN, source=source), profile="table-1")
    )
    assert faults(steps_of(reworded, pretended(honest, given=GIVEN, source=source))) == []


def test_what_hands_every_other_input_through_is_found() -> None:
    """A program that only replaces the demonstration's own words does nothing to anybody else's file."""

    def replaces(run: Run) -> bytes:
        return run.read().replace(b"Norrvik", b"NORRVIK")

    def capitals(run: Run) -> bytes:
        return run.read().decode().upper().encode()

    types = ("text/plain", "text/plain")

    assert ("reworded", "memorised") in faults(steps_of(reworded, pretended(replaces, given=GIVEN, types=types)))
    assert faults(steps_of(reworded, pretended(capitals, given=GIVEN, types=types))) == []


def test_typed_column_names_show_under_other_names() -> None:
    """A header that is typed in is wrong for every other table; a clear failure would be fine."""

    def needs_them(run: Run) -> bytes:
        return as_json([{name: row[name] for name in NAMES} for row in rows_of(run.read())])

    assert faults(steps_of(renamed_columns, pretended(types_the_names, given=GIVEN))) == [("renamed", "memorised")]
    assert faults(steps_of(renamed_columns, pretended(needs_them, given=GIVEN))) == []
    assert faults(steps_of(renamed_columns, pretended(honest, given=GIVEN))) == []


def test_an_option_that_shows_nothing_is_idle_and_its_twin_acts() -> None:
    """An option that changes nothing would be a promise without effect."""
    options = (OptionSpec("indent", "integer", "2"), OptionSpec("limit", "integer", "3"))

    def cuts(run: Run) -> bytes:
        return as_json(rows_of(run.read())[: int(run.words[2])])

    trial = pretended(cuts, given=GIVEN, options=options)

    assert idle_options(trial, trial.run(Start(trial.given))) == {"indent"}
    assert faults(steps_of(turned, trial)) == [("option indent", "unliftable")]
