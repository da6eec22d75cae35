"""Read the XML of spreadsheets by position: rows, cells, and which texts name columns.

In     the XML of a sheet or of the shared strings
Out    rows of cells with their raw XML; spans of numbers and texts
Never  builds a tree, computes a formula, raises
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from html import unescape

Span = tuple[int, int]
ROW = re.compile(r"<row\b([^>]*?)(?:/>|>(.*?)</row>)", re.S)
_CELL = re.compile(r"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.S)
_VALUE = re.compile(r"<v>([^<]*)</v>")
_FORMULA = re.compile(r"<f\b[^>]*?(?:/>|>([^<]*)</f>)")
_INLINE = re.compile(r"<t\b[^>]*>([^<]*)</t>")
_ITEM = re.compile(r"<si\b[^>]*?(?:/>|>(.*?)</si>)", re.S)
_TEXT = re.compile(r"<t\b[^>/]*>([^<]*)</t>")
_ATTRIBUTE = re.compile(r'\b([\w:]+)="([^"]*)"')
_COLUMN = re.compile(r"[A-Z]{1,3}")
_TOP_ROWS = 10
_LEAST_COLUMNS = 2
_WIDE_ENOUGH = 0.8
# A formula that is written out in another cell.
SHARED_FORMULA = "shared"
TEXT_KINDS = frozenset({"s", "str", "inlineStr"})


@dataclass(frozen=True, slots=True)
class SheetCell:
    """A cell: column letters, kind (as its `t`, "n" for numbers), style, its value (for shared text the number)."""

    column: str
    kind: str
    style: str
    value: str
    formula: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row with its attributes but for its number, and where its XML lies."""

    attributes: str
    cells: tuple[SheetCell, ...]
    start: int
    end: int


def sheet_rows(xml: str) -> list[SheetRow]:
    """Give the rows of a sheet that have cells."""
    rows: list[SheetRow] = []
    for match in ROW.finditer(xml):
        if match.group(2) is None:
            continue
        cells = tuple(_cells(match.group(2), match.start(2)))
        if cells:
            kept = [f' {k}="{v}"' for k, v in _ATTRIBUTE.findall(match.group(1)) if k not in {"r", "spans"}]
            rows.append(SheetRow("".join(kept), cells, *match.span()))
    return rows


def _cells(xml: str, shift: int) -> Iterator[SheetCell]:
    for number, match in enumerate(_CELL.finditer(xml)):
        attributes = dict(_ATTRIBUTE.findall(match.group(1)))
        inner = match.group(2) or ""
        value = _VALUE.search(inner) or _INLINE.search(inner)
        if value is None:
            continue
        letters = _COLUMN.match(attributes.get("r", ""))
        yield SheetCell(
            column=letters.group(0) if letters else column_name(number),
            kind=attributes.get("t", "n"),
            style=attributes.get("s", ""),
            value=unescape(value.group(1)),
            formula=_formula(inner),
            start=shift + match.start(2) + value.start(1),
            end=shift + match.start(2) + value.end(1),
        )


def _formula(inner: str) -> str:
    """Give a cell's formula; for one that shares another cell's, something that is not empty."""
    found = _FORMULA.search(inner)
    return (unescape(found.group(1) or "") or SHARED_FORMULA) if found else ""


def column_name(number: int) -> str:
    """Give the letters of a column, 0 for A."""
    name = ""
    number += 1
    while number:
        number, digit = divmod(number - 1, 26)
        name = chr(ord("A") + digit) + name
    return name


def header_place(rows: Sequence[SheetRow]) -> int:
    """Give the place of the row that names the columns, -1 where none does: the first wide one that is all text."""
    widest = max((len(row.cells) for row in rows), default=0)
    for place, row in enumerate(rows[:_TOP_ROWS]):
        wide = len(row.cells) >= max(_WIDE_ENOUGH * widest, min(_LEAST_COLUMNS, widest))
        if wide:
            return place if all(cell.kind in TEXT_KINDS for cell in row.cells) and len(rows) > place + 1 else -1
    return -1


def header_strings(sheets: Sequence[str]) -> frozenset[int]:
    """Give the numbers of the shared strings that name columns in any sheet."""
    found: set[int] = set()
    for xml in sheets:
        rows = sheet_rows(xml)
        place = header_place(rows)
        cells = rows[place].cells if place >= 0 else ()
        found.update(int(cell.value) for cell in cells if cell.kind == "s" and cell.value.isdecimal())
    return frozenset(found)


def shared_items(xml: str) -> list[str]:
    """Give the shared strings as text."""
    return [unescape("".join(_TEXT.findall(match.group(1) or ""))) for match in _ITEM.finditer(xml)]


def shared_text_spans(xml: str, kept: Collection[int]) -> Iterator[Span]:
    """Give the spans of the shared strings' text but for those that are kept."""
    for number, match in enumerate(_ITEM.finditer(xml)):
        if number not in kept and match.group(1) is not None:
            for text in _TEXT.finditer(xml, match.start(1), match.end(1)):
                yield text.span(1)


def number_spans(xml: str) -> Iterator[Span]:
    """Give the spans of plain numbers and of texts that stand in the sheet itself, column names left out."""
    rows = sheet_rows(xml)
    place = header_place(rows)
    for number, row in enumerate(rows):
        for cell in row.cells:
            if number != place and cell.kind in {"n", "inlineStr", "str"} and not cell.formula and cell.value:
                yield cell.start, cell.end
