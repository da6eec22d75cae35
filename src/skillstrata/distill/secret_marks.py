"""Recognise text that must not be distilled: secrets, and the marks that a redactor left in a program.

In     a program text
Out    the kind of the first find, with its line
Never  repeats the value it found; has rules of its own: the table is in records.secret_rules
"""

import re

from skillstrata.records.secret_rules import MARKER, secret_spans

TAKE_IT_OUT = "take the secret out of the program, run it again"
# A redactor's mark inside code means that the code is not what ran.
_REDACTION = re.compile(
    r"\bREDACTED\b|\[redacted[\]:]|<redacted>|\bREDACTED_(?!SECRET)[A-Z_]+|\[(?:SECRET|EMAIL|TOKEN|API_KEY|PASSWORD)\]",
)


def redaction_in(text: str) -> str:
    """Give the place of a mark that another redactor left, "" where there is none."""
    match = _REDACTION.search(text)
    return "" if match is None else f"a redaction mark at line {_line(text, match.start())}"


def taken_out_in(text: str) -> str:
    """Give the place where a secret was taken out of the text before it was stored, "" where there is none."""
    at = text.find(MARKER)
    return "" if at < 0 else f"a secret at line {_line(text, at)}"


def secret_in(text: str) -> str:
    """Give the kind and place of the first thing that looks like a secret, "" where there is none."""
    first = min(secret_spans(text, [(0, len(text))]), key=lambda span: span.start, default=None)
    return "" if first is None else f"{first.what} at line {_line(text, first.start)}"


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
