"""Sheets of a workbook, as a document and as tables.

In     the bytes of a .xlsx or .ods
Out    DocumentView with a table for each sheet; TableViews of the sheets that are shown
Never  takes a hidden sheet for content that must survive
"""

from collections.abc import Sequence

from skillstrata.distill.views.json_reader import shown
from skillstrata.distill.views.media_types import ODS, XLSX
from skillstrata.distill.views.ods_reader import ods_sheets
from skillstrata.distill.views.pieces import Pieces
from skillstrata.distill.views.shapes import Block, DocumentView, TableView, Value
from skillstrata.distill.views.xlsx_reader import xlsx_sheets

_READERS = {XLSX: xlsx_sheets, ODS: ods_sheets}


def sheet_document(media_type: str, data: bytes) -> DocumentView | None:
    """Read a workbook as a document; None where it has no sheet that can be read."""
    sheets = _READERS[media_type](data)
    if not sheets:
        return None
    pieces = Pieces()
    for sheet in sheets:
        pieces.side(sheet.name, *sheet.shown_as, *sheet.links)
        table = pieces.new_table()
        pieces.blocks.extend(
            Block(shown(value), "cell", optional=sheet.hidden, table=table, row=r, col=c)
            for r, row in enumerate(sheet.rows)
            for c, value in enumerate(row)
            if value not in (None, "")
        )
    return pieces.document(media_type)


def sheet_tables(media_type: str, data: bytes) -> tuple[TableView, ...]:
    """Read the sheets that are shown as tables; the first row names the columns where its cells are different words."""
    sheets = _READERS[media_type](data)
    return tuple(_table(sheet.rows) for sheet in sheets if sheet.rows and not sheet.hidden)


def _table(rows: Sequence[tuple[Value, ...]]) -> TableView:
    names = [value.strip() for value in rows[0] if isinstance(value, str) and value.strip()]
    if len(names) == len(rows[0]) == len(set(names)) and (len(rows) > 1 or len(names) > 1):
        return TableView(tuple(names), tuple(rows[1:]))
    return TableView(tuple(f"c{n}" for n in range(1, len(rows[0]) + 1)), tuple(rows), named=False)
