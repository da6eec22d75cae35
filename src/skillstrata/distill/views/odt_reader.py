"""Read an OpenDocument text or presentation from its XML.

In     the bytes of a .odt or .odp
Out    DocumentView: headings, paragraphs, tables, links, image targets
Never  raises, follows an external target
Why    notes, comments, indexes and page numbers may be left out; what tracked changes deleted is gone
"""

from xml.etree.ElementTree import Element

from skillstrata.distill.views.archives import read_member
from skillstrata.distill.views.pieces import Pieces
from skillstrata.distill.views.shapes import Block, DocumentView, Link
from skillstrata.distill.views.xml_names import attribute, child, local, whole_number
from skillstrata.distill.views.xml_tree import parse_xml

_GONE = frozenset({"tracked-changes", "forms", "sequence-decls", "binary-data"})
_OPTIONAL = frozenset({"note", "annotation", "notes", "table-of-content", "alphabetical-index", "bibliography"})
_FIELDS = frozenset({"page-number", "page-count", "date", "time"})
_MOST_BLANKS = 200
_MOST_COLUMNS = 1_000


class _Walker:
    """Walks the body."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces

    def walk(self, element: Element, cell: Block | None = None, *, optional: bool = False) -> None:
        for one in element:
            name = local(one)
            if name in {"p", "h"}:
                self._paragraph(one, cell, optional=optional)
            elif name == "table":
                self._table(one, optional=optional)
            elif name not in _GONE:
                title = attribute(one, "class") == "title" and name == "frame"
                self._frame(one)
                inner = Block("", "heading", 1) if title else cell
                self.walk(one, inner, optional=optional or name in _OPTIONAL)

    def _frame(self, element: Element) -> None:
        if local(element) == "image":
            self._pieces.images.append(attribute(element, "href"))
        elif local(element) in {"title", "desc"}:
            self._pieces.side(element.text or "")

    def _table(self, table: Element, *, optional: bool) -> None:
        number = self._pieces.new_table()
        for r, row in enumerate(_rows(table)):
            col = 0
            for one in row:
                if local(one) in {"table-cell", "covered-table-cell"} and col < _MOST_COLUMNS:
                    self.walk(one, Block("", "cell", table=number, row=r, col=col), optional=optional)
                    col += whole_number(attribute(one, "number-columns-repeated"), most=_MOST_COLUMNS)

    def _paragraph(self, paragraph: Element, cell: Block | None, *, optional: bool) -> None:
        shown: list[str] = []
        self._runs(paragraph, shown)
        text = "".join(shown).strip()
        if not text:
            return
        level = whole_number(attribute(paragraph, "outline-level"), most=9) if local(paragraph) == "h" else 0
        if cell is not None:
            self._pieces.blocks.append(
                Block(text, cell.kind, cell.level, optional, table=cell.table, row=cell.row, col=cell.col)
            )
        else:
            self._pieces.blocks.append(Block(text, "heading" if level else "text", level, optional))

    def _runs(self, element: Element, shown: list[str]) -> None:
        shown.append(element.text or "")
        for one in element:
            name = local(one)
            if name == "s":
                shown.append(" " * whole_number(attribute(one, "c"), most=_MOST_BLANKS))
            elif name in {"tab", "line-break"}:
                shown.append("\n" if name == "line-break" else "\t")
            elif name in _OPTIONAL or name in _FIELDS:
                self._pieces.blocks.append(Block(" ".join(one.itertext()), optional=True))
            elif name == "a":
                start = len(shown)
                self._runs(one, shown)
                self._pieces.links.append(Link("".join(shown[start:]).strip(), attribute(one, "href")))
            elif name == "frame":
                self.walk(one)
            elif name not in _GONE:
                self._runs(one, shown)
            shown.append(one.tail or "")


def _rows(element: Element) -> list[Element]:
    """Give the rows of a table, those in row groups too, not those of a table inside."""
    found: list[Element] = []
    for one in element:
        if local(one) == "table-row":
            found.append(one)
        elif local(one) in {"table-header-rows", "table-rows", "table-row-group"}:
            found.extend(_rows(one))
    return found


def odt_document(media_type: str, data: bytes) -> DocumentView | None:
    """Read a text or a presentation; None where it is no package or has no body."""
    content = read_member(data, "content.xml")
    body = child(parse_xml(content), "body") if content is not None else None
    if body is None:
        return None
    pieces = Pieces()
    _Walker(pieces).walk(body)
    return pieces.document(media_type)
