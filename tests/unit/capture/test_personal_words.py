"""Whose machine it was: what is lifted from text for others, and what stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.capture.personal_words import without_persons


@pytest.mark.parametrize(
    ("text", "lifted"),
    [
        ("Reads /home/ann/reports/a.csv.", "Reads ~/reports/a.csv."),
        ("Reads /Users/ann.lee/a.csv", "Reads ~/a.csv"),
        (r"Reads C:\Users\Ann\a.csv", r"Reads ~\a.csv"),
        ("Reads /mnt/c/Users/Ann/a.csv", "Reads ~/a.csv"),
        ("In /home/ann", "In ~"),
        ("ann's list is in /home/ann/x", "user's list is in ~/x"),
        ("kept in /srv/people/bea/x by bea", "kept in ~/x by user"),
    ],
)
def test_home_folders_and_names_are_lifted(text: str, lifted: str) -> None:
    """The larger leak is personal: paths and names in descriptions."""
    assert without_persons(text, home="/srv/people/bea", user="bea") == lifted


@pytest.mark.parametrize(
    "text",
    [
        "Convert HTML to Markdown",
        "see https://example.org/home/page",
        "annual beam lists",
        "the user runs it as root",
        "a/home/x is a relative path",
    ],
)
def test_other_words_stay(text: str) -> None:
    """The twin: a description that loses its words is of no use."""
    assert without_persons(text, home="/srv/people/bea", user="bea") == text


def test_a_name_that_everybody_has_is_no_name() -> None:
    """`root` and `user` are words of the trade."""
    assert without_persons("root of the tree, by user", home="/root", user="root") == "root of the tree, by user"


@given(st.text(max_size=60))
def test_lifting_twice_is_lifting_once(text: str) -> None:
    """A page is rendered again with every version."""
    once = without_persons(text, home="/srv/people/bea", user="bea")

    assert without_persons(once, home="/srv/people/bea", user="bea") == once
