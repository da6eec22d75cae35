"""Read an OpenDocument spreadsheet from its XML: sheets of typed cells.

In     the bytes of a .ods
Out    Sheets, as for Excel
Never  repeats a cell or row a million times because the file says so, evaluates a formula, raises
"""

from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element

from skillstrata.distill.views.archives import read_member
from skillstrata.distill.views.shapes import Value
from skillstrata.distill.views.xlsx_reader import MAX_CELLS, MAX_COLUMNS, Sheet
from skillstrata.distill.views.xml_names import attribute, below, child, local, whole_number
from skillstrata.distill.views.xml_tree import parse_xml

_NUMBERS = frozenset({"float", "currency", "percentage"})
_MOST_REPEATS = 10_000


def ods_sheets(data: bytes) -> tuple[Sheet, ...]:
    """Read the sheets of a spreadsheet, in order; none where it cannot be read or is too large."""
    content = read_member(data, "content.xml")
    root = parse_xml(content) if content is not None else None
    sheets: list[Sheet] = []
    room = MAX_CELLS
    for table in below(child(root, "body", "spreadsheet"), "table"):
        shown_as: list[str] = []
        rows = _rows(table, shown_as, room)
        room -= sum(map(len, rows))
        if room < 0:
            return ()
        sheets.append(Sheet(attribute(table, "name"), rows, shown_as=tuple(shown_as)))
    return tuple(sheets)


def _rows(table: Element, shown_as: list[str], room: int) -> tuple[tuple[Value, ...], ...]:
    found: list[dict[int, Value]] = []
    for row in below(table, "table-row"):
        cells: dict[int, Value] = {}
        at = 0
        for cell in row:
            if local(cell) not in {"table-cell", "covered-table-cell"}:
                continue
            times = whole_number(attribute(cell, "number-columns-repeated"), most=MAX_COLUMNS)
            value = _value(cell, shown_as)
            if value not in (None, ""):
                cells.update(dict.fromkeys(range(at, min(at + times, MAX_COLUMNS)), value))
            at = min(at + times, MAX_COLUMNS)
        times = whole_number(attribute(row, "number-rows-repeated"), most=_MOST_REPEATS)
        room -= (max(cells) + 1) * times if cells else 0
        if room < 0:
            return ((None,) * (MAX_CELLS + 1),)
        found.extend([cells] * times if cells else [])
    width = max((max(cells) + 1 for cells in found), default=0)
    if width * len(found) > MAX_CELLS:
        return ((None,) * (MAX_CELLS + 1),)
    return tuple(tuple(cells.get(c) for c in range(width)) for cells in found)


def _value(cell: Element, shown_as: list[str]) -> Value:
    text = "\n".join("".join(p.itertext()) for p in cell if local(p) == "p")
    kind = attribute(cell, "value-type")
    if kind in _NUMBERS:
        shown_as.append(text)
        try:
            number = Decimal(attribute(cell, "value"))
        except InvalidOperation:
            return text
        return number if number.is_finite() else text
    if kind == "date":
        shown_as.append(text)
        return attribute(cell, "date-value").replace("T", " ")
    if kind == "boolean":
        shown_as.append(text)
        return attribute(cell, "boolean-value") == "true"
    return text or None
