import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.surfaces.cli.printing import Out, harmless, one_line


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b2Jcleared", "cleared"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link", "link"),
        ("back\x08space\x7f", "backspace"),
        ("ab\u202ecd\u200b", "abcd"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("naïve – 表 🙂", "naïve – 表 🙂"),
    ],
)
def test_text_from_a_trace_cannot_steer_the_terminal(foreign: str, shown: str) -> None:
    """Traces are untrusted: an escape sequence in one must not recolour, retitle or clear a terminal."""
    assert harmless(foreign) == shown


@given(st.text())
def test_no_control_character_is_ever_left(text: str) -> None:
    """The promise of the header, for any text."""
    assert [c for c in harmless(text) if unicodedata.category(c) == "Cc" and c not in "\n\t"] == []


@given(st.text())
def test_a_cell_is_one_line(text: str) -> None:
    """A line break in a purpose would tear the table apart."""
    assert len(one_line(text).splitlines()) <= 1


def test_a_table_in_a_pipe_is_aligned_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Contract: rich tables on a terminal, plain text in a pipe."""
    Out().table(("name", "runs"), [("a", "1"), ("longer", "\x1b[1m12")])

    assert capsys.readouterr().out == "name    runs\na       1\nlonger  12\n"


def test_hints_go_to_stderr_unless_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    """Stdout belongs to the result alone."""
    Out().note("next")
    Out(quiet=True).note("silenced")

    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "next\n")


def test_json_holds_any_text_unharmed(capsys: pytest.CaptureFixture[str]) -> None:
    """A program reads --json: what it parses must be what was there."""
    Out(as_json=True).json({"text": "\x1b[31m ü 表"})

    assert json.loads(capsys.readouterr().out) == {"text": "\x1b[31m ü 表"}


def test_progress_is_silent_in_a_pipe_and_spoken_with_verbose(capsys: pytest.CaptureFixture[str]) -> None:
    """A bar in a log file is noise; --verbose asks for it as lines."""
    with Out().progress() as progress:
        progress("judge", 1, 2)
    silent = capsys.readouterr()
    with Out(verbose=True).progress() as progress:
        progress("judge", 1, 2)

    assert (silent.out, silent.err) == ("", "")
    assert capsys.readouterr().err == "judge 1/2\n"
