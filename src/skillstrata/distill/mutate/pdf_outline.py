"""See a PDF as blocks that can be written again: headings by size, paragraphs, tables by position.

In     a PDF that the independent reader accepts
Out    PdfBlocks in order, a line of its own for each line that does not fill its page
Never  raises; reads what the independent reader refused
"""

import functools
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pdfminer.high_level import extract_pages
from pdfminer.layout import LAParams, LTChar, LTItem, LTLayoutContainer, LTTextBox, LTTextLine

from skillstrata.distill.mutate.pdf_pages import PdfBlock, PdfRun
from skillstrata.distill.views import document_view
from skillstrata.distill.views.media_types import PDF
from skillstrata.records.proofs import TypedBytes

_MOST_PAGES = 40
_LARGER = 1.12
_DEEPEST = 3
_SAME_LINE = 2.5
_SAME_COLUMN = 4.0
_FULL = 0.75
_NEXT_LINE = 1.5
_CELL_LINE = 1.36
_LEAST_ROWS = 2
_LONGEST_CELL = 60
_MARKED = 2
_MARK = re.compile(r"[•◦▪*-]|\d{1,3}[.)]")
_BULLET = "• "


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of text; `y` grows downwards over all pages."""

    text: str
    x: float
    end: float
    y: float
    size: float


@functools.lru_cache(maxsize=4)
def pdf_blocks(content: TypedBytes) -> tuple[PdfBlock, ...]:
    """Give the blocks of a PDF; none where the reader finds no text."""
    view = document_view(content) if content.media_type == PDF else None
    if view is None or not view.known:
        return ()
    lines = list(_lines(content.data))
    return tuple(_blocks(lines)) or (PdfBlock("paragraph", (PdfRun(view.text),)),)


def _lines(data: bytes) -> Iterator[_Line]:
    depth = 0.0
    pages = extract_pages(io.BytesIO(data), maxpages=_MOST_PAGES, laparams=LAParams(boxes_flow=None, all_texts=True))
    for page in pages:
        found = [
            _Line(text, line.x0, line.x1, depth + page.height - line.y0, _size(line))
            for line in _text_lines(page)
            if (text := " ".join(line.get_text().split()))
        ]
        yield from sorted(found, key=lambda one: (round(one.y / _SAME_LINE), one.x))
        depth += page.height


def _text_lines(item: LTItem) -> Iterator[LTTextLine]:
    if isinstance(item, LTTextLine):
        yield item
    elif isinstance(item, LTLayoutContainer | LTTextBox):
        for inner in _inside(item):
            yield from _text_lines(inner)


def _inside(item: Iterable[LTItem]) -> list[LTItem]:
    return list(item)


def _size(line: LTTextLine) -> float:
    return max((round(char.size, 1) for char in _inside(line) if isinstance(char, LTChar)), default=0.0)


def _blocks(lines: Sequence[_Line]) -> list[PdfBlock]:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    usual = sizes.most_common(1)[0][0] if sizes else 0.0
    large = sorted((size for size in sizes if size > usual * _LARGER), reverse=True)
    levels = {size: min(place, _DEEPEST) for place, size in enumerate(large, 1)}
    wide = max((line.end - line.x for line in lines), default=1.0)
    blocks: list[PdfBlock] = []
    before: _Line | None = None
    for group in _groups(lines):
        if len(group) > 1:
            blocks.append(PdfBlock("table", rows=_grid(group)))
            before = None
            continue
        for line in _without_marker(group[0]):
            if line.text.startswith(_BULLET):
                blocks.append(PdfBlock("item", (PdfRun(line.text[2:]),), 1, marker=_BULLET[0]))
                before = None
                continue
            level = levels.get(line.size, 0)
            if before is not None and _goes_on(before, line, wide) and blocks[-1].level == level:
                text = f"{blocks[-1].runs[0].text} {line.text}"
                blocks[-1] = PdfBlock(blocks[-1].kind, (PdfRun(text),), level)
            else:
                blocks.append(PdfBlock("heading" if level else "paragraph", (PdfRun(line.text),), level))
            before = line
    return blocks


def _without_marker(row: Sequence[_Line]) -> list[_Line]:
    """Join a list's mark with the text it stands before."""
    if len(row) == _MARKED and _MARK.fullmatch(row[0].text):
        mark = _BULLET if row[0].text in "•◦▪-*" else f"{row[0].text} "
        return [replace(row[1], text=mark + row[1].text)]
    return [*row]


def _goes_on(before: _Line, line: _Line, wide: float) -> bool:
    """Say whether a line continues the one above it: that one was full, and this one begins below its start."""
    full = before.end - before.x >= _FULL * wide
    return full and abs(before.x - line.x) < _SAME_COLUMN and 0 < line.y - before.y < _NEXT_LINE * line.size


def _groups(lines: Sequence[_Line]) -> Iterator[list[list[_Line]]]:
    """Give tables (two rows or more) and single rows of lines that stand at one height."""
    table: list[list[_Line]] = []
    for row in _rows(lines):
        if table and _continues(table, row):
            table.append(row)
            continue
        yield from _closed(table)
        table = [row] if _is_row(row) else []
        if not table:
            yield [row]
    yield from _closed(table)


def _closed(table: list[list[_Line]]) -> Iterator[list[list[_Line]]]:
    if len(table) >= _LEAST_ROWS:
        yield table
    else:
        yield from ([row] for row in table)


def _rows(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    row: list[_Line] = []
    for line in lines:
        if row and abs(line.y - row[0].y) > _SAME_LINE:
            yield row
            row = []
        row.append(line)
    if row:
        yield row


def _is_row(row: Sequence[_Line]) -> bool:
    if len(row) == _MARKED and _MARK.fullmatch(row[0].text):
        return False
    return len(row) > 1 and all(len(line.text) <= _LONGEST_CELL for line in row)


def _continues(table: Sequence[Sequence[_Line]], row: Sequence[_Line]) -> bool:
    """Say whether all of a row stands below the columns of a table's first one."""
    starts = [line.x for line in table[0]]
    near = row[0].y - table[-1][0].y < 4 * max(row[0].size, 1.0)
    return near and all(any(abs(line.x - start) < _SAME_COLUMN for start in starts) for line in row)


def _grid(table: Sequence[Sequence[_Line]]) -> tuple[tuple[str, ...], ...]:
    starts = [line.x for line in table[0]]
    grid: list[list[str]] = []
    above = table[0][0].y
    for row in table:
        cells = [""] * len(starts)
        for line in row:
            cells[min(range(len(starts)), key=lambda place: abs(starts[place] - line.x))] = line.text
        # Lines of one cell stand closer than rows do.
        if grid and len(row) < len(starts) and row[0].y - above < _CELL_LINE * row[0].size:
            grid[-1] = [f"{old} {new}".strip() for old, new in zip(grid[-1], cells, strict=True)]
        else:
            grid.append(cells)
        above = row[0].y
    return tuple(map(tuple, grid))
