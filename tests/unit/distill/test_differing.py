"""Two recorded programs that differ in values alone show what the user chooses."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.distill.differing import differing, skeleton
from skillstrata.distill.generalise import generalise
from skillstrata.distill.knobs import Knob
from skillstrata.records.drafts import Observation, ObservedFile
from skillstrata.records.events import Outcome
from skillstrata.records.executions import BodyKind, Execution

FOLDER = "/home/ann/work"


def ran(body: str, *, run: str = "x1", language: str = "python", argv: tuple[str, ...] = ()) -> Execution:
    """Make a recorded run."""
    kind = BodyKind.PIPELINE if language == "shell" else BodyKind.SCRIPT
    return Execution(run, "claude-code", "s", "t", 1.0, language, kind, body, argv, FOLDER, Outcome.OK, ("e",))


ONE = f'rows = open("{FOLDER}/a.csv").read().splitlines()\nprint([r for r in rows if int(r.split(";")[3]) > 40])\n'
OTHER = ONE.replace("a.csv", "b.csv").replace("> 40", "> 75").replace("[3]", "[1]")


def test_values_in_which_two_runs_differ_are_options_without_a_name_of_theirs() -> None:
    """Paths play parts of their own; a value that is the same in all runs is the program's business."""
    found = differing(ran(ONE), (ran(OTHER, run="x2"),), ())

    assert [(k.name, k.kind, k.value, k.others) for k in found] == [
        ("option_1", "integer", "3", ("1",)),
        ("option_2", "integer", "40", ("75",)),
    ]


def test_another_program_says_nothing() -> None:
    """Twin: the same difference in a program that does something else."""
    assert differing(ran(ONE), (ran(OTHER.replace("print", "list"), run="x2"),), ()) == ()
    assert differing(ran(ONE), (ran(ONE),), ()) == ()


def test_a_known_option_keeps_its_name_and_learns_the_other_value() -> None:
    """A width is called width; what it was elsewhere is tried first."""
    known = (Knob("width", "integer", "3", start=ONE.index("3]"), end=ONE.index("3]") + 1),)
    found = differing(ran(ONE), (ran(OTHER, run="x2"),), known)

    assert [(k.name, k.others) for k in found] == [("width", ("1",)), ("option_1", ("75",))]


@pytest.mark.parametrize(
    ("language", "one", "other", "value"),
    [
        ("shell", "sort -k 2 a.txt | head -n 5 > o.txt\n", "sort -k 2 b.txt | head -n 20 > p.txt\n", "20"),
        ("node", "const n = 3; write('x', rows.slice(0, n))\n", "const n = 9; write('x', rows.slice(0, n))\n", "9"),
    ],
)
def test_the_same_holds_in_every_language(language: str, one: str, other: str, value: str) -> None:
    """Words of a pipeline and constants of a script differ like those of Python."""
    (knob,) = differing(ran(one, language=language), (ran(other, run="x2", language=language),), ())

    assert knob.others == (value,)
    assert one.encode()[knob.start : knob.end].decode() == knob.value


def test_words_of_the_call_differ_too() -> None:
    """A program that reads its arguments is called with another one; another flag is another program."""
    calls = [ran("import sys\n", run=f"x{n}", argv=("a.csv", "--least", str(n))) for n in (1, 7)]
    (knob,) = differing(calls[0], calls[1:], ())

    assert (knob.word, knob.value, knob.others) == (2, "1", ("7",))
    assert differing(calls[0], (replace(calls[1], argv=("a.csv", "--most", "7")),), ()) == ()


def test_a_difference_becomes_an_argument_of_the_draft() -> None:
    """From two runs to one program: the demonstration's value is the default."""
    given = Observation(succeeded=True, reads=(ObservedFile(f"{FOLDER}/a.csv", b"1;2;3;50"),), stdout=b"x")
    draft, verdict = generalise(ran(ONE), given, (), siblings=(ran(OTHER, run="x2"),))

    assert verdict is None
    assert draft is not None
    assert [(o.name, o.default) for o in draft.options] == [("option_1", "3"), ("option_2", "40")]
    assert "> _strata_option_2" in draft.main
    assert "_strata_option_2 = int(_strata_option_2)" in draft.main


@given(st.text(max_size=80), st.sampled_from(["python", "node", "shell", "perl"]))
def test_any_text_has_a_skeleton(body: str, language: str) -> None:
    """Bodies are untrusted."""
    assert skeleton(ran(body, language=language)) == skeleton(ran(body, language=language))
