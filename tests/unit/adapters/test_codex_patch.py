"""What a patch in the agent's own format is read as."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.adapters.codex_patch import changes_of, listed_changes
from skillstrata.records.events import FileChange, TextEdit

PATCH = """*** Begin Patch
*** Add File: a.py
+import csv
+
*** Update File: src/b.py
*** Move to: src/c.py
@@ def main():
 x = 1
-y = 2
+y = 3

*** Delete File: old.txt
*** End Patch
"""


def test_each_file_of_a_patch_is_a_change() -> None:
    """Added text is whole, hunks are replacements of lines, a removal and a new name are said."""
    assert changes_of(PATCH) == (
        FileChange("a.py", "import csv\n\n"),
        FileChange(
            "src/b.py",
            edits=(TextEdit("x = 1\ny = 2\n\n", "x = 1\ny = 3\n\n", anchor="def main():"),),
            moved_to="src/c.py",
        ),
        FileChange("old.txt", removed=True),
    )


def test_a_patch_inside_a_shell_command_is_read() -> None:
    """Older versions run apply_patch through the shell."""
    assert changes_of("apply_patch <<'EOF'\n" + PATCH + "EOF\n") == changes_of(PATCH)
    assert changes_of("apply_patch '" + PATCH.replace("*** End Patch\n", "*** End Patch'")) != ()


def test_a_hunk_that_says_nothing_of_its_place_states_no_edit() -> None:
    """An insertion without context would be taken for the whole text of a file that was never seen."""
    nowhere = "*** Begin Patch\n*** Update File: a\n@@\n+new\n*** End Patch"
    somewhere = nowhere.replace("@@", "@@ def f():")

    assert changes_of(nowhere) == (FileChange("a"),)
    assert changes_of(somewhere) == (FileChange("a", edits=(TextEdit("", "new\n", anchor="def f():"),)),)


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ({"a": {"type": "add", "content": "1\n"}}, FileChange("a", "1\n")),
        ({"a": {"add": {"content": "1\n"}}}, FileChange("a", "1\n")),
        ({"a": {"type": "delete", "content": "1"}}, FileChange("a", removed=True)),
        ({"a": {"delete": {}}}, FileChange("a", removed=True)),
        (
            {"a": {"type": "update", "unified_diff": "@@ -1,2 +1,2 @@\n x\n-y\n+z\n", "move_path": None}},
            FileChange("a", edits=(TextEdit("x\ny\n", "x\nz\n"),)),
        ),
        ({"a": 7}, FileChange("a")),
    ],
)
def test_the_changes_of_an_event_are_read_in_old_and_new_form(listed: object, expected: FileChange) -> None:
    """An event may be all that is left of a patch."""
    assert listed_changes(listed) == (expected,)


@given(st.lists(st.sampled_from([*PATCH.split("\n"), "@@", "*** End of File", "\r", "+", "-", " "]), max_size=40))
def test_any_lines_are_read(lines: list[str]) -> None:
    """Patches are written by models: they are cut off, nested and out of order."""
    for change in changes_of("\n".join(lines)):
        assert change.path
        assert all(edit.old or edit.anchor for edit in change.edits)
