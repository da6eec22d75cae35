"""Which runs gave something, whatever their record says?"""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.distill.nominate import nominate
from skillstrata.records.events import FileSnapshot, Outcome
from skillstrata.records.executions import BodyKind
from tests.nominated import CONVERTER, judged, ran


@pytest.mark.parametrize(
    "changes",
    [
        {"stdout": 'Traceback (most recent call last):\n  File "/w/x.py", line 2\nKeyError: 1\n'},
        {"stdout": "bash: line 1: pandoc: command not found\n"},
        {"stdout": "Found 0 tables\nwrote 0 rows\n"},
        {"stdout": "0 records converted\n"},
        {"stdout": "[]\n"},
        {"stdout": "Ãœber uns, schÃ¶n, fÃ¼r\n"},
        {"stdout": "caf\ufffd\n"},
        {"snapshots": (FileSnapshot("/w/out.md", "e3b0", 0),)},
    ],
)
def test_a_recorded_success_that_gave_nothing_is_rejected(changes: dict[str, object]) -> None:
    """Measured on real sessions: 5 of 34 conversion-like runs recorded ok produced nothing useful."""
    assert judged(ran(CONVERTER, **changes)) == ("rejected", "false_success")


@pytest.mark.parametrize(
    "changes",
    [
        {"stdout": 'Traceback (most recent call last):\n  File "/srv/app/main.py", line 2\nKeyError: 1\n'},
        {"stdout": "12 paragraphs, 0 tables\n"},
        {"stdout": "schön, für, Über\n"},
        {"snapshots": (FileSnapshot("/w/out.md", "ab12", 10),)},
        {"snapshots": (FileSnapshot("/w/other.log", "e3b0", 0),)},
        {"snapshots": (FileSnapshot("/w/out.md", None, 0, "missing"),)},
    ],
)
def test_a_real_result_is_not_mistaken_for_a_false_success(changes: dict[str, object]) -> None:
    """The twin: a log with another program's traceback, one zero among counts, letters beyond ASCII."""
    assert judged(ran(CONVERTER, **changes)) == ("", "nominated")


def test_a_missing_command_after_the_program_is_not_its_false_success() -> None:
    """Ours: `python x.py && pandoc out.md` may fail in what follows; a command that the program starts counts."""
    error = "bash: line 1: pandoc: command not found"
    hidden = {"outcome": Outcome.UNKNOWN, "masked": True, "error": error}
    starts = CONVERTER + "import os\nos.system('pandoc ' + name)\n"

    assert judged(ran(CONVERTER, **hidden)) == ("", "nominated")
    assert judged(ran(starts, **hidden)) == ("rejected", "false_success")


def test_a_piped_in_file_is_an_input() -> None:
    """Ours: `cat FILE | python3 -c …` names its input in the shell, not in the program."""
    body = "import sys\nprint(sys.stdin.read().upper())"

    assert judged(ran(body, stdin_path="/w/in.csv")) == ("", "nominated")
    assert judged(ran(body)) == ("noise", "no_external_input")


def test_the_evidence_names_input_output_and_hidden_status() -> None:
    """Ours: the story of a candidate must be readable."""
    evidence = nominate(ran(CONVERTER, outcome=Outcome.UNKNOWN, masked=True)).evidence

    assert evidence[:2] == ("takes in in.html", "writes out.md")
    assert "the shell hid" in evidence[-1]


@given(st.text(), st.lists(st.text(max_size=20), max_size=3), st.sampled_from(Outcome), st.text(max_size=200))
def test_any_text_gets_an_answer(body: str, argv: list[str], outcome: Outcome, stdout: str) -> None:
    """The function's promise: nominated without a verdict, or not nominated with one."""
    nomination = nominate(ran(body, *argv, outcome=outcome, stdout=stdout))

    assert nomination.nominated is (nomination.verdict is None)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"stdout": "bash: line 1: pandoc: command not found\n"}, ("", "nominated")),
        ({"error": "sh: 1: pandoc: not found\n", "outcome": Outcome.FAILED}, ("", "nominated")),
        ({"stdout": "bash: line 1: other: command not found\n"}, ("rejected", "false_success")),
    ],
)
def test_a_line_whose_own_program_is_missing_is_left_to_the_probe(
    changes: dict[str, object], found: tuple[str, str]
) -> None:
    """Nothing of it ran: what it lacks is a program, not a result. Another program's absence is a false success."""
    line = ran("pandoc n.md -o n.docx\n", language="shell", body_kind=BodyKind.PIPELINE, script_path="")
    assert judged(replace(line, **{"binaries": ("pandoc",), "stdout": "", **changes})) == found  # type: ignore[arg-type]


_TOOL = (
    "import argparse\np = argparse.ArgumentParser()\np.add_argument('x')\np.add_argument('-o')\na = p.parse_args()\n"
)
_TOOL += "open(a.o, 'w').write(open(a.x).read().upper())\n"


@pytest.mark.parametrize(
    ("argv", "changes", "found"),
    [
        (("--help",), {"stdout": "usage: t.py [-h] x\n"}, ("noise", "inspection")),
        (
            (),
            {"stdout": "", "error": "usage: t.py x\nt.py: error: x", "outcome": Outcome.FAILED},
            ("noise", "inspection"),
        ),
        (("in.txt", "-o", "o.txt"), {"stdout": ""}, ("", "nominated")),
        (
            ("in.txt", "-q"),
            {"error": "usage: t.py x\nt.py: error: -q", "outcome": Outcome.FAILED},
            ("rejected", "failed"),
        ),
    ],
)
def test_a_run_that_only_tells_how_the_program_is_used_is_noise(
    argv: tuple[str, ...], changes: dict[str, object], found: tuple[str, str]
) -> None:
    """Nothing was worked on; the content is not typed in either."""
    assert judged(ran(_TOOL, *argv, **changes)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [("[]", ("rejected", "false_success")), ("{}\n", ("rejected", "false_success")), ("[1]", ("", "nominated"))],
)
def test_a_file_that_holds_an_empty_list_is_no_success(text: str, found: tuple[str, str]) -> None:
    """A program that swallows a missing input writes one, and prints that all went well."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    run = ran(CONVERTER, snapshots=(FileSnapshot("/w/out.md", digest, len(text)),), stdout="Done, 5 rows\n")
    assert judged(run) == found
