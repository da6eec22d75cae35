"""Read an Excel workbook from its XML: sheets of typed cells.

In     the bytes of a .xlsx
Out    Sheets; dates as ISO text where their number format says they are dates
Never  evaluates a formula (the stored result counts), raises, fills a sheet up to its far corner
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element

from skillstrata.distill.views.packages import Package
from skillstrata.distill.views.shapes import Value
from skillstrata.distill.views.xml_names import attribute, below, child, children, local

MAX_CELLS = 1_000_000
MAX_COLUMNS = 4_000
_REFERENCE = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")
_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_BUILT_IN_PERCENT = frozenset({9, 10})
_QUOTED = re.compile(r"\"[^\"]*\"|\[[^\]]*\]|\\.|_.")
_DATE_MARK = re.compile(r"[ymdhs]", re.I)
_FIRST_DAY = datetime(1899, 12, 30, tzinfo=UTC)
_FIRST_DAY_1904 = datetime(1904, 1, 1, tzinfo=UTC)
_LAST_SERIAL = 2_958_466
_DAY_S = 86_400
_SHOWN_DIGITS = 15
_PARTS = ("xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/worksheets/", "xl/_rels/")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its rows that are not blank, how else a value may be shown, and where its links lead."""

    name: str
    rows: tuple[tuple[Value, ...], ...]
    hidden: bool = False
    shown_as: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


def xlsx_sheets(data: bytes) -> tuple[Sheet, ...]:
    """Read the sheets of a workbook, in order; none where it cannot be read or is too large."""
    package = Package(data, lambda name: name.startswith(_PARTS))
    workbook = package.part("xl/workbook.xml")
    if workbook is None:
        return ()
    targets = package.targets("xl/workbook.xml")
    book = _Book(package, workbook)
    sheets: list[Sheet] = []
    for entry in below(child(workbook, "sheets"), "sheet"):
        kind, target = targets.get(attribute(entry, "id"), ("", ""))
        root = package.part(target) if kind == "worksheet" else None
        if root is not None:
            hidden = attribute(entry, "state") in {"hidden", "veryHidden"}
            links = tuple(link for kind, link in package.targets(target).values() if kind == "hyperlink")
            rows = book.rows(root)
            sheets.append(Sheet(attribute(entry, "name"), rows, hidden, tuple(book.shown_as), links))
            book.shown_as.clear()
    return tuple(sheets) if book.room >= 0 else ()


class _Book:
    """What the cells of all sheets refer to."""

    def __init__(self, package: Package, workbook: Element) -> None:
        strings = package.part("xl/sharedStrings.xml")
        self._strings = [_text(item) for item in children(strings)]
        self._dates, self._percents = _formats(package.part("xl/styles.xml"))
        in_1904 = attribute(child(workbook, "workbookPr"), "date1904") in {"1", "true"}
        self._first_day = _FIRST_DAY_1904 if in_1904 else _FIRST_DAY
        self.shown_as: list[str] = []
        self.room = MAX_CELLS

    def rows(self, sheet: Element) -> tuple[tuple[Value, ...], ...]:
        """Read the rows of one sheet that hold something, filled up to one width."""
        found: list[dict[int, Value]] = []
        for row in below(child(sheet, "sheetData"), "row"):
            cells: dict[int, Value] = {}
            for cell in row:
                at = _column(attribute(cell, "r"), len(cells))
                value = self._value(cell)
                if value not in (None, "") and at < MAX_COLUMNS:
                    cells[at] = value
            if cells:
                found.append(cells)
        width = max((max(cells) + 1 for cells in found), default=0)
        self.room -= width * len(found)
        return tuple(tuple(cells.get(c) for c in range(width)) for cells in found) if self.room >= 0 else ()

    def _value(self, cell: Element) -> Value:
        kind = attribute(cell, "t") or "n"
        if kind == "inlineStr":
            return _text(child(cell, "is"))
        raw = _text(child(cell, "v"))
        if kind == "s":
            return self._strings[int(raw)] if raw.isdecimal() and int(raw[:9]) < len(self._strings) else None
        if kind == "b":
            return raw == "1"
        if kind != "n" or not raw:
            return raw or None
        try:
            number = Decimal(raw)
            # The file has all binary digits of a number, of which 15 are shown.
            number = Decimal(repr(float(raw))) if len(number.as_tuple().digits) > _SHOWN_DIGITS else number
        except (InvalidOperation, ValueError):
            return raw
        return self._shown(number, attribute(cell, "s")) if number.is_finite() else raw

    def _shown(self, number: Decimal, style: str) -> Value:
        if style in self._percents:
            self.shown_as.append(f"{float(number) * 100:.6g}%")
        if style not in self._dates or not 0 <= number < _LAST_SERIAL:
            return number
        moment = self._first_day + timedelta(seconds=round(float(number) * _DAY_S))
        self.shown_as.extend((str(number), f"{moment:%Y-%m-%d %H:%M:%S}"))
        if number < 1:
            return f"{moment:%H:%M:%S}"
        return f"{moment:%Y-%m-%d}" if number == int(number) else f"{moment:%Y-%m-%d %H:%M:%S}"


def _text(element: Element | None) -> str:
    """Join the runs of a cell's text; how it is pronounced (rPh) is none of it."""
    if element is None:
        return ""
    runs = [run for run in element if local(run) == "r"]
    parts = [child(run, "t") for run in runs] if runs else [element if element.text else child(element, "t")]
    return "".join(part.text or "" for part in parts if part is not None)


def _formats(styles: Element | None) -> tuple[frozenset[str], frozenset[str]]:
    """Give the cell styles that show a date, and those that show a share in per cent."""
    codes = {attribute(fmt, "numFmtId"): attribute(fmt, "formatCode") for fmt in below(styles, "numFmt")}
    dates: set[str] = set()
    percents: set[str] = set()
    for at, style in enumerate(children(child(styles, "cellXfs"))):
        key = attribute(style, "numFmtId")
        code = _QUOTED.sub("", codes.get(key, ""))
        number = int(key) if key.isdecimal() and key not in codes else -1
        if number in _BUILT_IN_DATES or _DATE_MARK.search(code):
            dates.add(str(at))
        elif number in _BUILT_IN_PERCENT or "%" in code:
            percents.add(str(at))
    return frozenset(dates), frozenset(percents)


def _column(reference: str, otherwise: int) -> int:
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        return otherwise
    at = 0
    for letter in match.group(1):
        at = 26 * at + ord(letter) - ord("A") + 1
    return at - 1
