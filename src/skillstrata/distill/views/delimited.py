"""Read delimited text: which delimiter it uses, its rows, and whether the first row names the columns.

In     decoded text of a CSV or TSV file
Out    the delimiter, rows of fields, a TableView
Never  raises, changes the csv module's limits, turns a field into a number (007 stays 007)
"""

import csv
import io
import re

from skillstrata.distill.views.shapes import TableView, Value

SEEN_CHARS = 256_000
_MOST_COLUMNS = 4_000
_NUMERIC = re.compile(r"\s*[-+]?[\d.,]*\d[\d.,]*(?:[eE][-+]?\d+)?%?\s*")


def delimiter_of(text: str) -> str:
    """Give the delimiter that cuts every row into the same number (two or more) of fields, "" where none does."""
    sample = text[:SEEN_CHARS]
    best, most = "", 1
    for delimiter in ",;\t|":
        if delimiter not in sample:
            continue
        rows = fields_of(sample, delimiter) or []
        widths = [len(row) for row in (rows if len(text) <= SEEN_CHARS else rows[:-1])]
        if len(widths) > 1 and len(set(widths)) == 1 and widths[0] > most:
            best, most = delimiter, widths[0]
    return best


def fields_of(text: str, delimiter: str) -> list[list[str]] | None:
    """Give the rows that are not blank, None where quoting is broken or a field is larger than csv allows."""
    try:
        return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)]
    except csv.Error:
        return None


def guessed_delimiter(text: str, fallback: str) -> str:
    """Give the delimiter, also of a file whose rows differ in length: then the one the first line has most of."""
    exact = delimiter_of(text)
    if exact:
        return exact
    first = text.lstrip("\r\n").split("\n", 1)[0]
    most = max(",;\t|", key=first.count)
    return most if most in first else fallback


def delimited_table(text: str, fallback: str = ",") -> TableView | None:
    """Read delimited text as a table; short rows are filled with empty fields."""
    rows = fields_of(text, guessed_delimiter(text, fallback))
    return table_of(rows) if rows else None


def table_of(rows: list[list[str]], *, flat: bool = False) -> TableView | None:
    """Make a table of rows of text; the first row names the columns where all its fields are different words."""
    width = max(map(len, rows), default=0)
    if not 0 < width <= _MOST_COLUMNS:
        return None
    filled: list[tuple[Value, ...]] = [tuple(row + [""] * (width - len(row))) for row in rows]
    first = [field.strip() for field in rows[0]]
    named = len(first) == width and len(set(first)) == width and all(f and not _NUMERIC.fullmatch(f) for f in first)
    if named and (len(filled) > 1 or width > 1):
        return TableView(tuple(first), tuple(filled[1:]), flat=flat)
    return TableView(tuple(f"c{n}" for n in range(1, width + 1)), tuple(filled), named=False, flat=flat)
