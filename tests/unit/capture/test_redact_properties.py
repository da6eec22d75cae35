"""What holds of redaction for any text. Every value here is made up."""

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from skillstrata.capture.redact import MARKER, Redactor
from skillstrata.records.secret_rules import RULES
from tests.fakes.memory_secret_values import MemorySecretValues

MIXED = "aB3dE5fG7hI9jK1l" + "M3nO5pQ7rS9tU1vW3xY5"
HEX = "a8f5f167f44f4964" + "e6c998dee827110c"
VALUE = 'pl&in/Value+7 of=this\\machine"x'
REDACTOR = Redactor()
KNOWING = Redactor({"SHOP_TOKEN": VALUE, "CI_SECRET": HEX})
PEM = "-----BEGIN RSA PRIVATE" + " KEY-----\nMIIEowIBAAKCAQEA75kLmNoPq\n-----END RSA PRIVATE" + " KEY-----"
# Pieces of which texts with and without secrets are made.
PIECES = [
    *(f"ghp_{MIXED}", f"sk-ant-api03-{MIXED}", f"AIza{MIXED}", "AKIA" + "Q3EGTZ5N7WDYPLXC", PEM, HEX, "hunter22x"),
    *("password", "api_key", "TOKEN", "client_secret", "--token", "--password=", "Bearer ", "Authorization: Basic "),
    *(
        "Cookie: sessionid=",
        "postgres://app:",
        "@db/x",
        "mysql -u root -p",
        "curl -u bob:",
        "docker login -p ",
        "x-api-key",
    ),
    *("=", ": ", " = ", '"', "'", "\\", "\n", "\r\n", "\t", " ", ";", "&", ",", "é", "\u2028", "\x0b", "<", "${X}"),
    *(
        "export A_PASSWORD=",
        "$env:A_TOKEN = ",
        "ENV A_PASS ",
        "machine h.io login bob password ",
        "openssl rsa -passin pass:",
    ),
    *("curl --proxy-user bob:", "smbclient -U bob%", "ConvertTo-SecureString ", "psql password=", "vault login "),
    *(
        "https://h/?api_key=",
        "&token=",
        "https://",
        "@h",
        "sk-ant-api03-",
        "\\\n",
        "\\\\\\n",
        "tskey-auth-",
        "Signature=",
    ),
    *("Authorization: token ", "--from-literal=password=", "echo ", " | chpasswd", "auth=(", "'bob', '", "password: "),
    *("host=db ", "Password=", "word with spaces", "-----END RSA PRIVATE" + " KEY-----", "1234567", "your-", "example"),
    *("AccountKey=", "dXNlcjpodW50ZXIyMng=", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl", "x" * 40, MARKER),
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=24).map("".join)


@settings(deadline=None, max_examples=300)
@given(texts)
@example(f"a.ghp_{MIXED}.b")
@example('password =\n"Tr0ub4dor-3"')
@example(f'x-api-key":\n  "{HEX}')
def test_the_gate_hides_nothing_that_the_rules_would_find(text: str) -> None:
    """The gate is there for speed: with it and without it the same is taken out."""
    slow = REDACTOR.redact_ungated(text)
    while REDACTOR.redact_ungated(slow.text).hits:
        slow = REDACTOR.redact_ungated(slow.text)

    assert REDACTOR.redact(text).text == slow.text


@settings(deadline=None, max_examples=300)
@given(texts)
def test_redacting_twice_is_redacting_once(text: str) -> None:
    """What is stored redacted is redacted again at deposit; it must not change there."""
    once = KNOWING.redact(text).text

    assert KNOWING.redact(once).hits == 0
    assert KNOWING.redact(once).text == once


@settings(deadline=None, max_examples=300)
@given(texts)
def test_a_text_grows_by_no_more_than_its_markers(text: str) -> None:
    """Each marker takes the place of something."""
    done = KNOWING.redact(text)

    assert len(done.text) <= len(text) + len(MARKER) * done.hits
    assert done.hits == len(done.finds)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(PIECES), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=300)
@given(values)
@example("\napi_" + HEX * 2)
@example("Signature=\u00e9/" + HEX)
def test_json_stays_json(value: object) -> None:
    """Texts hold JSON, and JSON in JSON; both are parsed after redaction."""
    for document in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1), json.dumps(json.dumps(value))):
        json.loads(KNOWING.redact(document).text)


SPELLINGS = {
    "plain": VALUE,
    "in a query": quote_plus(VALUE),
    "in a path": quote(VALUE, safe=""),
    "in lower case hex": "".join(
        c.lower() if quote(VALUE, safe="")[max(0, n - 2) : n].count("%") else c
        for n, c in enumerate(quote(VALUE, safe=""))
    ),
    "in JSON": json.dumps(VALUE)[1:-1],
}


@pytest.mark.parametrize("spelled", SPELLINGS.values(), ids=SPELLINGS.keys())
@settings(deadline=None, max_examples=60)
@given(before=st.text(max_size=20), after=st.text(max_size=20))
def test_a_known_value_survives_in_no_spelling_that_is_claimed(spelled: str, before: str, after: str) -> None:
    """Plain, URL-encoded, escaped as in JSON."""
    redacted = KNOWING.redact(f"{before}{spelled}{after}")

    assert spelled not in redacted.text
    assert redacted.hits >= 1


@settings(deadline=None, max_examples=100)
@given(user=st.text(max_size=9), after=st.text(max_size=3))
def test_a_known_value_survives_in_no_base64_of_credentials(user: str, after: str) -> None:
    """The three ways a value may fall into groups of three bytes."""
    text = base64.b64encode(f"{user}:{VALUE}{after}".encode()).decode()
    redacted = KNOWING.redact(f"header: {text}").text.removeprefix("header: ")

    assert MARKER in redacted
    assert REDACTOR.redact(f"header: {text}").hits == 0


@settings(deadline=None, max_examples=100)
@given(before=st.text(max_size=12), after=st.text(max_size=12))
def test_a_value_of_an_earlier_process_is_known_by_its_mark(before: str, after: str) -> None:
    """Nothing of the value is kept, and yet it is found again where it stands apart from other letters."""
    store = MemorySecretValues()
    Redactor({"SHOP_TOKEN": "ab/Zx81kQp02mWq-7 f"}, store=store).heed()
    later = Redactor(store=store)

    redacted = later.redact(f"{before} ab/Zx81kQp02mWq-7 f {after}")

    assert "Zx81kQp02mWq" not in redacted.text
    assert redacted.hits >= 1
    assert "Zx81kQp02mWq" not in repr(store.marks())


def test_every_rule_is_behind_a_gate_of_its_own() -> None:
    """A rule without a gate would never be tried."""
    assert all(rule.gate and rule.needles for rule in RULES)


def test_a_long_line_without_a_break_is_searched_to_its_end() -> None:
    """Minified files and logs have lines of megabytes."""
    line = "x=1;" * 200_000
    redacted = REDACTOR.redact(f"{line}const k='ghp_{MIXED}';{line}api_key=\"{HEX}\"")

    assert redacted.hits == 2
    assert MIXED not in redacted.text
    assert HEX not in redacted.text


def test_a_text_of_many_finds_is_done_in_one_go() -> None:
    """Each find costs the same, however many there are."""
    redacted = REDACTOR.redact(f"é token ghp_{MIXED}\n" * 5_000)

    assert redacted.hits == 5_000
    assert [find.line for find in redacted.finds][-1] == 5_000


def test_very_many_and_very_long_values_are_known_too() -> None:
    """A file of variables may be large; the search stays one pass."""
    environ = {f"S{n}_TOKEN": f"{n:04d}aB3dE5fG7h" for n in range(400)} | {"LONG_KEY": "aB3" * 900}
    store = MemorySecretValues()
    Redactor(environ, store=store).heed()

    for redactor in (Redactor(environ), Redactor(store=store)):
        redacted = redactor.redact(f"first {environ['S0_TOKEN']} last {environ['S399_TOKEN']} long {'aB3' * 900}.")
        assert redacted.text == f"first {MARKER} last {MARKER} long {MARKER}."
