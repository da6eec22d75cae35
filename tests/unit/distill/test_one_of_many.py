"""A program that treats every file of a folder alone is a tool for one file."""

import pytest

from skillstrata.distill.one_of_many import others_of_many
from skillstrata.records.drafts import Observation, ObservedFile
from skillstrata.records.events import Outcome
from skillstrata.records.executions import BodyKind, Execution

HOME = "/home/ann/work"
LOOP = 'import glob\nfor p in glob.glob("in/*.html"):\n    open(p[:-4] + "md", "w").write(open(p).read())\n'


def left_out(body: str, reads: tuple[str, ...], writes: tuple[str, ...]) -> list[str]:
    """Give the names of the files that are left out."""
    run = Execution("x", "claude-code", "s", "t", 1.0, "python", BodyKind.SCRIPT, body, (), HOME, Outcome.OK, ("e",))
    seen = Observation(
        True,
        tuple(ObservedFile(f"{HOME}/{name}", b"x") for name in reads),
        tuple(ObservedFile(f"{HOME}/{name}", b"y") for name in writes),
    )
    return sorted(path.removeprefix(f"{HOME}/") for path in others_of_many(run, seen))


@pytest.mark.parametrize(
    ("reads", "writes", "expected"),
    [
        (("in/a.html", "in/b.html", "in/c.html"), ("in/a.md", "in/b.md", "in/c.md"), ["in/b.html", "in/c.html"]),
        (("in/a.html", "in/b.html"), (), ["in/b.html"]),
        (("in/a.html",), ("in/a.md",), []),
        (("in/a.html", "in/b.html", "in/c.html"), ("all.md",), []),
        (("in/a.html", "in/b.csv"), ("a.md", "b.md"), []),
    ],
)
def test_files_that_are_found_and_treated_one_by_one_leave_one(
    reads: tuple[str, ...], writes: tuple[str, ...], expected: list[str]
) -> None:
    """Many into one is no loop, and files of two kinds are two parts."""
    assert left_out(LOOP, reads, writes) == expected


def test_files_that_the_program_names_stay() -> None:
    """A join of two tables names both: neither is one of many."""
    join = 'a = open("in/a.csv").read()\nb = open("in/b.csv").read()\nprint(a + b)\n'

    assert left_out(join, ("in/a.csv", "in/b.csv"), ()) == []
