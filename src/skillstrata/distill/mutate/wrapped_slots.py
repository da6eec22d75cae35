"""Say where the text of a wrapped input lies that may be changed: content, never keys, headers of columns or frames.

In     one stretch of an opened input, with its name and the whole
Out    spans of text that may be rewritten, by position in the whole
Never  raises, hands out a tag, a column's name, a formula, a page of contents
"""

import re
from collections.abc import Callable, Iterator

from skillstrata.distill.mutate.markup import pieces
from skillstrata.distill.mutate.opened import SHARED_STRINGS, Opened
from skillstrata.distill.mutate.sheet_xml import header_strings, number_spans, shared_text_spans
from skillstrata.distill.mutate.type_names import GZIP, TAR
from skillstrata.distill.views.media_types import EML, EPUB, IPYNB, ODT, PPTX, XLSX, ZIP

Span = tuple[int, int]
_ZONE = re.compile(r" [+-]\d{4}\b[^\d]*\Z")
_FENCED = re.compile(r"\.(?:html?|xhtml|xml)$", re.I)


def wrapped_spans(media_type: str, whole: Opened) -> Iterator[Span]:
    """Give the spans of an opened input that may be rewritten, in order."""
    find = _FINDERS[media_type]
    for name, start, end in whole.stretches():
        for a, b in find(name, whole.text[start:end], whole):
            yield start + a, start + b


def _drawing(_name: str, text: str, _whole: Opened) -> Iterator[Span]:
    return tagged_texts(text, "a:t")


def tagged_texts(text: str, tag: str) -> Iterator[Span]:
    """Give the text directly inside elements of one name."""
    inside = ""
    for piece in pieces(text, html=False):
        if piece.kind == "text" and inside == tag:
            yield piece.start, piece.end
        inside = piece.name if piece.kind == "open" else ""


def _workbook(name: str, text: str, whole: Opened) -> Iterator[Span]:
    if name != SHARED_STRINGS:
        return number_spans(text)
    sheets = [whole.text[a:b] for other, a, b in whole.stretches() if other != SHARED_STRINGS]
    return shared_text_spans(text, header_strings(sheets))


def _page(_name: str, text: str, _whole: Opened) -> Iterator[Span]:
    for piece in pieces(text, html=True):
        if piece.kind == "text" and text[piece.start : piece.end].strip():
            yield piece.start, piece.end


def _tree(_name: str, text: str, _whole: Opened) -> Iterator[Span]:
    for piece in pieces(text, html=False):
        if piece.kind == "text" and text[piece.start : piece.end].strip():
            yield piece.start, piece.end


def _mail(name: str, text: str, whole: Opened) -> Iterator[Span]:
    if name == "html":
        return _page(name, text, whole)
    first = text.find("\n") + 1 if name == "table" else 0
    # Not every four digits are a zone of time.
    zone = _ZONE.search(text) if name == "header" else None
    return iter(((first, zone.start() if zone else len(text)),))


def _source(_name: str, text: str, _whole: Opened) -> Iterator[Span]:
    yield 0, len(text)


def _member(name: str, text: str, whole: Opened) -> Iterator[Span]:
    if _FENCED.search(name):
        return _page(name, text, whole)
    if name.lower().endswith((".csv", ".tsv")):
        return iter(((text.find("\n") + 1 or len(text), len(text)),))
    if name.lower().endswith((".json", ".jsonl", ".py", ".yaml", ".yml", ".toml", ".ini")):
        return iter(())
    return _source(name, text, whole)


_FINDERS: dict[str, Callable[[str, str, Opened], Iterator[Span]]] = {
    PPTX: _drawing,
    XLSX: _workbook,
    EPUB: _page,
    ODT: _tree,
    EML: _mail,
    IPYNB: _source,
    ZIP: _member,
    TAR: _member,
    GZIP: _member,
}
