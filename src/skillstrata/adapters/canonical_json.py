"""One form of every JSON value, by which definitions are told apart.

In     a JSON value
Out    its bytes as RFC 8785 writes them: no space, keys sorted by their UTF-16 units, numbers as JavaScript has them
Never  gives two forms of one number that every reader has exactly: 1.0 is 1
Why    a digest must change when a definition does, and for no other reason
"""

import hashlib
import math

import orjson

from skillstrata.records.json_values import Json

_MOST_WHOLE = 21
_MOST_SMALL = -6


def canonical(value: Json) -> bytes:
    """Write a value in its one form.

    Integers beyond 2**53, which RFC 8785 leaves out, are written exactly: to round them would make two values one. A
    lone surrogate, which is no character, is written as its escape.

    Raises:
        ValueError: A number is not finite, or the value is nested too deep.
    """
    try:
        return _text(value).encode("utf-8", "backslashreplace")
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def digest_of(value: Json) -> str:
    """Give the sha256 of the one form, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _text(value: Json) -> str:
    match value:
        case dict():
            keys = sorted(value, key=_units)
            return "{" + ",".join(f"{_quoted(key)}:{_text(value[key])}" for key in keys) + "}"
        case list():
            return "[" + ",".join(map(_text, value)) + "]"
        case str():
            return _quoted(value)
        case bool() | None:
            return orjson.dumps(value).decode()
        case _:
            return _number(value)


def _units(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")


def _quoted(text: str) -> str:
    try:
        # Its escapes are those of the RFC: the short ones, and \u00xx for other control characters.
        return orjson.dumps(text).decode()
    except TypeError:
        return (
            '"' + "".join(_quoted(c)[1:-1] if not "\ud800" <= c <= "\udfff" else f"\\u{ord(c):04x}" for c in text) + '"'
        )


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a number of JSON")
    if not value:
        return "0"
    return f"{'-' if value < 0 else ''}{_digits(abs(value))}"


def _digits(value: float) -> str:
    """Write a positive number as ECMAScript's Number::toString: `point` is where its decimal point stands."""
    mantissa, _, power = repr(value).partition("e")
    whole, _, part = mantissa.partition(".")
    digits = (whole + part).lstrip("0")
    point = len(whole) + int(power or 0) - (len(whole + part) - len(digits))
    digits = digits.rstrip("0")
    if len(digits) <= point <= _MOST_WHOLE:
        return digits.ljust(point, "0")
    if 0 < point <= _MOST_WHOLE:
        return f"{digits[:point]}.{digits[point:]}"
    if _MOST_SMALL < point <= 0:
        return f"0.{'0' * -point}{digits}"
    rest = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{rest}e{point - 1:+d}"
