"""Read a Word document from its XML, with nothing but zip and expat.

In     the bytes of a .docx
Out    DocumentView: paragraphs, headings by style, tables, links through the relationships, image targets
Never  raises, follows an external target, reads a DOCTYPE
Why    deleted text is gone; page headers, notes, comments, equations and hidden runs may be left out
"""

import posixpath
import re
from xml.etree.ElementTree import Element

from skillstrata.distill.views.archives import read_member
from skillstrata.distill.views.assembly import assemble
from skillstrata.distill.views.media_types import DOCX
from skillstrata.distill.views.shapes import Block, DocumentView, Link
from skillstrata.distill.views.xml_tree import parse_xml

_SKIPPED = frozenset({"delText", "instrText", "del", "moveFrom", "rPr", "sectPr", "tblPr", "trPr"})
_SIDE_PARTS = ("footnotes", "endnotes", "comments")
_SIDE_KINDS = ("header", "footer")
_GLYPHS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_HEADING_NAME = re.compile(r"heading (\d)", re.I)
_SMALL = re.compile(r"[1-9][0-9]?")
_OUTLINE = re.compile(r"[0-8]")
_LAST_COLUMN = 1_000
_LONGEST_CHAIN = 20
_OFF = frozenset({"0", "false", "off"})


class _Body:
    """Walks the body; tables and paragraphs become blocks."""

    def __init__(self, levels: dict[str, int], targets: dict[str, str]) -> None:
        self.blocks: list[Block] = []
        self.links: list[Link] = []
        self.images: list[str] = []
        self._levels = levels
        self._targets = targets
        self._tables = 0

    def walk(self, element: Element, cell: tuple[int, int, int] | None = None) -> None:
        for child in element:
            name = _local(child)
            if name == "p":
                self._paragraph(child, cell)
            elif name == "tbl":
                self._table(child)
            elif name not in _SKIPPED and name not in {"pPr", "tcPr"}:
                self.walk(child, cell)

    def _table(self, table: Element) -> None:
        number, self._tables = self._tables, self._tables + 1
        rows = [row for row in _within(table, "tr", "tbl")]
        for r, row in enumerate(rows):
            col = 0
            for cell in _within(row, "tc", "tbl"):
                properties = _child(cell, "tcPr")
                merge = _child(properties, "vMerge")
                if merge is None or _value(merge) == "restart":
                    self.walk(cell, (number, r, col))
                span = _value(_child(properties, "gridSpan"))
                col = min(col + (int(span) if _SMALL.fullmatch(span) else 1), _LAST_COLUMN)

    def _paragraph(self, paragraph: Element, cell: tuple[int, int, int] | None) -> None:
        shown: list[str] = []
        side: list[str] = []
        boxes: list[Element] = []
        self._runs(paragraph, shown, side, boxes)
        text = "".join(shown).strip()
        if text:
            level = self._level(paragraph)
            if cell is not None:
                self.blocks.append(Block(text, "cell", table=cell[0], row=cell[1], col=cell[2]))
            else:
                self.blocks.append(Block(text, "heading" if level else "text", level))
        if side:
            self.blocks.append(Block(" ".join(side), optional=True))
        for box in boxes:
            self.walk(box)

    def _runs(self, element: Element, shown: list[str], side: list[str], boxes: list[Element]) -> None:
        for child in element:
            name = _local(child)
            if name in _SKIPPED or name == "pPr":
                continue
            if name == "t":
                (side if child.tag.endswith("/math}t") else shown).append(child.text or "")
            elif name == "Fallback":
                # The same text once more, for older readers.
                self._runs(child, side, side, [])
                side.extend(f" {e.text} " for e in child.iter() if _local(e) == "t" and e.text)
            elif name in _GLYPHS:
                shown.append(_GLYPHS[name])
            elif name == "txbxContent":
                boxes.append(child)
            elif name == "hyperlink":
                self._link(child, shown, side, boxes)
            elif name == "r" and _is_on(_child(_child(child, "rPr"), "vanish")):
                self._runs(child, side, side, boxes)
            else:
                self._image(child)
                self._runs(child, shown, side, boxes)

    def _link(self, element: Element, shown: list[str], side: list[str], boxes: list[Element]) -> None:
        start = len(shown)
        self._runs(element, shown, side, boxes)
        target = self._targets.get(_attribute(element, "id"), "")
        if target:
            self.links.append(Link(" ".join("".join(shown[start:]).split()), target))

    def _image(self, element: Element) -> None:
        if _local(element) in {"blip", "imagedata"}:
            reference = _attribute(element, "embed") or _attribute(element, "id")
            self.images.append(self._targets.get(reference, ""))
        elif _local(element) == "docPr" and element.get("descr"):
            self.blocks.append(Block(element.get("descr", ""), optional=True))

    def _level(self, paragraph: Element) -> int:
        properties = _child(paragraph, "pPr")
        style = self._levels.get(_value(_child(properties, "pStyle")), 0)
        outline = _value(_child(properties, "outlineLvl"))
        return style or (int(outline) + 1 if _OUTLINE.fullmatch(outline) else 0)


def docx_document(data: bytes) -> DocumentView | None:
    """Read a Word document; None where it is no zip, encrypted, broken, or has no body."""
    root = _part(data, "word/document.xml")
    if root is None:
        return None
    targets = _targets(data)
    body = _Body(_levels(_part(data, "word/styles.xml")), targets)
    try:
        body.walk(root)
        sides = [name for name in _SIDE_PARTS] + [
            posixpath.basename(t)[:-4] for t in set(targets.values()) if _is_side(t)
        ]
        for name in sorted(sides):
            part = _part(data, f"word/{name}.xml")
            if part is not None:
                text = " ".join(e.text or "" for e in part.iter() if _local(e) == "t")
                body.blocks.append(Block(text, optional=True))
    except RecursionError:
        return None
    return assemble(DOCX, body.blocks, links=body.links, images=body.images)


def _is_side(target: str) -> bool:
    return posixpath.basename(target).startswith(_SIDE_KINDS) and target.endswith(".xml")


def _part(data: bytes, name: str) -> Element | None:
    content = read_member(data, name)
    return parse_xml(content) if content is not None else None


def _targets(data: bytes) -> dict[str, str]:
    root = _part(data, "word/_rels/document.xml.rels")
    return {} if root is None else {item.get("Id", ""): item.get("Target", "") for item in root}


def _levels(styles: Element | None) -> dict[str, int]:
    """Map style ids to heading levels, through the styles they are based on."""
    levels: dict[str, int] = {}
    parents: dict[str, str] = {}
    for style in styles if styles is not None else ():
        key = _attribute(style, "styleId")
        name = _value(_child(style, "name"))
        found = _HEADING_NAME.fullmatch(name)
        level = int(found.group(1)) if found else int(name.lower() == "title")
        if level:
            levels[key] = level
        parents[key] = _value(_child(style, "basedOn"))
    for key in parents:
        ancestor, steps = key, 0
        while ancestor and ancestor not in levels and steps < _LONGEST_CHAIN:
            ancestor, steps = parents.get(ancestor, ""), steps + 1
        if levels.get(ancestor):
            levels[key] = levels[ancestor]
    return levels or {f"Heading{n}": n for n in range(1, 7)} | {"Title": 1}


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _child(element: Element | None, name: str) -> Element | None:
    return None if element is None else next((child for child in element if _local(child) == name), None)


def _within(element: Element, name: str, barrier: str) -> list[Element]:
    """Give the elements called `name` below `element`, not those inside a nested `barrier`."""
    found: list[Element] = []
    for child in element:
        if _local(child) == name:
            found.append(child)
        elif _local(child) != barrier:
            found.extend(_within(child, name, barrier))
    return found


def _attribute(element: Element, name: str) -> str:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _value(element: Element | None) -> str:
    return "" if element is None else _attribute(element, "val")


def _is_on(toggle: Element | None) -> bool:
    return toggle is not None and _value(toggle) not in _OFF
