"""One value written in another way: as another date, with other blanks, rounded; and what of it is lost by that.

In     two columns, row by row
Out    the way that gives every row, and whether the values could be read back
Never  reads a whole number loosely: one that differs in a digit is another number
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from skillstrata.distill.oracles.statistics import amount
from skillstrata.distill.oracles.values import canonical
from skillstrata.distill.views.tokens import tokens

Texts = Sequence[str]
_DATE_SHAPES = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%d-%b-%Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%y-%m-%d",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
)
_TRUE = frozenset({"true", "yes", "y", "1", "t", "on"})
_FALSE = frozenset({"false", "no", "n", "0", "f", "off"})
_CODE = re.compile(r"\s*0\d")
_DIGITS = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?|\.\d+")
_NO_UNIT = re.compile(r"[\d\s.,+-]+")


@dataclass(frozen=True, slots=True)
class Writing:
    """A way in which values were written anew, and whether they could be read back from it."""

    words: str
    whole: bool = False


def rewritten(made: Texts, column: Texts) -> Writing | None:
    """Find the one way in which every value of `column` was written in `made`.

    Shapes:
        n texts in each, row by row.
    """
    if len({*column}) == 1 and len(column) > 1 and not column[0].strip():
        return None
    if words := _same(made, column, _WHOLE) or _added_unit(made, column):
        return Writing(words, whole=True)
    if words := _dates_rewritten(made, column):
        return Writing(words, whole=words == _SAME_DATE)
    words = _same(made, column, _SHORTENED) or _rounded(made, column)
    return Writing(words) if words else None


def _same(made: Texts, column: Texts, ways: "_Ways") -> str:
    for words, key in ways:
        ours, theirs = [key(text) for text in column], [key(text) for text in made]
        if None not in ours and None not in theirs and ours == theirs:
            return words
    return ""


def _added_unit(made: Texts, column: Texts) -> str:
    return "" if any(_NO_UNIT.sub("", text) for text in column) else _same(made, column, (_UNIT,))


def _without_blanks(text: str) -> str | None:
    plain = " ".join(text.split())
    quoted = len(plain) > 1 and plain[0] == plain[-1] and plain[0] in "\"'"
    return plain[1:-1].strip() if quoted else plain


def _without_case(text: str) -> str | None:
    return " ".join(text.split()).casefold()


def _as_amount(text: str) -> str | None:
    if not text.strip():
        return ""
    value = _exact(text)
    return None if value is None else canonical(value)


def _as_measure(text: str) -> str | None:
    """Read an amount together with its unit or currency: a sum in euro is not the same in dollars."""
    value, unit = _as_amount(text), _NO_UNIT.sub("", text)
    return None if value is None else f"{value} {unit}"


def _exact(text: str) -> Decimal | None:
    """Read an amount in every digit. A code with a leading zero is none."""
    if amount(text) is None or is_code(text):
        return None
    number = _DIGITS.search(text)
    value = Decimal(number.group(0).replace(",", "")) if number else None
    return value.copy_negate() if value is not None and number and "-" in text[: number.start()] else value


def as_truth(text: str) -> str | None:
    """Read a word as true or false; None for other words."""
    word = text.strip().lower()
    return "true" if word in _TRUE else "false" if word in _FALSE else "" if not word else None


def is_code(text: str) -> bool:
    """Say whether a number has a leading zero: that is a name, nobody calculates with it."""
    return _CODE.match(text) is not None


def _without_marks(text: str) -> str | None:
    """Keep letters and digits: a phone number or a name written with other marks. A point in a number is no mark."""
    return None if amount(text) is not None else "".join(tokens(text)) or None


_Ways = tuple[tuple[str, Callable[[str], str | None]], ...]
_UNIT = ("amount with another unit or none", _as_amount)
# What can be read back from what is left, and what cannot.
_WHOLE: _Ways = (
    ("blanks or quotes changed", _without_blanks),
    ("amount written in another way", _as_measure),
    ("truth written in another way", as_truth),
)
_SHORTENED: _Ways = (("case changed", _without_case), _UNIT, ("marks changed", _without_marks))
_SAME_DATE = "date written in another way"


def _dates_rewritten(made: Texts, column: Texts) -> str:
    ours, theirs = list(as_dates(column)), list(as_dates(made))
    for before in ours:
        for after in theirs:
            if before == after:
                return _SAME_DATE
            if [d and d.date() for d in before] == [d and d.date() for d in after]:
                return "date without its time"
    return ""


def as_dates(texts: Texts) -> Iterator[list[datetime | None]]:
    """Read a column as dates in every way in which the whole column can be read."""
    filled = [text.strip() for text in texts if text.strip()]
    if not filled or not any(char.isdigit() for char in filled[0]):
        return
    for shape in _DATE_SHAPES:
        if all(_date(text, shape) for text in filled):
            yield [_date(text.strip(), shape) if text.strip() else None for text in texts]


def _date(text: str, shape: str) -> datetime | None:
    try:
        return datetime.strptime(text, shape).replace(tzinfo=UTC)
    except ValueError:
        return None


def _rounded(made: Texts, column: Texts) -> str:
    decimals = max((len(text.partition(".")[2]) for text in made), default=0)
    pairs = [(_exact(text), shown) for text, shown in zip(column, made, strict=True) if text.strip()]
    blank = all(not shown.strip() for text, shown in zip(column, made, strict=True) if not text.strip())
    known = [(value, _exact(shown)) for value, shown in pairs if value is not None]
    if not known or not blank or len(known) < len(pairs):
        return ""
    margin = Decimal(5).scaleb(-decimals - 1)
    near = all(shown is not None and _is_rounded(value, shown, margin) for value, shown in known)
    return f"rounded to {decimals} decimals" if near else ""


def _is_rounded(value: Decimal, shown: Decimal, margin: Decimal) -> bool:
    """Whole numbers are never rounded: one that differs is another one."""
    return value == shown or (value != value.to_integral_value() and abs(shown - value) <= margin)
