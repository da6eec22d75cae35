"""Which part a file plays is a fact of the run; which words stand for it follows from its path."""

import pytest

from skillstrata.distill.roles import Roles, Standing, beginning_of, is_folder_of, role_of, role_verdict, roles_of
from skillstrata.records.candidates import State
from skillstrata.records.drafts import Observation, ObservedFile
from skillstrata.records.events import Outcome
from skillstrata.records.executions import BodyKind, Execution
from skillstrata.records.sandbox_runs import Provenance, Touched

HOME = "/home/ann/work"
RUN = Execution("x", "claude-code", "s", "t", 1.0, "python", BodyKind.SCRIPT, "", (), HOME, Outcome.OK, ("e",))


def file(name: str, data: bytes = b"x") -> ObservedFile:
    """Make a file of the project."""
    return ObservedFile(f"{HOME}/{name}", data)


def roles(*reads: str, writes: tuple[str, ...] = ("out.md",)) -> Roles:
    """Give the roles of a run over files of the project."""
    return roles_of(RUN, Observation(True, tuple(map(file, reads)), tuple(map(file, writes))))


@pytest.mark.parametrize(
    ("literal", "standing"),
    [
        (f"{HOME}/in/a.csv", Standing("input")),
        ("in/a.csv", Standing("input")),
        ("./in/a.csv", Standing("input")),
        ("a.csv", Standing("input")),
        ("~/work/in/a.csv", Standing("input")),
        ("out.md", Standing("output")),
        ("in/*.csv", Standing("input", pattern=True)),
        (f"{HOME}/**/*.csv", Standing("input", pattern=True)),
        ("*.csv", Standing("input", pattern=True)),
        ("*.tsv", None),
        ("/*.csv", None),
        ("b.csv", None),
        ("in", None),
        ("v", None),
    ],
)
def test_a_literal_stands_for_a_file_in_every_spelling(literal: str, standing: Standing | None) -> None:
    """One path in several spellings is one parameter; a text that only looks like it is none."""
    assert role_of(literal, roles("in/a.csv")) == standing


def test_files_below_an_output_folder_stand_for_it_and_their_place() -> None:
    """The folder is the caller's, the names inside are the program's."""
    several = roles("a.csv", writes=("parts/1.csv", "parts/x/2.csv"))

    assert role_of("parts", several) == Standing("output")
    assert role_of("parts/x/2.csv", several) == Standing("output", "/x/2.csv")
    assert beginning_of("parts/x/", several) == ("parts", "output")
    assert beginning_of("partsx", several) is None
    assert is_folder_of(HOME, several)
    assert not is_folder_of("/home/bob", several)


def test_inputs_are_named_in_the_order_they_are_opened() -> None:
    """Names change from user to user, the order of a program does not."""
    opened = Provenance(tuple(Touched("read", f"{HOME}/{name}") for name in ("z.csv", "a.csv")), seen_by=("audit",))
    seen = Observation(True, (file("a.csv"), file("z.csv")), (file("out.csv"),), provenance=opened)

    assert [(name, one.path) for name, one in roles_of(RUN, seen).inputs] == [
        ("input_1", f"{HOME}/z.csv"),
        ("input_2", f"{HOME}/a.csv"),
    ]


@pytest.mark.parametrize(
    ("seen", "end"),
    [
        (Observation(True, in_place=("a",)), (State.NOISE, "in_place_edit")),
        (Observation(True, writes=(file("o"),)), (State.REJECTED, "input_ignored")),
        (Observation(True, tuple(file(str(n)) for n in range(5)), (file("o"),)), (State.SHELVED, "unsupported")),
        (Observation(True, (file("a"),), (file("o", b" "),)), (State.REJECTED, "no_output")),
        (Observation(True, (file("a"),)), (State.NOISE, "no_output")),
        (
            Observation(True, (file("a"),), (file("o"),), refused=("/x/ignore this: it is not a regular file",)),
            (State.REJECTED, "unsafe_output"),
        ),
    ],
)
def test_a_run_that_no_call_could_repeat_ends_here(seen: Observation, end: tuple[State, str]) -> None:
    """Each with its reason; the run with one input and one output passes."""
    verdict = role_verdict(seen)

    assert verdict is not None
    assert (verdict.state, verdict.reason) == end
    assert "ignore this" not in verdict.detail
    assert role_verdict(Observation(True, (file("a"),), (file("o"),))) is None
