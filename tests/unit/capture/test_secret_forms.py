"""Forms in which secrets stand, each beside a text that is nearly the same and holds none: secret_forms.toml."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.capture.redact import MARKER, Redactor, redact_event
from skillstrata.distill.secret_marks import secret_in
from skillstrata.records.events import Event, EventKind, FileSnapshot, ShellCall

REDACTOR = Redactor()
# Put together from halves, so that no scanner takes this file for a leak.
VALUES = {
    "SIGNATURE": "a8f5f167f44f4964e6c998dee827110c" + "0c117288eed899ce6e4694f4f761f5a8",
    "MIXED": "aB3dE5fG7hI9jK1l" + "M3nO5pQ7rS9tU1vW3xY5",
    "HEX": "a8f5f167f44f4964" + "e6c998dee827110c",
}


def _filled(text: str) -> str:
    for name, value in VALUES.items():
        text = text.replace(name, value)
    return text


def _forms() -> dict[str, tuple[str, str]]:
    tables = tomllib.loads((Path(__file__).parent / "secret_forms.toml").read_text(encoding="utf-8"))
    return {
        f"{kind}: {name}": (_filled(secret), _filled(harmless))
        for kind, forms in tables.items()
        for name, (secret, harmless) in forms.items()
    }


FORMS = _forms()


@pytest.mark.parametrize(("form", "harmless"), FORMS.values(), ids=FORMS.keys())
def test_the_secret_goes_and_the_rest_stays(form: str, harmless: str) -> None:
    """Nothing of the value is left, and nothing around it is lost; the text beside it, without a secret, stays."""
    before, _, rest = form.partition("⟦")
    _, _, after = rest.partition("⟧")
    text = form.replace("⟦", "").replace("⟧", "")

    assert REDACTOR.redact(text).text == f"{before}{MARKER}{after}"
    assert REDACTOR.redact(harmless).text == harmless


@pytest.mark.parametrize(("form", "harmless"), FORMS.values(), ids=FORMS.keys())
def test_the_scan_of_programs_sees_the_same(form: str, harmless: str) -> None:
    """What is distilled is searched by the same table, without a gate before it."""
    assert secret_in(form.replace("⟦", "").replace("⟧", ""))
    assert secret_in(harmless) == ""


def test_ids_and_paths_of_an_event_hold_no_secret_and_still_tell_events_apart() -> None:
    """They are file names and rows of the store: what stands in them lasts longest."""
    key, other = f"ghp_{VALUES['MIXED']}", f"ghp_{VALUES['MIXED'][::-1]}"
    event = Event(
        f"a:{key}:t",
        "a",
        key,
        EventKind.CALL,
        1.0,
        tool=key,
        tool_use_id=key,
        prompt_id=key,
        sub_agent=key,
        shell=ShellCall("ls"),
        files=(FileSnapshot(f"/w/{key}/a.csv", None, reason="missing"),),
    )

    redacted = redact_event(event, REDACTOR)

    assert key not in repr(redacted)
    assert redacted.redactions == 7
    assert redacted == redact_event(event, REDACTOR)
    assert redacted.session == redacted.tool_use_id
    assert redacted.session != redact_event(replace(event, session=other), REDACTOR).session
    assert redact_event(redacted, REDACTOR) == redacted
    clean = replace(event, id="a:s:t", session="s", tool="Bash", tool_use_id="t", prompt_id="p", sub_agent="", files=())
    assert redact_event(clean, REDACTOR) == clean
