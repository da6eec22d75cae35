"""Pick the reader for a document by its media type.

In     TypedBytes
Out    DocumentView, or None where no reader knows the type or can read the bytes
Never  raises
Why    a reader for each type stands in one of two tables: of bytes, or of text once it is decoded
"""

import importlib
from collections.abc import Callable
from functools import partial
from typing import Protocol, cast

from skillstrata.distill.views.assembly import assemble
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.delimited import fields_of, guessed_delimiter
from skillstrata.distill.views.docx_reader import docx_document
from skillstrata.distill.views.eml_reader import eml_document
from skillstrata.distill.views.epub_reader import epub_document
from skillstrata.distill.views.html_reader import html_document
from skillstrata.distill.views.ipynb_reader import ipynb_document
from skillstrata.distill.views.json_reader import json_document
from skillstrata.distill.views.markdown_reader import markdown_document
from skillstrata.distill.views.media_types import (
    CSV,
    DOCX,
    EML,
    EPUB,
    HTML,
    INI,
    IPYNB,
    JSON,
    MARKDOWN,
    NDJSON,
    ODP,
    ODS,
    ODT,
    PDF,
    PPTX,
    RTF,
    TEXT,
    TOML,
    TSV,
    XLSX,
    XML,
    YAML,
)
from skillstrata.distill.views.odt_reader import odt_document
from skillstrata.distill.views.pptx_reader import pptx_document
from skillstrata.distill.views.rtf_reader import rtf_document
from skillstrata.distill.views.shapes import Block, DocumentView
from skillstrata.distill.views.sheet_views import sheet_document
from skillstrata.distill.views.tokens import without_list_markers
from skillstrata.distill.views.xml_tree import parse_xml
from skillstrata.records.proofs import TypedBytes


class _PdfReader(Protocol):
    """The module that reads PDFs."""

    def pdf_document(self, data: bytes) -> DocumentView | None:
        """Read a PDF."""
        ...


def document_view(content: TypedBytes) -> DocumentView | None:
    """Read `content` as a document.

    Returns:
        What must survive a conversion and what may appear in one; None for a type without a reader (images, archives)
        and for bytes the reader refuses (damaged, encrypted, too large).
    """
    binary = _BINARY_READERS.get(content.media_type)
    if content.media_type == PDF:
        # The library behind it is dear to load: only a PDF pays for it.
        binary = cast("_PdfReader", importlib.import_module(_PDF_READER)).pdf_document
    if binary:
        return binary(content.data)
    reader = _TEXT_READERS.get(content.media_type)
    decoded = decode(content.data) if reader else None
    return reader(decoded.text) if reader and decoded else None


def _plain_document(text: str) -> DocumentView:
    return assemble(TEXT, [Block(without_list_markers(text))])


def _delimited_document(text: str) -> DocumentView | None:
    rows = fields_of(text, guessed_delimiter(text, ","))
    if rows is None:
        return None
    return assemble(
        CSV, [Block(cell, "cell", table=0, row=r, col=c) for r, row in enumerate(rows) for c, cell in enumerate(row)]
    )


def _xml_document(data: bytes) -> DocumentView | None:
    root = parse_xml(data)
    if root is None:
        return None
    blocks = [Block(text) for text in root.itertext() if text.strip()]
    for element in root.iter():
        names = [element.tag.rpartition("}")[2], *element.attrib.values()]
        blocks.extend(Block(name, "side", optional=True) for name in names)
    return assemble(XML, blocks)


_PDF_READER = "skillstrata.distill.views.pdf_reader"
_BINARY_READERS: dict[str, Callable[[bytes], DocumentView | None]] = {
    DOCX: docx_document,
    XLSX: partial(sheet_document, XLSX),
    ODS: partial(sheet_document, ODS),
    PPTX: pptx_document,
    ODT: partial(odt_document, ODT),
    ODP: partial(odt_document, ODP),
    EPUB: epub_document,
    EML: eml_document,
    RTF: rtf_document,
    XML: _xml_document,
}
_TEXT_READERS = {
    IPYNB: ipynb_document,
    HTML: html_document,
    MARKDOWN: markdown_document,
    **dict.fromkeys((TEXT, YAML, TOML, INI), _plain_document),
    CSV: _delimited_document,
    TSV: _delimited_document,
    JSON: json_document,
    NDJSON: json_document,
}
