"""The profile of macOS: a path stays inside its quotes, and nothing is allowed that was not asked for."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.adapters.seatbelt_profile import PathUnquotable, Reach, profile_text, quoted

# One string of the profile's language: no bare quote, and no backslash but before a quote or a backslash.
STRING = re.compile(r'"((?:[^"\\]|\\["\\])*)"', re.DOTALL)
PATHS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",))).map(lambda text: f"/{text}")


def _read(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


@given(PATHS)
def test_any_path_is_read_back_as_itself(path: str) -> None:
    """Quotes, backslashes and line breaks are ordinary characters of a file's name."""
    found = STRING.fullmatch(quoted(path))

    assert found is not None
    assert _read(found[1]) == path


@given(PATHS, PATHS)
def test_no_path_adds_a_rule(read: str, write: str) -> None:
    """The rules outside of strings are the same whatever the paths are."""
    plain = profile_text(Reach(("/a",), ("/b",)))

    assert STRING.sub('""', profile_text(Reach((read,), (write,)))) == STRING.sub('""', plain)


def test_a_path_with_a_quote_does_not_close_it() -> None:
    """Seen once in full."""
    text = profile_text(Reach(('/x")) (allow default) ("',), ()))

    assert '(subpath "/x\\")) (allow default) (\\"")' in text


@pytest.mark.parametrize("path", ["/a\0b", "/\udcff", "relative", ""])
def test_a_path_that_no_profile_can_hold_is_refused(path: str) -> None:
    """Rather than a rule for another path. The twin is a plain one."""
    with pytest.raises(PathUnquotable):
        quoted(path)

    assert quoted("/plain") == '"/plain"'


def test_everything_is_denied_but_what_is_listed() -> None:
    """No network, no other process; only what may be written stands in the rule for writing."""
    text = profile_text(Reach(("/read",), ("/write",)))
    writing = text[text.index("(allow file-write*") :]

    assert text.startswith("(version 1)\n(deny default)\n")
    assert "network" not in text
    assert ('"/read"' in text, '"/read"' in writing, '"/write"' in writing) == (True, False, True)
