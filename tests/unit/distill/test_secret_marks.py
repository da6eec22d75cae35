"""Which programs are not distilled because of what they hold, or no longer hold?"""

import pytest

from skillstrata.distill.secret_marks import redaction_in, secret_in, taken_out_in
from skillstrata.records.secret_rules import MARKER

KEY = "ghp_" + "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"


def test_a_secret_is_named_by_kind_and_line_and_not_repeated() -> None:
    """One table says what a secret is, before a text is stored and before it is distilled."""
    assert secret_in(f"import os\nkey = '{KEY}'\n") == "a GitHub token at line 2"
    assert secret_in("import os\nkey = os.environ['KEY']\n") == ""


@pytest.mark.parametrize("mark", [MARKER, f"{MARKER}_ACME"])
def test_our_own_mark_says_that_a_secret_was_taken_out(mark: str) -> None:
    """The mark of the table and that of a user's rule: the program is set aside, not called somebody else's."""
    text = f"import os\nkey = '{mark}'\n"

    assert taken_out_in(text) == "a secret at line 2"
    assert redaction_in(text) == ""
    assert secret_in(text) == ""


@pytest.mark.parametrize("mark", ["[redacted]", "REDACTED", "REDACTED_EMAIL", "[API_KEY]"])
def test_another_redactors_mark_says_that_this_is_not_what_ran(mark: str) -> None:
    """The twin: such a program is refused, for nothing brings its text back."""
    assert redaction_in(f"x = 1\ny = '{mark}'\n") == "a redaction mark at line 2"
    assert taken_out_in(f"y = '{mark}'\n") == ""
