"""Dates of a text, whatever way they are written.

In     text
Out    each date as the calendar days it may mean: 3/4/2024 means two
Never  reads a date without its year
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from skillstrata.distill.views.tokens import plain

Day = tuple[int, int, int]
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = (
    r"(?P<{0}>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DATE = re.compile(
    r"(?<![\d.])(?:"
    r"(?P<y1>\d{4})(?P<s1>[-/.])(?P<m1>\d{1,2})(?P=s1)(?P<d1>\d{1,2})"
    r"|(?P<a>\d{1,2})(?P<s2>[-/.])(?P<b>\d{1,2})(?P=s2)(?P<y2>\d{4})"
    r"|(?P<d3>\d{1,2})(?:st|nd|rd|th)?\.?[ -]" + _NAME.format("m3") + r",?[ -](?P<y3>\d{4})"
    r"|" + _NAME.format("m4") + r" (?P<d4>\d{1,2})(?:st|nd|rd|th)?,? (?P<y4>\d{4})"
    r")(?![\d.]*\d)",
    re.I,
)
_SHORT = re.compile(r"(?<![\d/.-])(?P<e>\d{1,2})(?P<s3>[-/])(?P<f>\d{1,2})(?P=s3)(?P<g>\d{2})(?![\d/.-]*\d)")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
# The longest that stands before a year and after it: "30th September, " and "-12-31".
_BEFORE = 20
_AFTER = 8
_MOST_MONTHS = 12
_MOST_DAYS = 31


@dataclass(frozen=True, slots=True)
class Written:
    """A date as it stands in a text, and the days it may mean."""

    text: str
    days: frozenset[Day]


def dates_of(text: str) -> list[Written]:
    """Give the dates of `text`, in order; what looks like one and is none, such as 2024-50-12, means no day."""
    return [Written(match.group(0), _days(match)) for match in _matches(plain(text))]


def days_of(*texts: str) -> frozenset[Day]:
    """Give every day that a date of the texts may mean."""
    return frozenset(day for text in texts for date in dates_of(text) for day in date.days)


def without_dates(text: str, known: Collection[Day]) -> str:
    """Blank the dates of `text` that mean one of the known days: their digits are no numbers of their own."""
    if not known:
        return text
    text = plain(text)
    kept: list[str] = []
    at = 0
    for match in _matches(text):
        if not _days(match).isdisjoint(known):
            kept.append(text[at : match.start()])
            at = match.end()
    return " ".join([*kept, text[at:]])


def _matches(text: str) -> list[re.Match[str]]:
    """Look for dates around years only: a search from every letter of a long text is dear."""
    found = list(_SHORT.finditer(text))
    at = 0
    for year in _YEAR.finditer(text):
        match = _DATE.search(text, max(at, year.start() - _BEFORE), year.end() + _AFTER) if year.end() > at else None
        if match is not None:
            at = match.end()
            found.append(match)
    return sorted(found, key=lambda match: match.start())


def _days(match: re.Match[str]) -> frozenset[Day]:
    part = match.group
    if match.re is _SHORT:
        e, f, g = (int(part(name)) for name in "efg")
        wanted = [(2000 + g, e, f), (2000 + g, f, e), (1900 + g, e, f), (1900 + g, f, e), (2000 + e, f, g)]
    elif part("y1"):
        wanted = [(int(part("y1")), int(part("m1")), int(part("d1")))]
    elif part("y2"):
        year, a, b = int(part("y2")), int(part("a")), int(part("b"))
        wanted = [(year, a, b), (year, b, a)]
    elif part("y3"):
        wanted = [(int(part("y3")), _month(part("m3")), int(part("d3")))]
    else:
        wanted = [(int(part("y4")), _month(part("m4")), int(part("d4")))]
    return frozenset(day for day in wanted if 1 <= day[1] <= _MOST_MONTHS and 1 <= day[2] <= _MOST_DAYS)


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1
