"""Runs on the demonstrated content: each relation fails on the program it is for, and holds on its honest twin."""

from dataclasses import replace

import pytest

from skillstrata.distill.relations_same import oddly_named, same_content
from tests.programs import CSV_TABLE
from tests.programs_pretended import (
    Body,
    Failed,
    PretendedSandbox,
    Run,
    as_json,
    faults,
    honest,
    pretended,
    rows_of,
    steps_of,
)

GIVEN = CSV_TABLE.encode()
ANSWER = as_json(rows_of(GIVEN))


def of_its_place(run: Run) -> bytes:
    """Read its input only under the name it had."""
    if run.words[0] not in {"/out/ports.csv", "/out/input.csv"}:
        raise Failed
    return honest(run)


def of_its_surroundings(run: Run) -> bytes:
    """Show the time zone it runs in."""
    return as_json([{**row, "zone": run.env.get("TZ", "UTC")} for row in rows_of(run.read())])


def of_its_name(run: Run) -> bytes:
    """Show the first letter of its input's name."""
    return as_json([{**row, "by": run.words[0][5:7]} for row in rows_of(run.read())])


def never_looks(_run: Run) -> bytes:
    """Give the answer it knows."""
    return ANSWER


def counts_its_starts(run: Run) -> bytes:
    """Give another answer each time."""
    return as_json([{**row, "start": run.count} for row in rows_of(run.read())])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (of_its_place, ("moved", "unliftable")),
        (of_its_name, ("moved", "unliftable")),
        (of_its_surroundings, ("repeated", "nondeterministic")),
        (counts_its_starts, ("original", "nondeterministic")),
        (never_looks, ("absent", "input_ignored")),
    ],
)
def test_what_depends_on_anything_but_its_input_fails(body: Body, expected: tuple[str, str]) -> None:
    """A tool must give the same wherever the user's file lies, and must need the file."""
    assert expected in faults(steps_of(same_content, pretended(body, given=GIVEN)))


def test_an_honest_program_holds_everywhere() -> None:
    """Twin of all of them: the same relations, nothing found."""
    trial = pretended(honest, given=GIVEN)

    assert faults(steps_of(same_content, trial)) == []
    assert [s.run.relation for s in steps_of(same_content, trial)] == ["original", "repeated", "moved", "absent"]
    assert all(step.run.ok for step in steps_of(oddly_named, trial))


def test_the_day_of_the_run_must_not_be_in_the_output() -> None:
    """Two runs of one day agree; a tool that stamps its output still is none."""
    dated = pretended(lambda run: as_json([{**r, "made": "2031-05-06"} for r in rows_of(run.read())]), given=GIVEN)

    assert faults(steps_of(same_content, dated)) == []
    assert faults(steps_of(same_content, replace(dated, today=("2031-05-06",)))) == [("repeated", "nondeterministic")]


@pytest.mark.parametrize(
    ("left", "refused", "reason"),
    [(("/out/cache.tmp",), (), "unsupported"), ((), ("/out/x: it is not a regular file",), "unsafe_output")],
)
def test_what_is_left_beside_the_output_ends_the_proof(
    left: tuple[str, ...], refused: tuple[str, ...], reason: str
) -> None:
    """One output, and nothing that a folder of the user must not hold. The honest twin leaves nothing."""
    trial = pretended(honest, given=GIVEN)
    untidy = replace(trial, sandbox=PretendedSandbox(honest, beside=left, refused=refused))

    assert faults(steps_of(same_content, untidy))[0] == ("original", reason)


def test_another_result_than_the_original_gave_is_no_lifting() -> None:
    """The lifted program must do what was seen, not something like it."""
    trial = pretended(honest, given=GIVEN)

    assert faults(steps_of(same_content, replace(trial, shown=b"[]"))) == [("original", "unliftable")]


def test_no_output_says_why() -> None:
    """The user reads the program's last words."""

    def fails(_run: Run) -> bytes:
        raise Failed

    (step, *_) = steps_of(same_content, pretended(fails, given=GIVEN), profile="table-1")

    assert step.reason == "unliftable"
    assert "the input cannot be read" in step.run.detail


def test_odd_names_are_noted_and_end_nothing() -> None:
    """A star in a name is a pattern to many an honest program: it is said, and no more."""

    def fears_quotes(run: Run) -> bytes:
        if "'" in run.words[0]:
            raise Failed
        return honest(run)

    (step,) = steps_of(oddly_named, pretended(fears_quotes, given=GIVEN))

    assert (step.run.ok, step.run.gate) == (False, False)
