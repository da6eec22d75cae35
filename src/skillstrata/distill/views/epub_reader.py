"""Read an EPUB book: its chapters in the order of the spine.

In     the bytes of a .epub
Out    DocumentView of all chapters; titles and the table of contents may be left out
Never  raises, opens an address, reads a member beyond the limits
"""

import posixpath
from urllib.parse import unquote

from skillstrata.distill.views.archives import read_members
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.media_types import EPUB
from skillstrata.distill.views.pieces import Pieces
from skillstrata.distill.views.shapes import DocumentView
from skillstrata.distill.views.xml_names import attribute, below, child, children
from skillstrata.distill.views.xml_tree import parse_xml

_KINDS = (".xml", ".opf", ".html", ".xhtml", ".htm", ".ncx")
_PAGES = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})


def epub_document(data: bytes) -> DocumentView | None:
    """Read a book; None where it is no package, or names no chapters."""
    members = read_members(data, lambda name: name.lower().endswith(_KINDS))
    container = parse_xml(members.get("META-INF/container.xml", b""))
    rootfile = next(below(container, "rootfile"), None)
    place = attribute(rootfile, "full-path")
    book = parse_xml(members.get(place, b""))
    if book is None:
        return None
    items = {attribute(item, "id"): item for item in below(child(book, "manifest"), "item")}
    pieces = Pieces()
    pieces.side(*(one.text or "" for one in children(child(book, "metadata"))))
    for reference in below(child(book, "spine"), "itemref"):
        item = items.get(attribute(reference, "idref"))
        if item is None or attribute(item, "media-type") not in _PAGES:
            continue
        name = posixpath.normpath(posixpath.join(posixpath.dirname(place), unquote(attribute(item, "href"))))
        decoded = decode(members[name]) if name in members else None
        optional = "nav" in attribute(item, "properties").split() or attribute(reference, "linear") == "no"
        if decoded is None or not pieces.add_html(decoded.text, xhtml=True, optional=optional):
            return None
    return pieces.document(EPUB)
