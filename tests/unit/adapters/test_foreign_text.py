"""Words of strangers, made fit to be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.adapters.foreign_text import is_hidden, is_plain, shown


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain words", "plain words"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("a\x1b[2Jb\x07", "a[2Jb"),
        ("user\u202eexe.txt", "userexe.txt"),
        ("tag\U000e0041\ufeff\u200b\u2066s", "tags"),
        ("नमस्ते 搜索 👩\u200d🚀", "नमस्ते 搜索 👩\u200d🚀"),
    ],
)
def test_what_hides_or_moves_words_is_taken_out(text: str, seen: str) -> None:
    """Words in any script stay as they are."""
    assert shown(text, 100) == seen


def test_what_is_too_long_is_cut_and_says_so() -> None:
    """A description of a megabyte would fill a model's context."""
    assert shown("x" * 100, 20) == "x" * 16 + " […]"
    assert shown("x" * 20, 20) == "x" * 20


@given(st.text(), st.integers(10, 200))
def test_nothing_hidden_is_left_and_no_more_than_asked(text: str, most: int) -> None:
    """Whatever a server sends."""
    found = shown(text, most)

    assert len(found) <= most
    assert not any(is_hidden(c) for c in found)


@pytest.mark.parametrize(
    ("name", "plain"), [("a/b:c", True), ("搜索", True), ("", False), ("a\nb", False), ("\u202ex", False)]
)
def test_names_are_words_that_are_seen_as_they_are(name: str, *, plain: bool) -> None:
    """A name is written into a policy by somebody who reads it."""
    assert is_plain(name, 20) is plain
