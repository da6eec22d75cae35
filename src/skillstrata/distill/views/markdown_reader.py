"""Read Markdown line by line: enough of CommonMark and its tables to see what a reader would see.

In     decoded Markdown
Out    DocumentView: text without markup, headings, tables, links, image targets, code
Never  raises, runs embedded HTML (its tags are taken off)
"""

import re
from collections.abc import Iterator
from html import unescape

from skillstrata.distill.views.assembly import assemble
from skillstrata.distill.views.media_types import MARKDOWN
from skillstrata.distill.views.shapes import Block, DocumentView, Link
from skillstrata.distill.views.tokens import without_list_markers

_FENCE = re.compile(r"^ {0,12}(`{3,}|~{3,})")
_ATX = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r"^ {0,3}(=+|-{2,})[ \t]*$")
_RULE = re.compile(r"^ {0,3}(?:[-*_][ \t]*){3,}$")
_DELIMITER = re.compile(r"^[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_ITEM = re.compile(r"^[ \t>]*(?:\d{1,9}[.)]|[-*+])[ \t]+\S")
_REFERENCE = re.compile(r"^ {0,3}\[([^\]\n]{1,200})\]:[ \t]*<?([^\s>]+)>?[^\n]*$")
_IMAGE = re.compile(r"!\[([^\[\]]{0,500})\]\(\s{0,9}<?([^()\s<>]{0,2000})>?(?:\s{1,9}[\"'(][^\n)]{0,500})?\s{0,9}\)")
_LINK = re.compile(
    r"\[((?:[^\[\]]|\[[^\[\]]{0,200}\]){0,500})\]"
    r"\(\s{0,9}<?((?:[^()\s<>]|\([^()\s]{0,200}\)){0,2000})>?(?:\s{1,9}[\"'(][^\n)]{0,500})?\s{0,9}\)"
)
_LINK_BY_NAME = re.compile(r"\[([^\[\]]{1,500})\]\[[^\[\]]{0,200}\]")
_AUTOLINK = re.compile(r"<((?:https?|ftp|mailto):[^\s<>]{1,2000}|[\w.+-]{1,80}@[\w-]{1,80}\.[\w.]{1,80})>")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,2000}>")
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/td|/th|/tr)\s{0,9}/?>", re.I)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_MARKS = re.compile(r"(?<!\d)[*`~]+|[*`~]+(?!\d)")
_CELL_EDGE = re.compile(r"(?<!\\)\|")
# Private-use characters stand in for escaped punctuation while markup is taken off.
_PARKED = 0xE000
_PARKED_CHAR = re.compile("[\ue000-\ue07f]")
_ESCAPED = frozenset("*`~<>[]()!#|\\")


class _Lines:
    """Walks the lines and gathers blocks."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.blocks: list[Block] = []
        self.links: list[Link] = []
        self.images: list[str] = []
        self._paragraph: list[str] = []
        self._tables = 0

    def read(self) -> None:
        at = self._front_matter()
        while at < len(self.lines):
            at = self._step(at)
        self._end_paragraph()

    def _step(self, at: int) -> int:
        line = self.lines[at]
        fence = _FENCE.match(line)
        if fence:
            return self._code(at, fence.group(1))
        heading = _ATX.match(line)
        if heading:
            self._end_paragraph()
            self._add(heading.group(2) or "", "heading", len(heading.group(1)))
        elif self._is_table(at):
            return self._table(at)
        elif self._paragraph and _SETEXT.match(line) and not _ITEM.match(self._paragraph[-1]):
            last = self._paragraph.pop()
            self._end_paragraph()
            self._add(last, "heading", 1 if "=" in line else 2)
        elif _RULE.match(line) or not line.strip():
            self._end_paragraph()
        elif not self._is_reference(line):
            self._paragraph.append(line)
        return at + 1

    def _front_matter(self) -> int:
        if self.lines[0].strip() != "---":
            return 0
        for at, line in enumerate(self.lines[1:200], 1):
            if line.strip() == "---":
                self.blocks.append(Block("\n".join(self.lines[1:at]), optional=True))
                return at + 1
        return 0

    def _code(self, at: int, fence: str) -> int:
        self._end_paragraph()
        closing = re.compile(rf"^ *{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$")
        end = next((n for n in range(at + 1, len(self.lines)) if closing.match(self.lines[n])), len(self.lines))
        language = self.lines[at].strip().lstrip("`~")
        self.blocks.append(Block(language, optional=True))
        self.blocks.append(Block("\n".join(self.lines[at + 1 : end]), "code"))
        return end + 1

    def _is_table(self, at: int) -> bool:
        if at + 1 >= len(self.lines) or "|" not in self.lines[at]:
            return False
        below = self.lines[at + 1]
        return "-" in below and bool(_DELIMITER.match(below)) and len(_split(below)) == len(_split(self.lines[at]))

    def _table(self, at: int) -> int:
        self._end_paragraph()
        row, end = 0, at
        while end < len(self.lines) and "|" in self.lines[end] and self.lines[end].strip():
            if end != at + 1:
                for col, cell in enumerate(_split(self.lines[end])):
                    self.blocks.append(Block(self._inline(cell), "cell", table=self._tables, row=row, col=col))
                row += 1
            end += 1
        self._tables += 1
        return end

    def _is_reference(self, line: str) -> bool:
        found = _REFERENCE.match(line)
        if found and not found.group(1).startswith("^"):
            self.links.append(Link(found.group(1), found.group(2)))
            return True
        return False

    def _end_paragraph(self) -> None:
        kind = "item" if self._paragraph and _ITEM.match(self._paragraph[0]) else "text"
        self._add("\n".join(self._paragraph), kind)
        self._paragraph.clear()

    def _add(self, raw: str, kind: str, level: int = 0) -> None:
        text = self._inline(without_list_markers(raw))
        if text.strip():
            self.blocks.append(Block(text, kind, level))

    def _inline(self, raw: str) -> str:
        text = _ESCAPE.sub(lambda m: _park(m.group(1)), raw) if "\\" in raw else raw
        if "[" in text:
            text = self._references(text)
        if "<" in text:
            self.links.extend(Link(m.group(1), m.group(1)) for m in _AUTOLINK.finditer(text))
            text = _AUTOLINK.sub(lambda m: m.group(1), text)
            text = _TAG.sub("", _BREAK.sub("\n", _without_comments(text)))
        return _unpark(unescape(_MARKS.sub("", text)))

    def _references(self, text: str) -> str:
        """Take the marks off images and links, and note where they lead."""
        for image in _IMAGE.finditer(text):
            self.images.append(image.group(2))
            # As in HTML, what stands for a picture that is not shown is beside the text: a converter may leave it out.
            self.blocks.append(Block(_unpark(unescape(_MARKS.sub("", image.group(1)))), "side", optional=True))
        text = _IMAGE.sub("", text)
        self.links.extend(Link(_unpark(m.group(1)).strip(), _unpark(m.group(2))) for m in _LINK.finditer(text))
        text = _LINK.sub(lambda m: m.group(1), text)
        return _LINK_BY_NAME.sub(lambda m: m.group(1), text)


def read_markdown(text: str) -> _Lines:
    """Run the reader over `text`."""
    lines = _Lines(text.replace("\r\n", "\n").replace("\r", "\n"))
    lines.read()
    return lines


def markdown_document(text: str) -> DocumentView:
    """Read Markdown as a document."""
    lines = read_markdown(text)
    return assemble(MARKDOWN, lines.blocks, links=lines.links, images=lines.images)


def pipe_rows(text: str) -> Iterator[list[str]]:
    """Give the rows of `| a | b |` lines, the delimiter row left out."""
    for line in text.splitlines():
        if "|" in line and not _DELIMITER.match(line):
            yield [cell.replace("\\|", "|") for cell in _split(line)]


def _split(line: str) -> list[str]:
    inner = line.strip().lstrip(">").strip()
    inner = inner[1:] if inner.startswith("|") else inner
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [cell.strip() for cell in _CELL_EDGE.split(inner)]


def _without_comments(text: str) -> str:
    kept: list[str] = []
    at = 0
    while (opening := text.find("<!--", at)) >= 0 and (closing := text.find("-->", opening + 4)) >= 0:
        kept.append(text[at:opening])
        at = closing + 3
    return "".join([*kept, text[at:]])


def _park(char: str) -> str:
    return chr(_PARKED + ord(char)) if char in _ESCAPED else char


def _unpark(text: str) -> str:
    return text if text.isascii() else _PARKED_CHAR.sub(lambda m: chr(ord(m.group(0)) - _PARKED), text)
