"""Addresses of a server's files: every path has one, and none leads where its text does not say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.runtime.remote_addresses import folder_name, parts_of, path_below, quoted

FOLDER = "skill://team/a"
_SIGNS = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="/\\")
_PART = st.text(_SIGNS, min_size=1, max_size=12).filter(lambda part: part not in {".", ".."})


@given(st.lists(_PART, min_size=1, max_size=4).map("/".join))
def test_every_path_has_an_address_that_leads_back_to_it(path: str) -> None:
    """Files with spaces, percent signs, letters of any script."""
    assert path_below(f"{FOLDER}/{quoted(path)}", FOLDER) == path


@given(st.text(max_size=40))
def test_whatever_a_server_writes_no_part_leads_elsewhere(said: str) -> None:
    """Written out or not: none is empty, goes up, or holds a slash."""
    parts = parts_of(f"skill://{said}") or ()
    assert not any(part in {"", ".", ".."} or "/" in part or "\\" in part or "\0" in part for part in parts)


@pytest.mark.parametrize(
    "end",
    ["%2e%2e/x", "a%2fb", "a%5Cb", "a%00b", "a%0Ab", "a%7Fb", "%2E", "a%", "a%4", "a%zz", "%ff", "a b", "a?b", ""],
)
def test_what_stands_for_a_sign_of_paths_or_for_nothing_is_no_address(end: str) -> None:
    """Twin: written in full it is one."""
    assert parts_of(f"{FOLDER}/{end}") is None
    assert parts_of(f"{FOLDER}/{quoted('a b%?é')}") == ("team", "a", "a b%?é")


def test_a_file_lies_below_its_folder_however_that_is_written() -> None:
    """And not below another one whose name only begins so, nor under another scheme."""
    assert path_below("skill://team/%61/my%20notes.md", FOLDER) == "my notes.md"
    assert path_below("skill://team/ab/x.md", FOLDER) == ""
    assert path_below("https://team/a/x.md", FOLDER) == ""
    assert folder_name("skill://team/my%20skill/SKILL.md") == "my skill"
