"""Read a PowerPoint deck from its XML, slide by slide.

In     the bytes of a .pptx
Out    DocumentView: titles as headings, paragraphs, tables, links, image targets
Never  raises, follows an external target
Why    notes, dates, page numbers, charts, drawings' inner text and hidden slides may be left out
"""

import re
from xml.etree.ElementTree import Element

from skillstrata.distill.views.media_types import PPTX
from skillstrata.distill.views.packages import Package
from skillstrata.distill.views.pieces import Pieces
from skillstrata.distill.views.shapes import Block, DocumentView, Link
from skillstrata.distill.views.xml_names import attribute, below, child, local

_TITLES = frozenset({"title", "ctrTitle"})
_FURNITURE = frozenset({"sldNum", "dt", "ftr", "hdr"})
_SIDE_PARTS = frozenset({"notesSlide", "chart", "diagramData", "comments"})
_PARTS = re.compile(r"ppt/(?:presentation\.xml|_rels/|slides/|notesSlides/|charts/|diagrams/data|comments/)")
_BULLET = re.compile(r"^[\u2022\u25aa\u25e6\u2013-]\s+")
_SPACE = re.compile(r"[ \t]+")


class _Slide:
    """Walks the shapes of one slide."""

    def __init__(self, pieces: Pieces, targets: dict[str, tuple[str, str]], *, optional: bool) -> None:
        self._pieces = pieces
        self._targets = targets
        self._optional = optional

    def walk(self, shapes: Element) -> None:
        for shape in shapes:
            name = local(shape)
            properties = next((one for one in shape if local(one).startswith("nv")), None)
            self._pieces.side(attribute(child(properties, "cNvPr"), "descr"))
            if name == "sp":
                self._text_shape(shape, attribute(child(properties, "nvPr", "ph"), "type"))
            elif name == "graphicFrame":
                for table in below(shape, "tbl"):
                    self._table(table)
            elif name == "pic":
                blip = next(below(shape, "blip"), None)
                if blip is not None:
                    self._pieces.images.append(self._targets.get(attribute(blip, "embed"), ("", ""))[1])
            elif name in {"grpSp", "AlternateContent", "Choice"}:
                self.walk(shape)

    def _text_shape(self, shape: Element, kind: str) -> None:
        paragraphs = [text for p in below(child(shape, "txBody"), "p") if (text := self._paragraph(p))]
        if kind in _TITLES and paragraphs:
            title = _SPACE.sub(" ", " ".join(paragraphs))
            self._pieces.blocks.append(Block(title, "heading", 1, optional=self._optional))
            return
        optional = self._optional or kind in _FURNITURE
        self._pieces.blocks.extend(Block(_BULLET.sub("", text), optional=optional) for text in paragraphs)

    def _table(self, table: Element) -> None:
        number = self._pieces.new_table()
        for r, row in enumerate(one for one in table if local(one) == "tr"):
            for c, cell in enumerate(one for one in row if local(one) == "tc"):
                text = "\n".join(text for p in below(cell, "p") if (text := self._paragraph(p)))
                if text:
                    self._pieces.blocks.append(Block(text, "cell", optional=self._optional, table=number, row=r, col=c))

    def _paragraph(self, paragraph: Element) -> str:
        shown: list[str] = []
        for run in paragraph:
            if local(run) == "br":
                shown.append("\n")
            text = child(run, "t")
            if text is None or not text.text:
                continue
            shown.append(text.text)
            target = self._targets.get(attribute(child(run, "rPr", "hlinkClick"), "id"), ("", ""))
            if target[0] == "hyperlink":
                self._pieces.links.append(Link(text.text.strip(), target[1]))
        return "".join(shown).strip()


def pptx_document(data: bytes) -> DocumentView | None:
    """Read a deck; None where it is no package, is broken, or has no list of slides."""
    package = Package(data, lambda name: _PARTS.match(name) is not None)
    deck = package.part("ppt/presentation.xml")
    if deck is None:
        return None
    targets = package.targets("ppt/presentation.xml")
    pieces = Pieces()
    for entry in below(child(deck, "sldIdLst"), "sldId"):
        name = targets.get(_relation(entry), ("", ""))[1]
        root = package.part(name)
        if root is not None:
            _read_slide(package, name, root, pieces)
    return pieces.document(PPTX)


def _read_slide(package: Package, name: str, root: Element, pieces: Pieces) -> None:
    targets = package.targets(name)
    tree = child(root, "cSld", "spTree")
    if tree is not None:
        _Slide(pieces, targets, optional=root.get("show") in {"0", "false"}).walk(tree)
    for kind, target in targets.values():
        part = package.part(target) if kind in _SIDE_PARTS else None
        if part is not None:
            texts = [one.text for one in part.iter() if local(one) in {"t", "v", "text"} and one.text]
            pieces.blocks.append(Block("\n".join(texts), optional=True))


def _relation(entry: Element) -> str:
    """Give the id of a relation: a slide has a number called `id` too, without a namespace."""
    return next((value for key, value in entry.attrib.items() if key.endswith("}id")), "")
