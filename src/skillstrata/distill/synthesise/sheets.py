"""Unseen workbooks: the same sheets, columns, styles and kinds of cells; other rows, more or fewer of them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from xml.sax.saxutils import escape

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.opened import SHARED_STRINGS, Opened, opened
from skillstrata.distill.mutate.rewriting import Rewriter
from skillstrata.distill.mutate.sheet_xml import (
    SHARED_FORMULA,
    TEXT_KINDS,
    SheetCell,
    SheetRow,
    header_place,
    header_strings,
    shared_items,
    shared_text_spans,
    sheet_rows,
)
from skillstrata.distill.mutate.slots import edited
from skillstrata.distill.synthesise.columns import many_values
from skillstrata.distill.synthesise.odd_values import odd_values
from skillstrata.distill.synthesise.sheet_lists import fewer_sheets, more_sheets, sheet_parts
from skillstrata.distill.synthesise.sizes import new_length
from skillstrata.records.proofs import TypedBytes

_FEWER, _MORE, _LONG_VARIANT = 0, 1, 2
_LONG = 120
_LONGEST_INDEX = 9
_MERGED = re.compile(r'<mergeCell\b[^>]*\bref="[A-Z]+\d+:[A-Z]+(\d{1,7})"')
_RANGE = re.compile(r"(\$?[A-Z]{1,3})\$?\d{1,7}:(\$?[A-Z]{1,3})\$?\d{1,7}")
_OWN_ROW = re.compile(r"(?<![A-Z$\d])(\$?[A-Z]{1,3})(\d{1,7})(?![\d(])")
_DIMENSION = re.compile(r"<dimension\b[^>]*/>")
_COUNTS = re.compile(r'(<sst\b[^>]*?)\s(?:uniqueCount|count)="\d+"')


@dataclass(slots=True)
class _Workbook:
    """What is known while a workbook is written anew: its old strings, the new ones, and the length of every list."""

    strings: list[str]
    added: list[str]
    shared: bool
    variant: int
    dice: Dice
    rewriter: Rewriter


def unseen_workbook(content: TypedBytes, variant: int, dice: Dice, rewriter: Rewriter, count: int = 0) -> bytes | None:
    """Make one workbook like `content`; `count` rows a sheet where one is given.

    Of several sheets, the first variant has fewer and the second one more.
    """
    whole = opened(content)
    if whole is None:
        return None
    parts = {name: whole.text[start:end] for name, start, end in whole.stretches()}
    sheets = [xml for name, xml in parts.items() if name != SHARED_STRINGS]
    shared = parts.get(SHARED_STRINGS, "")
    book = _Workbook(shared_items(shared), [], SHARED_STRINGS in parts, variant, dice, rewriter)
    made = {name: _sheet(xml, book, count) for name, xml in parts.items() if name != SHARED_STRINGS}
    listed = [] if count else [part for _, part in sheet_parts(content.data)]
    extra = _sheet(parts[listed[-1]], book, 0) if variant == _MORE and len(listed) > 1 and listed[-1] in parts else ""
    if shared:
        made[SHARED_STRINGS] = _strings(shared, book, header_strings(sheets))
    data = whole.write("\x00".join(made[name] for name in whole.names)) if _fits(whole, made) else None
    if data and extra:
        return more_sheets(data, extra, dice)
    return fewer_sheets(data, rewriter.kept) if data and variant == _FEWER and len(listed) > 1 else data


def _fits(whole: Opened, made: dict[str, str]) -> bool:
    return set(whole.names) == set(made) and not any("\x00" in text for text in made.values())


def _strings(xml: str, book: _Workbook, kept: frozenset[int]) -> str:
    """Rewrite the strings that name no column, and add the new ones."""
    spans = list(shared_text_spans(xml, kept))
    text = edited(xml, [(a, b, escape(book.rewriter.rewrite(unescape(xml[a:b])))) for a, b in spans])
    items = "".join(f'<si><t xml:space="preserve">{escape(value)}</t></si>' for value in book.added)
    while _COUNTS.search(text):
        text = _COUNTS.sub(r"\1", text)
    return text.replace("</sst>", items + "</sst>") if "</sst>" in text else text


def _sheet(xml: str, book: _Workbook, count: int) -> str:
    rows = sheet_rows(xml)
    first = header_place(rows) + 1
    body = rows[first:]
    totals: list[SheetRow] = []
    while len(body) > 1 and any(":" in cell.formula for cell in body[-1].cells):
        totals.insert(0, body.pop())
    if not body:
        return xml
    number = _row_number(xml, body[0], first)
    wanted = len(body) if _is_merged(xml, number) else _wanted(len(body), book, count)
    columns = {letter: _column(list(cells), wanted, book) for letter, cells in _by_column(body)}
    lines = [_row(body[n] if n < len(body) else book.dice.one(body), number + n, n, columns) for n in range(wanted)]
    lines += [_total(row, number + wanted + n, (number, number + wanted - 1), book) for n, row in enumerate(totals)]
    end = (totals or body)[-1].end
    titles = [cell for row in rows[: max(first - 1, 0)] for cell in row.cells if cell.kind in {"inlineStr", "str"}]
    above = edited(xml[: body[0].start], [(c.start, c.end, escape(book.rewriter.rewrite(c.value))) for c in titles])
    return _DIMENSION.sub("", above + "".join(lines) + xml[end:])


def _is_merged(xml: str, first: int) -> bool:
    """Say whether cells of the rows from `first` on are merged with others."""
    return any(int(row) >= first for row in _MERGED.findall(xml))


def _total(row: SheetRow, number: int, rows: tuple[int, int], book: _Workbook) -> str:
    """Write a row that sums the ones above it: its ranges reach over the new rows."""
    cells: list[str] = []
    for cell in row.cells:
        style = f' s="{cell.style}"' if cell.style else ""
        if cell.formula:
            formula = _RANGE.sub(lambda m: f"{m.group(1)}{rows[0]}:{m.group(2)}{rows[1]}", cell.formula)
            content = f"><f>{escape(formula)}</f><v></v>"
        elif cell.kind in TEXT_KINDS:
            content = _text_cell(book.rewriter.rewrite(_text(cell, book)), book)
        else:
            content = f"><v>{escape(book.rewriter.rewrite(cell.value))}</v>"
        cells.append(f'<c r="{cell.column}{number}"{style}{content}</c>')
    return f'<row r="{number}"{row.attributes}>{"".join(cells)}</row>'


def _wanted(length: int, book: _Workbook, count: int) -> int:
    if count:
        return count
    return (
        _LONG + book.dice.between(0, 20)
        if book.variant == _LONG_VARIANT
        else new_length(length, book.variant, book.dice)
    )


def _row_number(xml: str, row: SheetRow, place: int) -> int:
    found = re.match(r'<row\b[^>]*?\br="(\d{1,7})"', xml[row.start : row.start + 300])
    return int(found.group(1)) if found else place + 1


def _by_column(rows: Sequence[SheetRow]) -> Iterator[tuple[str, Iterator[SheetCell]]]:
    letters = dict.fromkeys(cell.column for row in rows for cell in row.cells)
    for letter in letters:
        yield letter, (cell for row in rows for cell in row.cells if cell.column == letter)


def _column(cells: list[SheetCell], count: int, book: _Workbook) -> dict[str, list[str]]:
    """Make as many cells as are wanted of each kind the column has: the attributes and content of `<c>`."""
    texts = [_text(cell, book) for cell in cells if cell.kind in TEXT_KINDS]
    numbers = [c.value for c in cells if c.kind not in TEXT_KINDS and c.kind not in {"b", "e"} and c.value]
    made: dict[str, list[str]] = {}
    if texts:
        values = many_values(texts, count, book.dice, book.rewriter)
        values = odd_values(values, texts, book.variant, book.dice, kept=book.rewriter.kept, digits=False)
        made["text"] = [_text_cell(value, book) for value in values]
    if numbers:
        made["number"] = [f"><v>{escape(v)}</v>" for v in many_values(numbers, count, book.dice, book.rewriter)]
    if any(cell.kind == "b" for cell in cells):
        made["b"] = [f' t="b"><v>{int(book.dice.chance(50))}</v>' for _ in range(count)]
    return made


def _text(cell: SheetCell, book: _Workbook) -> str:
    if cell.kind != "s":
        return cell.value
    number = int(cell.value) if cell.value.isdecimal() and len(cell.value) < _LONGEST_INDEX else -1
    return book.strings[number] if 0 <= number < len(book.strings) else ""


def _text_cell(value: str, book: _Workbook) -> str:
    if not book.shared:
        return f' t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is>'
    book.added.append(value)
    return f' t="s"><v>{len(book.strings) + len(book.added) - 1}</v>'


def _row(row: SheetRow, number: int, place: int, columns: dict[str, dict[str, list[str]]]) -> str:
    cells = [_cell(cell, number, place, columns[cell.column]) for cell in row.cells]
    return f'<row r="{number}"{row.attributes}>{"".join(cells)}</row>'


def _cell(cell: SheetCell, number: int, place: int, made: dict[str, list[str]]) -> str:
    kind = "text" if cell.kind in TEXT_KINDS else "number"
    kind = cell.kind if cell.kind in {"b", "e"} else kind
    style = f' s="{cell.style}"' if cell.style else ""
    if cell.formula and cell.formula != SHARED_FORMULA:
        # What it says of its own row it says of the new one; its value is for a spreadsheet program to compute.
        formula = _OWN_ROW.sub(rf"\g<1>{number}", cell.formula)
        content = f"><f>{escape(formula)}</f><v></v>"
    elif kind in made and cell.value:
        content = made[kind][place]
    else:
        content = f' t="e"><v>{escape(cell.value)}</v>' if kind == "e" else ">"
    return f'<c r="{cell.column}{number}"{style}{content}</c>'
