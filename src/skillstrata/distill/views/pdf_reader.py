"""Read the text of a PDF, page by page, as its glyphs stand.

In     the bytes of a .pdf
Out    DocumentView: text boxes in reading order, link targets
Never  raises, runs a script, opens an attachment or address, reads a picture of text
Why    a PDF says nothing of headings or tables; lines that stand on most pages may be left out, and so may a hyphen
       at the end of a line
"""

import io
import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from pdfminer.converter import PDFPageAggregator
from pdfminer.layout import IndexAssigner, LAParams, LTChar, LTItem, LTLayoutContainer, LTPage, LTTextBox
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfexceptions import PDFException
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager, PDFStackT
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import dict_value, list_value, resolve1
from pdfminer.psexceptions import PSException

from skillstrata.distill.views.media_types import PDF
from skillstrata.distill.views.pdf_limits import is_affordable
from skillstrata.distill.views.pdf_rows import is_table, rows_of, stretches_of
from skillstrata.distill.views.pieces import Pieces
from skillstrata.distill.views.shapes import Block, DocumentView, Link
from skillstrata.distill.views.tokens import without_list_markers

MAX_PAGES = 400
MAX_CHARS = 2_000_000
_PAGE_CHARS = 20_000
_MOST_FORMS = 2_000
_MOST_LINKS = 5_000
# Above this the search for columns, which compares boxes in pairs, is left out.
_MOST_BOXES = 150
# Letters that cover the page this often lie on top of each other.
_MOST_LAYERS = 12
_RUNNING_SHARE = 0.6
_FEWEST_PAGES = 3
_DIGITS = re.compile(r"\d+")
_HYPHEN = re.compile(r"([^\W\d_]{2,})[-\u2010\u00ad]\n\s*([^\W\d_]{2,})")
_DAMAGE = (
    PSException,
    PDFException,
    zlib.error,
    struct.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)


class _TooMuch(ValueError):
    """A page asks for more than it may cost."""


class _Device(PDFPageAggregator):
    """Counts what is drawn."""

    def __init__(self, resources: PDFResourceManager) -> None:
        super().__init__(resources, laparams=None)
        self.chars = MAX_CHARS
        self.forms = _MOST_FORMS

    def begin_figure(
        self,
        name: str,
        bbox: tuple[float, float, float, float],
        matrix: tuple[float, float, float, float, float, float],
    ) -> None:
        """Draw a form or a picture, if there is room: forms that draw forms can double with each level."""
        self.forms -= 1
        if self.forms < 0:
            raise _TooMuch(name)
        super().begin_figure(name, bbox, matrix)


class _Interpreter(PDFPageInterpreter):
    """Counts what is written."""

    def do_TJ(self, seq: PDFStackT) -> None:
        """Show text, if there is room."""
        device = self.device
        parts = seq if isinstance(seq, list) else [seq]
        if isinstance(device, _Device):
            device.chars -= sum(len(part) for part in parts if isinstance(part, bytes))
            if device.chars < 0:
                raise _TooMuch(device.chars)
        super().do_TJ(seq)


@lru_cache(maxsize=2)
def pdf_document(data: bytes) -> DocumentView | None:
    """Read a PDF; None where it is broken, encrypted, beyond the limits, or has no text.

    The last ones are kept: an input is judged with many outputs, and reading it is most of the cost.
    """
    if b"%PDF-" not in data[:1024] or not is_affordable(data):
        return None
    pieces = Pieces()
    try:
        pages = list(_pages(data, pieces))
    except _DAMAGE:
        return None
    if not any(pages):
        return None
    running = _running(pages)
    for page in pages:
        for stretch in page:
            if not is_table(stretch):
                text = stretch[0].get_text().strip()
                pieces.blocks.append(Block(without_list_markers(text), optional=_mark(text) in running))
            else:
                number = pieces.new_table()
                cells = ((r, c, line) for r, row in enumerate(rows_of(stretch)) for c, line in enumerate(row))
                pieces.blocks.extend(
                    Block(line.get_text().strip(), "cell", table=number, row=r, col=c) for r, c, line in cells
                )
    texts = [box.get_text() for page in pages for stretch in page for box in stretch]
    pieces.side(*(a + b for text in texts for a, b in _HYPHEN.findall(text)))
    return pieces.document(PDF)


def _pages(data: bytes, pieces: Pieces) -> Iterator[list[list[LTTextBox]]]:
    document = PDFDocument(PDFParser(io.BytesIO(data)))
    if document.encryption is not None:
        raise _TooMuch
    resources = PDFResourceManager()
    device = _Device(resources)
    interpreter = _Interpreter(resources, device)
    for number, page in enumerate(PDFPage.create_pages(document)):
        if number >= MAX_PAGES:
            raise _TooMuch(number)
        interpreter.process_page(page)
        yield stretches_of(_boxes(device.get_result()))
        pieces.links.extend(_links(page))


def _boxes(page: LTPage) -> list[LTTextBox]:
    """Group the letters of a page to boxes of text, in reading order."""
    letters = [item for item in _every(page) if isinstance(item, LTChar)]
    covered = sum(letter.width * letter.height for letter in letters)
    if len(letters) > _PAGE_CHARS or covered > _MOST_LAYERS * max(page.width * page.height, 1.0):
        raise _TooMuch(len(letters))
    page.analyze(LAParams(boxes_flow=None, all_texts=True))
    boxes = [item for item in _every(page) if isinstance(item, LTTextBox) and item.get_text().strip()]
    return _in_columns(page, boxes) if 1 < len(boxes) <= _MOST_BOXES else boxes


def _in_columns(page: LTPage, boxes: list[LTTextBox]) -> list[LTTextBox]:
    settings = LAParams()
    assigner = IndexAssigner()
    for group in page.group_textboxes(settings, boxes):
        group.analyze(settings)
        assigner.run(group)
    return sorted(boxes, key=lambda box: box.index)


def _every(item: LTItem) -> Iterator[LTItem]:
    """Give everything on a page, that of forms too; boxes are not opened."""
    stack: list[LTItem] = [item]
    while stack:
        one = stack.pop()
        yield one
        if isinstance(one, LTLayoutContainer):
            stack.extend(reversed(list(one)))


def _links(page: PDFPage) -> list[Link]:
    found: list[Link] = []
    for reference in list_value(page.annots or [])[:_MOST_LINKS]:
        action = dict_value(dict_value(reference).get("A") or {})
        target = resolve1(action.get("URI"))
        if isinstance(target, bytes):
            found.append(Link("", target.decode("latin-1")))
    return found


def _running(pages: list[list[list[LTTextBox]]]) -> frozenset[str]:
    """Find the short texts that stand on most pages, numbers aside: headers, footers, page numbers."""
    if len(pages) < _FEWEST_PAGES:
        return frozenset()
    counts = Counter(mark for page in pages for mark in {_mark(s[0].get_text()) for s in page if len(s) == 1})
    least = max(_FEWEST_PAGES, _RUNNING_SHARE * len(pages))
    return frozenset(mark for mark, count in counts.items() if count >= least)


def _mark(text: str) -> str:
    return _DIGITS.sub("#", " ".join(text.split()))
