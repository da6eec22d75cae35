"""Read HTML with the standard library's parser, on its own, as a browser would show it.

In     decoded HTML
Out    DocumentView: text in blocks, headings, tables, links, image targets, code
Never  raises, runs a script, opens an address
Why    scripts, styles and comments are no content; hidden parts, titles, navigation and form controls may be left out
"""

import re
from collections import Counter
from html import unescape
from html.parser import HTMLParser

from skillstrata.distill.views.assembly import assemble
from skillstrata.distill.views.media_types import HTML
from skillstrata.distill.views.shapes import Block, DocumentView, Link

_DROPPED = frozenset({"script", "style"})
_OPTIONAL = frozenset(
    {
        "title",
        "nav",
        "footer",
        "aside",
        "header",
        "form",
        "button",
        "select",
        "textarea",
        "noscript",
        "iframe",
        "dialog",
    }
    | {"template", "object", "svg", "math"}
)
_VOID = frozenset(
    {"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "base"}
)
_INLINE = frozenset(
    {
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
    }
    | {"mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"}
)
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_ATTRIBUTES = ("alt", "title", "aria-label", "placeholder", "value", "content", "summary", "datetime", "id")
MAX_CHARS = 12_000_000


class _Reader(HTMLParser):
    """Collects blocks; the state is the stack of open elements."""

    def __init__(self, *, closes_itself: bool = False) -> None:
        super().__init__(convert_charrefs=True)
        self._closes_itself = closes_itself
        self.blocks: list[Block] = []
        self.links: list[Link] = []
        self.images: list[str] = []
        self.side: list[str] = []
        self.nodes: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._names: Counter[str] = Counter()
        self._buffer: list[str] = []
        self._hidden = 0
        self._anchors: list[tuple[str, list[str]]] = []
        self._tables: list[list[int]] = []
        self._table_count = 0

    # ---- what the parser calls ----

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        values = {name: value or "" for name, value in attrs}
        self.side.extend(values[name] for name in _ATTRIBUTES if values.get(name))
        if tag not in _INLINE:
            self._flush()
        if tag == "img":
            self.images.append(values.get("src", ""))
        if tag in _VOID:
            self._buffer.append(" " if tag == "wbr" else "")
            return
        self._place(tag)
        hides = self._hides(tag, values)
        self._open.append((tag, hides))
        self._names[tag] += 1
        self._hidden += hides
        if tag == "a":
            self._anchors.append((values.get("href", ""), []))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read `<div/>` as browsers do: the slash means nothing on an element that takes content, but in XHTML."""
        self.handle_starttag(tag, attrs)
        if self._closes_itself and tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close an element and everything still open inside it."""
        if not self._names[tag]:
            return
        while self._open:
            name, hides = self._open[-1]
            if name not in _INLINE:
                self._flush()
            self._open.pop()
            self._names[name] -= 1
            self._hidden -= hides
            self._close(name)
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        """Take text in."""
        if any(self._names[name] for name in _DROPPED):
            return
        self.nodes.append(data)
        self._buffer.append(data)
        for _, heard in self._anchors:
            heard.append(data)

    def parse_marked_section(self, i: int, report: int = 1) -> int:
        """Skip `<![...]>`: the inherited reader raises on words it does not know."""
        end = self.rawdata.find(">", i)
        return end + 1 if end >= 0 else -1

    # ---- what the state means ----

    def finish(self) -> None:
        self.close()
        self._flush()

    def _hides(self, tag: str, values: dict[str, str]) -> bool:
        if tag == "header" and (self._names["article"] or self._names["main"]):
            return False
        return (
            tag in _OPTIONAL
            or "hidden" in values
            or values.get("aria-hidden") == "true"
            or bool(_HIDDEN.search(values.get("style", "")))
        )

    def _place(self, tag: str) -> None:
        if tag == "table":
            self._tables.append([self._table_count, -1, -1])
            self._table_count += 1
        elif tag == "tr" and self._tables:
            self._tables[-1][1] += 1
            self._tables[-1][2] = -1
        elif tag in {"td", "th"} and self._tables:
            self._tables[-1][1] = max(self._tables[-1][1], 0)
            self._tables[-1][2] += 1

    def _close(self, tag: str) -> None:
        if tag == "table" and self._tables:
            self._tables.pop()
        elif tag == "a" and self._anchors:
            target, heard = self._anchors.pop()
            if target and not self._hidden:
                self.links.append(Link(" ".join("".join(heard).split()), target))
            else:
                self.side.append(target)

    def _flush(self) -> None:
        raw = "".join(self._buffer)
        self._buffer.clear()
        in_pre = bool(self._names["pre"])
        text = raw.strip("\r\n") if in_pre else _SPACE.sub(" ", raw).strip()
        if text.strip():
            self.blocks.append(self._block(text, in_pre=in_pre))

    def _block(self, text: str, *, in_pre: bool) -> Block:
        optional = self._hidden > 0
        level = max((n for name, n in _HEADINGS.items() if self._names[name]), default=0)
        if self._tables and self._tables[-1][2] >= 0:
            table, row, col = self._tables[-1]
            return Block(text, "cell", optional=optional, table=table, row=row, col=col)
        if in_pre:
            return Block(text, "code", optional=optional)
        if level:
            return Block(text, "heading", level, optional=optional)
        return Block(text, "item" if self._names["li"] else "text", optional=optional)


def html_document(text: str) -> DocumentView | None:
    """Read HTML as a document; None where the parser gives up or the text is too long."""
    reader = read_html(text)
    if reader is None:
        return None
    side = [Block(value, "side", optional=True) for value in reader.side]
    return assemble(HTML, [*side, *reader.blocks], links=reader.links, images=reader.images)


def text_nodes(text: str) -> list[str]:
    """Give the text of a page as its nodes, white space and all; that of scripts and styles is none."""
    reader = read_html(text)
    return reader.nodes if reader else []


def read_html(text: str, *, xhtml: bool = False) -> _Reader | None:
    """Run the reader over `text`."""
    if len(text) > MAX_CHARS:
        return None
    reader = _Reader(closes_itself=xhtml)
    try:
        for part in _parts(text):
            reader.feed(part)
        reader.finish()
    except (AssertionError, ValueError, RecursionError):
        return None
    return reader


def _parts(text: str) -> tuple[str, ...]:
    """Cut off what never closes: the parser would search the rest of the file again for each such opening."""
    comment = text.find("<!--", text.rfind("-->") + 1)
    if comment >= 0:
        text = text[:comment]
    end = text.rfind(">") + 1
    return text[:end], unescape(text[end:]).replace("<", " ").replace("&", " ")
