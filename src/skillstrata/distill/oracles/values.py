"""When two cells say the same: loosely between text and number, strictly in every digit.

In     typed values of two tables
Out    one canonical text per value; equal texts, equal values
Never  rounds, drops a leading zero, goes through a float
"""

import re
import unicodedata
from decimal import Decimal

from skillstrata.distill.views.shapes import Value
from skillstrata.distill.views.tokens import tokens

_NUMBER = re.compile(r"([-+]?)(0|[1-9][0-9]*)?(?:\.([0-9]+))?(?:[eE]([-+]?[0-9]{1,4}))?")
_GROUPED = re.compile(r"[-+]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_WORDS = {"": "", "nan": "", "null": "", "none": "", "true": "true", "false": "false"}


def canonical(value: Value, *, flat: bool = False) -> str:
    """Write a value so that equal ones are equal text.

    Empty, null and not-a-number are one; "12.50", 12.5 and 1.25e1 are one, as are 4821 and "4,821"; "007" stays
    text. With `flat`, white space and punctuation of text do not count: a cell of a Markdown or HTML table cannot
    hold them.
    """
    if isinstance(value, Decimal):
        return _number(str(value)) or str(value)
    if not isinstance(value, str):
        return "" if value is None else str(value).lower()
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    plain = text.replace(",", "") if _GROUPED.fullmatch(text) else text
    return _number(plain) or ((" ".join(tokens(text)) or text) if flat else text)


def _number(text: str) -> str:
    """Write a number as sign, digits and exponent; "" for what is none, leading zeros included."""
    match = _NUMBER.fullmatch(text)
    if match is None or (match.group(2) is None and match.group(3) is None):
        return ""
    sign, whole, fraction, exponent = (group or "" for group in match.groups())
    digits = whole + fraction
    power = int(exponent or 0) - len(fraction)
    stripped = digits.rstrip("0")
    power += len(digits) - len(stripped)
    stripped = stripped.lstrip("0")
    return f"{'-' if sign == '-' else ''}{stripped}e{power}" if stripped else "0e0"
