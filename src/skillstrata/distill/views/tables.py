"""Pick the reader for tables by media type.

In     TypedBytes
Out    every table found in it; the one that stands for it, if any
Never  raises, guesses columns where lines disagree
"""

import re

from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.delimited import delimited_table, table_of
from skillstrata.distill.views.documents import document_view
from skillstrata.distill.views.json_reader import json_table
from skillstrata.distill.views.markdown_reader import pipe_rows
from skillstrata.distill.views.media_types import (
    CSV,
    DOCX,
    EPUB,
    HTML,
    JSON,
    MARKDOWN,
    NDJSON,
    ODP,
    ODS,
    ODT,
    PPTX,
    RTF,
    TEXT,
    TSV,
    XLSX,
)
from skillstrata.distill.views.shapes import DocumentView, TableView
from skillstrata.distill.views.sheet_views import sheet_tables
from skillstrata.records.proofs import TypedBytes

_RULER = re.compile(r"[-=+| ]+")
_LEAST_LINES = 3
_WITH_GRIDS = frozenset({HTML, MARKDOWN, DOCX, ODT, ODP, PPTX, EPUB, RTF})


def table_view(content: TypedBytes) -> TableView | None:
    """Give the table that stands for `content`: its only one, else the largest; None where it holds none."""
    found = table_views(content)
    return max(found, key=lambda table: len(table.rows) * len(table.header)) if found else None


def table_views(content: TypedBytes, view: DocumentView | None = None) -> tuple[TableView, ...]:
    """Give every table of `content`, in order.

    Args:
        content: What to read.
        view: Its document view, where that has been read already.
    """
    if content.media_type in {XLSX, ODS}:
        return sheet_tables(content.media_type, content.data)
    if content.media_type in _WITH_GRIDS:
        view = view or document_view(content)
        grids = view.tables if view else ()
        read = [table_of([[" ".join(cell.split()) for cell in row] for row in grid], flat=True) for grid in grids]
        return tuple(table for table in read if table is not None)
    reader = _TEXT_READERS.get(content.media_type)
    decoded = decode(content.data) if reader else None
    table = reader(decoded.text) if reader and decoded else None
    return (table,) if table is not None else ()


def _aligned_table(text: str) -> TableView | None:
    """Read pipe tables and columns set apart by tabs or two blanks, when every line has the same number of them."""
    lines = [line for line in text.splitlines() if line.strip() and not _RULER.fullmatch(line)]
    if len(lines) < _LEAST_LINES:
        return None
    piped = list(pipe_rows("\n".join(lines)))
    rows = piped if len(piped) == len(lines) else [re.split(r"\t|\s{2,}", line.strip()) for line in lines]
    widths = {len(row) for row in rows}
    return table_of(rows, flat=True) if len(widths) == 1 and widths != {1} else None


def _tabbed_table(text: str) -> TableView | None:
    return delimited_table(text, "\t")


_TEXT_READERS = {
    CSV: delimited_table,
    TSV: _tabbed_table,
    JSON: json_table,
    NDJSON: json_table,
    TEXT: _aligned_table,
}
