"""What a text is after recorded replacements."""

import difflib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.distill.patched import patched
from skillstrata.records.events import TextEdit

lines = st.lists(st.sampled_from(["a", "b", "c", "", "  a", "d e"]), max_size=14)


def hunks(before: list[str], after: list[str], *, context: int) -> tuple[TextEdit, ...]:
    """Make the hunks of a patch, each with so many lines of context."""
    found: list[TextEdit] = []
    for group in difflib.SequenceMatcher(None, before, after).get_grouped_opcodes(context):
        old = before[group[0][1] : group[-1][2]]
        new = after[group[0][3] : group[-1][4]]
        found.append(TextEdit("".join(f"{line}\n" for line in old), "".join(f"{line}\n" for line in new)))
    return tuple(found)


def text_of(parts: list[str]) -> str:
    """Join lines, each with its end."""
    return "".join(f"{part}\n" for part in parts)


@settings(deadline=None, max_examples=300)
@given(lines, lines)
def test_the_hunks_between_two_texts_lead_from_one_to_the_other(before: list[str], after: list[str]) -> None:
    """A patch with all of its context has one place only."""
    made = hunks(before, after, context=100)
    if not made:
        return

    if made[0].old:
        assert patched(text_of(before), made) == text_of(after)
    else:
        assert patched("", made) == text_of(after)


@settings(deadline=None)
@given(st.text(max_size=30), st.lists(st.builds(TextEdit, st.text(max_size=3), st.text(max_size=3)), max_size=4))
def test_any_edits_give_a_text_or_nothing(text: str, edits: list[TextEdit]) -> None:
    """Histories state edits that never fitted."""
    found = patched(text, tuple(edits))

    assert found is None or isinstance(found, str)


def test_an_edit_that_does_not_fit_makes_the_text_unknown() -> None:
    """Half a patch is no program that ever was."""
    assert patched("a\nb\n", (TextEdit("a", "x"), TextEdit("zzz", "y"))) is None
    assert patched("a\nb\n", (TextEdit("a", "x"), TextEdit("b", "y"))) == "x\ny\n"
    assert patched(None, (TextEdit("a", "x"),)) is None
    assert patched("a", ()) is None


def test_an_edit_replaces_one_place_or_every_one() -> None:
    """The edit tool has a word for both."""
    assert patched("a a", (TextEdit("a", "b"),)) == "b a"
    assert patched("a a", (TextEdit("a", "b", every=True),)) == "b b"


def test_an_edit_of_an_empty_file_makes_its_text() -> None:
    """This is how the edit tool creates a file; of a text that is there it would say nothing about the place."""
    assert patched("", (TextEdit("", "x"),)) == "x"
    assert patched(None, (TextEdit("", "x"),)) == "x"
    assert patched("y", (TextEdit("", "x"),)) is None


def test_hunks_count_behind_each_other() -> None:
    """The same lines stand twice: the second hunk means the second place."""
    text = "def f():\n    return 1\n\ndef g():\n    return 1\n"
    first = TextEdit("def f():\n", "def f(x):\n")
    second = TextEdit("    return 1\n", "    return 2\n")

    assert patched(text, (first, second)) == "def f(x):\n    return 2\n\ndef g():\n    return 1\n"


@pytest.mark.parametrize("anchor", ["def g():", "def g():\n"])
def test_a_hunk_counts_behind_the_line_its_patch_names(anchor: str) -> None:
    """`@@ def g():` says which of two equal places is meant."""
    text = "def f():\n    return 1\n\ndef g():\n    return 1\n"

    assert patched(text, (TextEdit("    return 1\n", "    return 2\n", anchor=anchor),)) == text[:-2] + "2\n"


def test_a_patch_may_name_several_lines_one_behind_the_other() -> None:
    """First the class, then the method in it."""
    text = "class A:\n    def f():\n        x\nclass B:\n    def f():\n        x\n"

    assert patched(text, (TextEdit("        x\n", "        y\n", anchor="class B:\ndef f():"),)) == text[:-2] + "y\n"
    assert patched(text, (TextEdit("", "    z\n", anchor="class C:\ndef f():"),)) is None


def test_a_hunk_without_old_lines_stands_behind_its_anchor() -> None:
    """Lines that are only added have no other place."""
    added = TextEdit("", "import json\n", anchor="import csv")

    assert patched("import csv\nprint(1)\n", (added,)) == "import csv\nimport json\nprint(1)\n"
    assert patched("print(1)\n", (added,)) is None


def test_whole_lines_do_not_match_the_end_of_a_longer_line() -> None:
    """A hunk is made of lines."""
    assert patched("xfoo\nfoo\n", (TextEdit("foo\n", "bar\n"),)) == "xfoo\nbar\n"


def test_a_last_line_without_an_end_is_a_line() -> None:
    """Patches write an end behind every line."""
    assert patched("a\nb", (TextEdit("b\n", "c\n"),)) == "a\nc\n"


def test_line_ends_of_the_file_are_kept() -> None:
    """Edit tools show files with CRLF as if they had none."""
    assert patched("a\r\nb\r\nc\r\n", (TextEdit("a\nb", "x\ny"),)) == "x\r\ny\r\nc\r\n"


def test_blanks_at_the_ends_of_lines_do_not_matter_to_a_hunk() -> None:
    """Programs that apply patches look for them in this way too."""
    assert patched("a  \nb\n", (TextEdit("a\nb\n", "c\n"),)) == "c\n"


def test_an_edit_of_a_notebook_replaces_the_source_of_its_cell() -> None:
    """The record holds the cell's text, the file its lines as JSON."""
    cells = [{"cell_type": "code", "source": ["import a\n", "a()"]}, {"cell_type": "code", "source": "b()"}]
    notebook = json.dumps({"cells": cells, "nbformat": 4})

    done = patched(notebook, (TextEdit("import a\na()", "c()\nd()"), TextEdit("b()", "e()")), path="/w/n.ipynb")

    assert done is not None
    assert [cell["source"] for cell in json.loads(done)["cells"]] == [["c()\n", "d()"], ["e()"]]


@pytest.mark.parametrize("notebook", ["{}", "[]", "not json", '{"cells": 7}', '{"cells": [7, {"source": [7]}]}'])
def test_a_notebook_without_that_cell_becomes_unknown(notebook: str) -> None:
    """Nothing is put where it did not stand."""
    assert patched(notebook, (TextEdit("x()", "y()"),), path="/w/n.ipynb") is None
