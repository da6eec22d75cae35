"""Dates of a text written in another form, all by one rule and nothing else: found again by trying the forms.

In     the text of both sides
Out    the rule by name, "" where none gives the output to the character
Never  compares approximately; lets one line follow another rule than the next
"""

import re
from collections.abc import Iterator
from itertools import product

# Year, month and day as they follow each other, and what stands between them.
_ORDERS = ("ymd", "dmy", "mdy")
_JOINTS = ("-", ".", "/", "", " ")
_DIGITS = {"y": r"(?P<y>\d{4})", "m": r"(?P<m>\d{1,2})", "d": r"(?P<d>\d{1,2})"}
_NAMES = "January February March April May June July August September October November December".split()
_MONTHS = len(_NAMES)
_WRITTEN = ("{d} {b} {y}", "{b} {d}, {y}", "{d} {B} {y}", "{B} {d}, {y}", "{d}-{b}-{y}", "{d}/{b}/{y}", "{b} {d} {y}")
_SHORT = 3


def redated(given: str, made: str) -> str:
    """Name the rule by which every date of `given`, or the first of each line, was written anew in `made`."""
    given, made = given.strip(), made.strip()
    for source, joint in product(_ORDERS, _JOINTS[:4]):
        pattern = _pattern(source, joint)
        first = pattern.search(given)
        if first is None or first.group(0) in made[: first.end()]:
            continue
        for target in _targets():
            start = _form(first, target)
            if not start or not made.startswith(start, first.start()):
                continue
            for count in (0, 1):
                lines = [pattern.sub(lambda m, t=target: _form(m, t), line, count=count) for line in given.split("\n")]
                if "\n".join(lines).strip() == made:
                    return f"dates written as {target}"
    return ""


def _pattern(order: str, joint: str) -> re.Pattern[str]:
    parts = [_DIGITS[part] if joint or part == "y" else _DIGITS[part].replace("{1,2}", "{2}") for part in order]
    return re.compile(r"(?<!\d)" + re.escape(joint).join(parts) + r"(?!\d)")


def _targets() -> Iterator[str]:
    for order, joint in product(_ORDERS, _JOINTS):
        for year, day in product(("{y}", "{s}"), ("{d}", "{e}")):
            parts = {"y": year, "m": "{n}" if day == "{e}" else "{m}", "d": day}
            yield joint.join(parts[part] for part in order)
    for form in _WRITTEN:
        yield from (form, form.replace("{d}", "{e}"))


def _form(match: re.Match[str], target: str) -> str:
    year, month, day = match.group("y"), match.group("m"), match.group("d")
    known = 1 <= int(month) <= _MONTHS
    if not known and ("{b}" in target or "{B}" in target):
        return match.group(0)
    name = _NAMES[int(month) - 1] if known else ""
    return target.format(
        y=year, s=year[2:], m=month.zfill(2), n=int(month), d=day.zfill(2), e=int(day), b=name[:_SHORT], B=name
    )
