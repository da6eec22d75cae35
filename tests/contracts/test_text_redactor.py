"""What every TextRedactor promises."""

import ast
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.capture.redact import Redactor
from skillstrata.ports.text_redactor import TextRedactor

REDACTORS: list[TextRedactor] = [Redactor(), Redactor({"CI_TOKEN": "a-value-of-this-machine"})]
KEY = "ghp_" + "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"
pieces = st.lists(
    st.text(max_size=12)
    | st.sampled_from([KEY, "password = ", "token=", '"', "'", "\n", "://u:", "@", "--token ", "=", " "])
)


@pytest.fixture(params=[{}, {"CI_TOKEN": "a-value-of-this-machine"}], ids=["plain", "with values"])
def redactor(request: pytest.FixtureRequest) -> TextRedactor:
    """A fresh one of each form."""
    return Redactor(request.param)


def test_a_text_without_secrets_comes_back_as_it_was(redactor: TextRedactor) -> None:
    """A false alarm costs a tool."""
    text = "total = sum(int(row['price']) for row in rows)  # see https://intranet/prices?page=2\n"

    assert (redactor.redact(text).text, redactor.redact(text).hits) == (text, 0)


def test_a_secret_is_gone_and_counted(redactor: TextRedactor) -> None:
    """The twin: the same text with a key in it."""
    redacted = redactor.redact(f"total = fetch('{KEY}') + fetch('{KEY}')")

    assert KEY not in redacted.text
    assert redacted.hits == 2


@settings(deadline=None)
@given(pieces)
def test_redacting_twice_is_redacting_once(parts: list[str]) -> None:
    """What is stored redacted is redacted again at deposit; it must not change there."""
    once = REDACTORS[0].redact("".join(parts))

    assert REDACTORS[0].redact(once.text) == type(once)(once.text, 0)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_python_and_json_around_a_secret_still_parse(text: str) -> None:
    """Programs are parsed after redaction."""
    source = (
        f"api_key = {KEY!r}\nrows = {text!r}\nconnect(password={'Tr0ub4dor-3-horse'!r}, url='db://me:{KEY}@host')\n"
    )
    document = json.dumps({"api_key": KEY, "rows": text, "nested": json.dumps({"password": "Tr0ub4dor-3-horse"})})

    ast.parse(REDACTORS[0].redact(source).text)
    kept = json.loads(REDACTORS[0].redact(document).text)
    assert json.loads(kept["nested"])["password"] != "Tr0ub4dor-3-horse"


def test_texts_that_are_clean_would_not_change(redactor: TextRedactor) -> None:
    """The quick question may say no wrongly, never yes."""
    assert redactor.are_clean(("total = 3", "", "see https://intranet/prices?page=2"))
    assert not redactor.are_clean(("total = 3", f"fetch('{KEY}')"))


@settings(deadline=None)
@given(st.lists(pieces.map("".join), max_size=3))
def test_clean_together_is_clean_each(texts: list[str]) -> None:
    """The same for any texts, with secrets and without."""
    if REDACTORS[0].are_clean(tuple(texts)):
        assert [REDACTORS[0].redact(text).hits for text in texts] == [0] * len(texts)


def test_what_was_heeded_is_a_secret_from_then_on(redactor: TextRedactor) -> None:
    """A file of variables that the agent wrote; another file of the same text says nothing."""
    redactor.heed(path="/w/notes.txt", content="SHOP_TOKEN=value-of-a-shop\n")
    assert redactor.redact("it printed value-of-a-shop").hits == 0

    redactor.heed(path="/w/.env", content="SHOP_TOKEN=value-of-a-shop\n")
    assert redactor.redact("it printed value-of-a-shop").text == "it printed REDACTED_SECRET"


def test_each_find_is_told(redactor: TextRedactor) -> None:
    """Line and rule for every one that was counted, and the value for none."""
    redacted = redactor.redact(f"one\nfetch('{KEY}')\n")

    assert [find.line for find in redacted.finds] == [2]
    assert redacted.hits == len(redacted.finds)
    assert redacted.finds[0].rule
    assert KEY not in redacted.finds[0].preview
