"""What stands beside the one table that an output holds: other tables, and text around them.

In     an input and its output, the table of the input that the output was made of
Out    findings: tables and words of the input that the output shows nothing of
Never  asks about text beside the table of a format that has none, such as CSV
Why    one sheet of a workbook, right in every cell, is still a loss of the others
"""

from collections.abc import Collection

from skillstrata.distill.oracles.findings import Finding, at_most
from skillstrata.distill.oracles.pairing import Pairing
from skillstrata.distill.oracles.values import canonical
from skillstrata.distill.views.json_reader import shown
from skillstrata.distill.views.media_types import DOCX, EML, EPUB, HTML, IPYNB, MARKDOWN, ODP, ODT, PDF, PPTX, RTF
from skillstrata.distill.views.shapes import TableView
from skillstrata.distill.views.tokens import tokens

LEFT_OUT = frozenset({"missing_tables", "missing_text"})
_WITH_TEXT = frozenset({HTML, DOCX, MARKDOWN, PDF, PPTX, EPUB, EML, RTF, ODT, ODP, IPYNB})


def left_out(pairing: Pairing, held: TableView) -> list[Finding]:
    """Look for tables and text of the input that are not in the output.

    Args:
        pairing: Both sides.
        held: The table that the output holds; where several were joined into it, the joined one.
    """
    cells = {canonical(value, flat=True) for table in pairing.made_tables for row in table.rows for value in row}
    known = frozenset(pairing.made.tokens)
    missing = [
        " ".join(table.header)
        for table in pairing.given_tables
        if not _is_part(table, held) and not _is_shown(table, cells, known)
    ]
    text = pairing.source.prose if pairing.given.media_type in _WITH_TEXT else ()
    lost = dict.fromkeys(word for word in text if word not in known)
    return [
        at_most("missing_tables", len(missing), 0, examples=missing),
        at_most("missing_text", len(lost), 0, examples=lost),
    ]


def _is_part(table: TableView, held: TableView) -> bool:
    return table.header == held.header and set(table.rows) <= set(held.rows)


def _is_shown(table: TableView, cells: Collection[str], known: frozenset[str]) -> bool:
    values = [value for row in table.rows for value in row]
    return all(canonical(value, flat=True) in cells or known.issuperset(tokens(shown(value))) for value in values)
