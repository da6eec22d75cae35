"""Find the text of an input that may be changed, and write changed text back in place.

In     TypedBytes
Out    Slots: stretches of text with nothing structural in them, and a way back to bytes
Never  changes a tag, a key, a header row, a quote or a file name inside an archive
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from skillstrata.distill.mutate.markup import MAX_CHARS, pieces
from skillstrata.distill.mutate.opened import is_wrapped, opened
from skillstrata.distill.mutate.settings_text import settings_spans
from skillstrata.distill.mutate.type_names import INI, SVG, TOML, YAML
from skillstrata.distill.mutate.wrapped_slots import tagged_texts, wrapped_spans
from skillstrata.distill.mutate.zip_members import with_members
from skillstrata.distill.views.archives import read_member
from skillstrata.distill.views.decoding import Decoded, decode
from skillstrata.distill.views.delimited import fields_of, guessed_delimiter, table_of
from skillstrata.distill.views.media_types import CSV, DOCX, HTML, JSON, MARKDOWN, NDJSON, TEXT, TSV, XML
from skillstrata.records.proofs import TypedBytes

BODY = "word/document.xml"
Span = tuple[int, int]
_JSON_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?', re.S)
_JSON_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)", re.S)
_MARKDOWN_STRUCTURE = re.compile(
    r"\A---\n.*?\n---\n|^[ \t>]*(?:`{3,}|~{3,})[^\n]*$|\]\([^()\n]{0,2000}\)|^ {0,3}\[[^\]\n]{1,200}\]:[^\n]*$"
    r"|<[^<>\n]{0,2000}>|^[ \t>]*\d{1,9}[.)](?=[ \t])|\[\^[^\[\]\n]{0,100}\]",
    re.M | re.S,
)


@dataclass(frozen=True, slots=True)
class Slots:
    """Stretches of `text` that may be rewritten, in order, and the function that makes bytes of the whole again."""

    text: str
    spans: tuple[Span, ...]
    write: Callable[[str], bytes | None]
    comma_joins: bool = True

    def rewritten(self, change: Callable[[str], str]) -> bytes | None:
        """Give the input with every stretch changed."""
        return self.write(edited(self.text, [(a, b, change(self.text[a:b])) for a, b in self.spans]))


def edited(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    """Replace stretches of text; they come in order and do not overlap."""
    out: list[str] = []
    at = 0
    for start, end, new in edits:
        out += [text[at:start], new]
        at = end
    return "".join([*out, text[at:]])


def slots_of(content: TypedBytes) -> Slots | None:
    """Find what may be changed in an input; None for types and bytes that cannot be edited."""
    if content.media_type == DOCX:
        return _docx(content.data)
    if is_wrapped(content.media_type):
        whole = opened(content)
        return Slots(whole.text, tuple(wrapped_spans(content.media_type, whole)), whole.write) if whole else None
    finder = _FINDERS.get(content.media_type)
    decoded = decode(content.data) if finder else None
    if finder is None or decoded is None or len(decoded.text) > MAX_CHARS:
        return None
    return Slots(decoded.text, tuple(finder(decoded.text)), decoded.encode, content.media_type not in {CSV, TSV})


def docx_body(data: bytes) -> tuple[Decoded, Callable[[str], bytes | None]] | None:
    """Give the XML of a Word document's body, and the function that puts another one in its place."""
    member = read_member(data, BODY)
    decoded = decode(member) if member is not None else None
    if decoded is None or len(decoded.text) > MAX_CHARS:
        return None
    return decoded, lambda text: with_members(data, {BODY: decoded.encode(text)})


def _docx(data: bytes) -> Slots | None:
    body = docx_body(data)
    if body is None:
        return None
    decoded, write = body
    return Slots(decoded.text, tuple(tagged_texts(decoded.text, "w:t")), write)


def _markup(*, html: bool) -> Callable[[str], Iterator[Span]]:
    def find(text: str) -> Iterator[Span]:
        return ((p.start, p.end) for p in pieces(text, html=html) if p.kind == "text")

    return find


def _between(text: str, barriers: re.Pattern[str], start: int, stop: int) -> Iterator[Span]:
    for match in barriers.finditer(text, start, stop):
        if match.start() > start:
            yield start, match.start()
        start = max(start, match.end())
    if start < stop:
        yield start, stop


def _markdown(text: str) -> Iterator[Span]:
    return _between(text, _MARKDOWN_STRUCTURE, 0, len(text))


def _plain(text: str) -> Iterator[Span]:
    yield 0, len(text)


def _delimited(text: str) -> Iterator[Span]:
    rows = fields_of(text, guessed_delimiter(text, ","))
    table = table_of(rows) if rows else None
    if table is not None:
        yield (text.find("\n") + 1 or len(text)) if table.named else 0, len(text)


def _json(text: str) -> Iterator[Span]:
    for match in _JSON_STRING.finditer(text):
        if match.group(1) is not None:
            yield from () if match.group(2) else _between(text, _JSON_ESCAPE, match.start(1), match.end(1))
        elif "e" not in match.group(0).lower():
            yield match.span()


_FINDERS: dict[str, Callable[[str], Iterator[Span]]] = {
    HTML: _markup(html=True),
    XML: _markup(html=False),
    MARKDOWN: _markdown,
    TEXT: _plain,
    CSV: _delimited,
    TSV: _delimited,
    JSON: _json,
    NDJSON: _json,
    SVG: _markup(html=True),
    YAML: settings_spans,
    TOML: settings_spans,
    INI: settings_spans,
}
