"""Cut HTML or XML text into pieces and elements by position, so that an edit leaves all other bytes alone.

In     decoded markup
Out    pieces (tags, text) and elements with their place, in one pass
Never  builds a tree, changes a character, raises; what never closes runs to the end of its parent
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_VOID = frozenset(
    {"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "base"}
)
_RAW = {name: re.compile(f"</{name}", re.I) for name in ("script", "style")}
# An opening tag of the first kind closes an open one of the second, as HTML allows.
_CLOSES = {
    "li": ("li",),
    "tr": ("td", "th", "tr"),
    "td": ("td", "th"),
    "th": ("td", "th"),
    "p": ("p",),
    "dt": ("dt", "dd"),
    "dd": ("dt", "dd"),
    "option": ("option",),
}
_SCOPES = frozenset({"ul", "ol", "table", "dl", "select", "div", "section", "article", "body"})
_DECLARATIONS = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", ">"), ("<!", ">"))
MAX_CHARS = 8_000_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of markup. `kind` is text, open, close, empty or other."""

    kind: str
    start: int
    end: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Element:
    """An element from the first character of its opening tag to the last of its closing one."""

    name: str
    tag: str
    start: int
    end: int
    parent: int


def pieces(text: str, *, html: bool) -> Iterator[Piece]:
    """Cut markup into pieces that add up to the whole text."""
    at = 0
    while at < len(text):
        opening = text.find("<", at)
        if opening != at:
            yield Piece("text", at, opening if opening >= 0 else len(text))
            at = opening if opening >= 0 else len(text)
            continue
        piece = _tag(text, at, html=html)
        yield piece
        at = piece.end
        if html and piece.kind == "open" and piece.name in _RAW:
            closing = _RAW[piece.name].search(text, at)
            if closing is None and text[at - 2] == "/":
                # Closed as XHTML closes it: what follows is no script.
                continue
            end = closing.start() if closing else len(text)
            yield Piece("other", at, end)
            at = end


def _tag(text: str, at: int, *, html: bool) -> Piece:
    declared = text.startswith(("<!", "<?"), at)
    for opening, closing in _DECLARATIONS if declared else ():
        if text.startswith(opening, at):
            end = text.find(closing, at + len(opening))
            return Piece("other", at, end + len(closing) if end >= 0 else len(text))
    if not (text[at + 1 : at + 2].isalpha() or text[at + 1 : at + 2] in {"/", "_"}):
        return Piece("other", at, at + 1)
    end = text.find(">", at)
    if end < 0:
        return Piece("other", at, len(text))
    name = text[at + 1 : end].lstrip("/").split(None, 1)[0].rstrip("/") if text[at + 1 : end].strip("/ \n\t") else ""
    name = name.lower() if html else name
    if text[at + 1] == "/":
        return Piece("close", at, end + 1, name)
    is_empty = name in _VOID if html else text[end - 1] == "/"
    return Piece("empty" if is_empty else "open", at, end + 1, name)


def elements(text: str, *, html: bool) -> list[Element]:
    """Give all elements, children first; `parent` is the place where the parent begins, -1 at the top."""
    found: list[Element] = []
    stack: list[Piece] = []

    def close(at: int) -> None:
        piece = stack.pop()
        tag = text[piece.start : piece.end]
        found.append(Element(piece.name, tag, piece.start, at, stack[-1].start if stack else -1))

    for piece in pieces(text, html=html):
        if piece.kind == "open":
            while html and _is_closed_by(stack, piece.name):
                close(piece.start)
            stack.append(piece)
        elif piece.kind == "close" and any(p.name == piece.name for p in stack[-60:]):
            while stack[-1].name != piece.name:
                close(piece.start)
            close(piece.end)
    while stack:
        close(len(text))
    return found


def _is_closed_by(stack: list[Piece], name: str) -> bool:
    """Say whether the innermost open element ends where an element called `name` begins."""
    if name not in _CLOSES or not stack:
        return False
    for piece in reversed(stack[-8:]):
        if piece.name in _CLOSES[name]:
            return True
        if piece.name in _SCOPES:
            return False
    return False
