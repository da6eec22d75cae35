"""Find what repeats in an input (rows, records, items, paragraphs), so that it can be reordered, grown and shrunk.

In     TypedBytes
Out    Series: places of like parts that follow each other, in a text that can be written back
Never  takes a header row, a heading or a page's frame for a repeated part
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from skillstrata.distill.mutate.markup import MAX_CHARS, elements
from skillstrata.distill.mutate.opened import Opened, opened
from skillstrata.distill.mutate.settings_text import block_series
from skillstrata.distill.mutate.slots import Span, docx_body
from skillstrata.distill.mutate.type_names import INI, SVG, TOML, YAML
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.delimited import fields_of, guessed_delimiter, table_of
from skillstrata.distill.views.media_types import (
    CSV,
    DOCX,
    EML,
    EPUB,
    HTML,
    IPYNB,
    JSON,
    MARKDOWN,
    NDJSON,
    ODT,
    PPTX,
    TEXT,
    TSV,
    XML,
)
from skillstrata.records.proofs import TypedBytes

_HTML_PARTS = ("tr", "li", "article", "section", "div", "p")
_CLASS = re.compile(r"""\sclass\s*=\s*["']?([^"'>]*)""", re.I)
_DOCX_PARTS = ("w:tr", "w:p")
# Parts of a Word document that must stay single: section ends, fields, drawings, marks with identifiers.
_DOCX_FIXED = re.compile(
    r"<w:(?:sectPr|fldChar|drawing|pict|bookmarkStart|comment\w*|footnoteReference|vMerge)\b|<mc:AlternateContent"
    r'|<w:pStyle w:val="[Hh]ead'
)
_LINE_SHAPE = re.compile(r"[^\W\d_]+|\d+")
_SHAPE_CHARS = 24
_FEWEST_WORDS = 3
_OPENING_CHARS = 1_000
_MOST_SERIES = 400
_MARKDOWN_FIXED = re.compile(r"#|```|~~~|---|===|\|?[ \t]*:?-{2,}")


@dataclass(frozen=True, slots=True)
class Series:
    """Like parts of one text, in order. `joint` stands between two of them when one is added."""

    spans: tuple[Span, ...]
    joint: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """A text with its series, none inside another, and the way back to bytes."""

    text: str
    series: tuple[Series, ...]
    write: Callable[[str], bytes | None]


def layout_of(content: TypedBytes) -> Layout | None:
    """Find the series of an input; None for types and bytes that cannot be edited."""
    if content.media_type == DOCX:
        body = docx_body(content.data)
        if body is None:
            return None
        return Layout(body[0].text, _apart(_docx_series(body[0].text)), body[1])
    if content.media_type in _WRAPPED:
        whole = opened(content)
        return Layout(whole.text, _apart(_wrapped_series(content.media_type, whole)), whole.write) if whole else None
    finder = _FINDERS.get(content.media_type)
    decoded = decode(content.data) if finder else None
    if finder is None or decoded is None or len(decoded.text) > MAX_CHARS:
        return None
    return Layout(decoded.text, _apart(finder(decoded.text)), decoded.encode)


def _apart(found: Iterator[Series]) -> tuple[Series, ...]:
    """Keep the series that do not reach into an earlier one, longest first among equals, in the order of the text."""
    kept: list[Series] = []
    for series in found:
        if len(kept) == _MOST_SERIES:
            break
        start, end = series.spans[0][0], series.spans[-1][1]
        if all(end <= other.spans[0][0] or start >= other.spans[-1][1] for other in kept):
            kept.append(series)
    return tuple(sorted(kept, key=lambda s: s.spans[0]))


def _element_series(text: str, names: Sequence[str], *, html: bool) -> Iterator[Series]:
    found = elements(text, html=html)
    for name in names or sorted({element.name for element in found}):
        groups: dict[tuple[int, str], list[Span]] = {}
        for element in found:
            if element.name == name:
                key = _CLASS.search(element.tag) if html else None
                place = (element.parent, key.group(1) if key else "")
                groups.setdefault(place, []).append((element.start, element.end))
        for spans in groups.values():
            yield from _runs(text, sorted(spans))


def _runs(text: str, spans: list[Span]) -> Iterator[Series]:
    """Cut a group of siblings where something else stands between two of them."""
    run: list[Span] = []
    for span in spans:
        if run and text[run[-1][1] : span[0]].strip():
            yield Series(tuple(run), _joint(text, run))
            run = []
        run.append(span)
    if run:
        yield Series(tuple(run), _joint(text, run))


def _joint(text: str, run: list[Span]) -> str:
    return text[run[0][1] : run[1][0]] if len(run) > 1 else ""


def _html_series(text: str) -> Iterator[Series]:
    for series in _element_series(text, _HTML_PARTS, html=True):
        start, end = series.spans[0]
        first = text[start : min(end, start + _OPENING_CHARS)].lower()
        spans = series.spans[1:] if "<th" in first else series.spans
        if spans and (len(spans) > 1 or first.startswith(("<li", "<p"))):
            yield Series(spans, series.joint)


def _xml_series(text: str) -> Iterator[Series]:
    return (series for series in _element_series(text, (), html=False) if len(series.spans) > 1)


def _docx_series(text: str) -> Iterator[Series]:
    for series in _element_series(text, _DOCX_PARTS, html=False):
        is_row = text.startswith("<w:tr", series.spans[0][0])
        for spans in _split(series.spans[1:] if is_row else series.spans, lambda s: bool(_DOCX_FIXED.search(text, *s))):
            # A cell needs its one paragraph; text that stands alone in the body may be doubled.
            if len(spans) > 1:
                yield Series(tuple(spans))


def _wrapped_series(media_type: str, whole: Opened) -> Iterator[Series]:
    find = _WRAPPED[media_type]
    # Two spellings of one body must stay the same: neither grows alone.
    fixed = {"plain", "html"} if media_type == EML and {"plain", "html"} <= set(whole.names) else set[str]()
    for name, start, end in whole.stretches():
        if name in fixed:
            continue
        for series in find(name, whole.text[start:end]):
            yield Series(tuple((start + a, start + b) for a, b in series.spans), series.joint)


def _slide_series(_name: str, text: str) -> Iterator[Series]:
    for series in _element_series(text, ("a:tr", "a:p"), html=False):
        spans = series.spans[1:] if text.startswith("<a:tr", series.spans[0][0]) else series.spans
        if len(spans) > 1:
            yield Series(spans)


def _page_series(_name: str, text: str) -> Iterator[Series]:
    return _html_series(text)


def _open_text_series(_name: str, text: str) -> Iterator[Series]:
    for series in _element_series(text, ("table:table-row", "text:list-item", "text:p"), html=False):
        is_row = text.startswith("<table:table-row", series.spans[0][0])
        spans = series.spans[1:] if is_row else series.spans
        if len(spans) > 1:
            yield Series(spans)


def _mail_series(name: str, text: str) -> Iterator[Series]:
    if name == "header":
        return iter(())
    return {"html": _html_series, "table": _record_series}.get(name, _line_series)(text)


def _drawing_series(text: str) -> Iterator[Series]:
    return (s for s in _element_series(text, ("text", "rect", "circle"), html=False) if len(s.spans) > 1)


def _notebook_series(_name: str, _text: str) -> Iterator[Series]:
    """Give none: the lines of a program hang together."""
    return iter(())


def _setting_series(text: str) -> Iterator[Series]:
    return (Series(tuple(spans)) for spans in block_series(text))


def _split(spans: Sequence[Span], is_fixed: Callable[[Span], bool]) -> Iterator[list[Span]]:
    run: list[Span] = []
    for span in spans:
        if not is_fixed(span):
            run.append(span)
            continue
        yield run
        run = []
    yield run


def _lines(text: str) -> list[Span]:
    return [match.span() for match in re.finditer(r"[^\r\n]*\S[^\r\n]*", text)]


def _record_series(text: str) -> Iterator[Series]:
    """Give the records of delimited text: lines, joined while a quoted field is open."""
    spans: list[Span] = []
    start, quotes = -1, 0
    for a, b in _lines(text):
        start = a if start < 0 else start
        quotes += text.count('"', a, b)
        if quotes % 2 == 0:
            spans.append((start, b))
            start, quotes = -1, 0
    rows = fields_of(text, guessed_delimiter(text, ","))
    table = table_of(rows) if rows else None
    spans = spans[1:] if table and table.named else spans
    if spans:
        yield Series(tuple(spans), "\r\n" if "\r\n" in text else "\n")


def _line_series(text: str, fixed: re.Pattern[str] | None = None) -> Iterator[Series]:
    """Give runs of lines of one shape (log lines, list items, table rows), then paragraphs."""
    lines = _lines(text)
    shapes = [_shape(text[a:b]) for a, b in lines]
    run: list[Span] = []
    for i, span in enumerate(lines):
        joined = bool(run) and shapes[i] == shapes[i - 1] and not text[run[-1][1] : span[0]].strip("\r\n")
        is_fixed = fixed is not None and bool(fixed.match(text, span[0]))
        if not joined or is_fixed or text.count("\n", run[-1][1], span[0]) > 1:
            yield from _line_run(text, run)
            run = []
        if not is_fixed:
            run.append(span)
    yield from _line_run(text, run)
    paragraphs = [m.span() for m in re.finditer(r"\S[^\n]*(?:\n[^\n]*\S[^\n]*)*", text)]
    plain = [s for s in paragraphs if "|" not in text[slice(*s)] and not (fixed and fixed.match(text, s[0]))]
    for span in plain if len(paragraphs) > 1 else ():
        yield Series((span,), "\n\n")


def _line_run(text: str, run: list[Span]) -> Iterator[Series]:
    piped = bool(run) and text[run[0][0]] == "|"
    spans = run[1:] if piped and text[: run[0][0]].rstrip()[-1:] not in {"-", "|", ":"} else run
    if len(spans) > 1:
        yield Series(tuple(spans), "\r\n" if "\r\n" in text else "\n")


def _shape(line: str) -> str:
    """Give what the start of a line looks like: marker, bracket, time stamp; else how many words it has."""
    start = re.match(r"\s*(?:[-*+]\s|\d+[.)]\s|\|)", line)
    if start:
        return re.sub(r"\d+", "9", start.group(0))
    if line[0] in "[<" or line[0].isdigit():
        return _LINE_SHAPE.sub(lambda m: "9" if m.group(0)[0].isdigit() else "a", line[:_SHAPE_CHARS])
    return _keyed(line)


def _keyed(line: str) -> str:
    words = line.split()
    return (
        f"{'=' in line}{len(words)}" if len(words) >= _FEWEST_WORDS and not line.rstrip().endswith((".", ":")) else line
    )


def _markdown_series(text: str) -> Iterator[Series]:
    return _line_series(text, _MARKDOWN_FIXED)


def _json_series(text: str) -> Iterator[Series]:
    """Give the items of the outermost list, by position, from the parser's own account of where a value ends."""
    decoder = json.JSONDecoder()
    start = re.search(r"\[\s*(?=[{\[\"\d-])", text)
    spans: list[Span] = []
    at = start.end() if start else len(text)
    try:
        while at < len(text):
            _, end = decoder.raw_decode(text, at)
            spans.append((at, end))
            following = re.compile(r"\s*,\s*").match(text, end)
            if following is None:
                break
            at = following.end()
    except (ValueError, RecursionError):
        spans = []
    if spans:
        yield Series(tuple(spans), text[spans[0][1] : spans[1][0]] if len(spans) > 1 else ", ")


def _json_lines(text: str) -> Iterator[Series]:
    spans = tuple(_lines(text))
    if spans:
        yield Series(spans, "\n")


_FINDERS: dict[str, Callable[[str], Iterator[Series]]] = {
    HTML: _html_series,
    XML: _xml_series,
    MARKDOWN: _markdown_series,
    TEXT: _line_series,
    CSV: _record_series,
    TSV: _record_series,
    JSON: _json_series,
    NDJSON: _json_lines,
    SVG: _drawing_series,
    YAML: _setting_series,
    TOML: _setting_series,
    INI: _setting_series,
}
_WRAPPED: dict[str, Callable[[str, str], Iterator[Series]]] = {
    PPTX: _slide_series,
    EPUB: _page_series,
    ODT: _open_text_series,
    EML: _mail_series,
    IPYNB: _notebook_series,
}
