"""Read Rich Text Format: words between control words.

In     the bytes of a .rtf
Out    DocumentView: paragraphs, headings by outline level, tables, links
Never  raises, decodes a picture or an embedded object, recurses
Why    page headers, notes and document properties may be left out
"""

import re
from dataclasses import dataclass, replace

from skillstrata.distill.views.media_types import RTF
from skillstrata.distill.views.pieces import Pieces
from skillstrata.distill.views.shapes import Block, DocumentView, Link
from skillstrata.distill.views.tokens import without_list_markers

MAX_BYTES = 32_000_000
MAX_DEPTH = 500
_TOKEN = re.compile(
    rb"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?[0-9]{1,9})?[ ]?|\\'(?P<hex>[0-9a-fA-F]{2})|\\(?P<symbol>[^a-zA-Z])"
    rb"|(?P<brace>[{}])|(?P<line>[\r\n]+)|(?P<text>[^\\{}\r\n]+)|(?P<stray>\\)",
    re.S,
)
_GONE = frozenset(
    "fonttbl colortbl stylesheet pict object themedata colorschememapping datastore latentstyles listtable "
    "listoverridetable rsidtbl generator xmlnstbl listtext pntext bkmkstart bkmkend filetbl revtbl objdata".split()
)
_OPTIONAL = frozenset("info header headerl headerr headerf footer footerl footerr footerf footnote annotation".split())
_SHOWN_DESTINATIONS = frozenset({"fldinst", "shptxt"})
_GLYPHS = {
    "tab": "\t",
    "line": "\n",
    "emdash": "\u2014",
    "endash": "\u2013",
    "lquote": "\u2018",
    "rquote": "\u2019",
    "ldblquote": "\u201c",
    "rdblquote": "\u201d",
    "bullet": "\u2022",
    "emspace": " ",
    "enspace": " ",
}
_SYMBOLS = {b"~": " ", b"_": "-", b"\n": "\n", b"\r": "\n", b"\t": "\t", b"\\": "\\", b"{": "{", b"}": "}"}
_ENDS = frozenset({"par", "sect", "page", "cell", "nestcell", "row", "nestrow"})
_HYPERLINK = re.compile(r'HYPERLINK\s+(?:\\\\?l\s+)?"([^"]{1,2000})"')
_BULLET = re.compile(r"^\s*[\u2022\u25e6\u25aa\u00b7]\s+")
_LAST_CHAR = 0x10FFFF
_UTF8_PAGE = 65001


@dataclass(frozen=True, slots=True)
class _State:
    """What a group inherits: where its text goes, and how escapes are read."""

    place: str = "text"
    skips: int = 1
    level: int = 0


class _Reader:
    """Goes through the tokens once."""

    def __init__(self, data: bytes) -> None:
        self.pieces = Pieces()
        self._data = data
        self._codec = "cp1252"
        self._state = _State()
        self._stack: list[_State] = []
        self._bytes = bytearray()
        self._text: list[str] = []
        self._side: list[str] = []
        self._field: list[str] = []
        self._links: list[tuple[int, int, str]] = []
        self._table = [-1, 0, 0]
        self._in_row = False
        self._skip = 0

    def read(self) -> bool:
        at = 0
        while at < len(self._data):
            match = _TOKEN.match(self._data, at)
            if match is None or len(self._stack) > MAX_DEPTH:
                return False
            at = match.end()
            if match.group("word"):
                number = int(match.group("number") or b"1")
                at += self._word(match.group("word").decode("ascii"), number)
            else:
                self._other(match)
        self._end_paragraph()
        return True

    def _other(self, match: re.Match[bytes]) -> None:
        hexed, symbol, brace, text = match.group("hex", "symbol", "brace", "text")
        if brace == b"{":
            self._flush()
            self._stack.append(self._state)
        elif brace:
            self._close()
        elif hexed:
            self._take(bytes([int(hexed, 16)]))
        elif symbol == b"*":
            # An optional destination: what is not known is not shown.
            self._state = replace(self._state, place="star")
        elif symbol in _SYMBOLS:
            self._put(_SYMBOLS[symbol])
        elif text:
            self._take(text)

    def _take(self, raw: bytes) -> None:
        skipped = min(self._skip, len(raw))
        self._skip -= skipped
        self._bytes.extend(raw[skipped:])

    def _close(self) -> None:
        self._flush()
        self._skip = 0
        closed = self._state
        self._state = self._stack.pop() if self._stack else _State()
        if closed.place == "field" and self._state.place != "field":
            match = _HYPERLINK.search("".join(self._field))
            self._field.clear()
            if match:
                self._links.append((len(self._text), len(self._stack), match.group(1)))
        while self._links and len(self._stack) < self._links[-1][1]:
            start, _, target = self._links.pop()
            self.pieces.links.append(Link("".join(self._text[start:]).strip(), target))

    def _word(self, word: str, number: int) -> int:
        """Follow a control word; gives how many bytes after it are binary."""
        self._flush()
        if word in _GLYPHS:
            self._put(_GLYPHS[word])
        elif word in _ENDS:
            self._end(word)
        elif word == "u":
            self._put(chr(number % 65536) if number < 0 else chr(min(number, _LAST_CHAR)))
            self._skip = self._state.skips
        elif word == "bin":
            return max(number, 0)
        else:
            self._setting(word, number)
        return 0

    def _setting(self, word: str, number: int) -> None:
        if word == "uc":
            self._state = replace(self._state, skips=min(max(number, 0), 16))
        elif word == "ansicpg":
            self._codec = _codec(number)
        elif word == "pard":
            self._state = replace(self._state, level=0)
            self._in_row = False
        elif word == "outlinelevel":
            self._state = replace(self._state, level=min(max(number, 0), 8) + 1)
        elif word in {"trowd", "intbl"}:
            if self._table[0] < 0:
                self._table = [self.pieces.new_table(), 0, 0]
            self._in_row = True
        elif self._state.place == "star" or word in _GONE or word in _OPTIONAL or word in _SHOWN_DESTINATIONS:
            self._enter(word)

    def _enter(self, word: str) -> None:
        place = self._state.place
        if word == "fldinst":
            place = "field"
        elif word in _OPTIONAL and place in {"text", "star"}:
            place = "side"
        elif word == "shptxt":
            place = "text"
        elif place != "side":
            place = "gone"
        self._state = replace(self._state, place=place)

    def _flush(self) -> None:
        if self._bytes:
            self._put(self._bytes.decode(self._codec, "replace"))
            self._bytes.clear()

    def _put(self, text: str) -> None:
        target = {"text": self._text, "side": self._side, "field": self._field}.get(self._state.place)
        if target is not None:
            target.append(text)

    def _end(self, word: str) -> None:
        if self._state.place != "text":
            self._put("\n")
        elif word in {"cell", "nestcell"}:
            self._end_paragraph(cell=True)
            self._table[2] += 1
        elif word in {"row", "nestrow"}:
            self._table[1:] = [self._table[1] + 1, 0]
            self._in_row = False
        elif self._in_row:
            self._text.append("\n")
        else:
            self._end_paragraph()

    def _end_paragraph(self, *, cell: bool = False) -> None:
        self._flush()
        text = without_list_markers(_BULLET.sub("", _whole("".join(self._text)))).strip()
        if cell and self._table[0] >= 0:
            table, row, col = self._table
            self.pieces.blocks.append(Block(text, "cell", table=table, row=row, col=col))
        elif text:
            self._table = [-1, 0, 0]
            level = self._state.level
            self.pieces.blocks.append(Block(text, "heading" if level else "text", level))
        if self._side:
            self.pieces.blocks.append(Block(_whole("".join(self._side)), optional=True))
        self._text.clear()
        self._side.clear()
        self._links = [(0, depth, target) for _, depth, target in self._links]


def _whole(text: str) -> str:
    """Join the halves of characters that RTF writes as two: they must not stay alone in a text."""
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _codec(number: int) -> str:
    name = "utf-8" if number == _UTF8_PAGE else f"cp{number}"
    try:
        # Codecs of something else than text are refused here, not at the first letter.
        b"".decode(name)
    except (LookupError, ValueError):
        return "cp1252"
    return name


def rtf_document(data: bytes) -> DocumentView | None:
    """Read a document; None where it is not RTF, too large or nested too deep."""
    if not data.lstrip().startswith(b"{\\rtf") or len(data) > MAX_BYTES:
        return None
    reader = _Reader(data.strip())
    return reader.pieces.document(RTF) if reader.read() else None
