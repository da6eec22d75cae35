"""Inputs at the edges of a type, each with what a sound program does with it.

In     a media type, a seed, perhaps a demonstrated input whose schema the edges keep
Out    EdgeInputs: a name, the content, and what must happen
Never  gives a bomb: the largest is a few megabytes; raises
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.opened import Tree
from skillstrata.distill.mutate.rewriting import Rewriter
from skillstrata.distill.mutate.siblings import layout_of
from skillstrata.distill.mutate.slots import edited, slots_of
from skillstrata.distill.mutate.type_names import INI, SVG, TAR, TOML, WAV, YAML
from skillstrata.distill.mutate.words import invent
from skillstrata.distill.synthesise.empty_files import empty_file
from skillstrata.distill.synthesise.general import fresh
from skillstrata.distill.synthesise.likeness import quoted
from skillstrata.distill.synthesise.sheets import unseen_workbook
from skillstrata.distill.synthesise.tables import Demonstrated, demonstrated
from skillstrata.distill.views.decoding import decode
from skillstrata.distill.views.media_types import (
    CSV,
    DOCX,
    EML,
    HTML,
    JSON,
    MARKDOWN,
    NDJSON,
    PDF,
    PPTX,
    TEXT,
    TSV,
    XLSX,
    XML,
)
from skillstrata.records.proofs import TypedBytes

Expectation = Literal["content", "either", "failure"]
_MARK = b"\xef\xbb\xbf"
_LARGE_CHARS = 2_000_000
_LARGE_ROWS = 5_000
_LARGE_PARTS = 2_000
_WORDS = (
    "漢字かな交じり",
    "😀👩‍👩‍👧",
    "שלום עולם",
    "مرحبا",
    "e\u0301a\u0308n\u0303",
    "Ω≈ç√",
    "Ünïcødé",
    "\uff46\uff55\uff4c\uff4c",
)
_TEXTS = frozenset({CSV, TSV, JSON, NDJSON, HTML, XML, MARKDOWN, TEXT, YAML, TOML, INI, SVG})
_TABLES = frozenset({CSV, TSV})
_STRICT = frozenset({JSON, XML, TOML, SVG})
_TOLERANT = frozenset({EML, PDF, TAR, WAV})
# No name of an entity, no escape.
_LETTERS = re.compile(r"(?<![&#\w\\])[^\W\d_]{2,}(?![\w;])")
_JSON_INTEGER = re.compile(r"(?<=[:,\[\s])(\d{1,15})(?=\s*[,}\]])")
_PLAIN_LETTER = re.compile(r"(?<![&#\w\\])[A-Za-z](?=[a-z]* )")
_BIG = (2**53 + 1, 2**63 - 1, 10**20 + 7)


@dataclass(frozen=True, slots=True)
class EdgeInput:
    """An input at the edge of its type.

    `expected` is "content" (it is sound: the output must hold on its content), "either" (an output that holds, an
    empty one, or a clear failure) or "failure" (it is damaged: a non-zero exit and no output).
    """

    name: str
    expected: Expectation
    content: TypedBytes


def edges(media_type: str, *, seed: int, like: TypedBytes | None = None) -> tuple[EdgeInput, ...]:
    """Make the inputs at the edges of a type.

    Args:
        media_type: What they are, or claim to be.
        seed: The same seed gives the same bytes, on every machine.
        like: A demonstrated input of the type: columns, keys and layout are then its own, so that a failure is one of
            the edge and not of a missing column. A general input stands in for it where there is none.

    Returns:
        Those that the type has, "empty" first; none for a type we cannot make and that was not demonstrated.
    """
    model = like if like is not None and like.media_type == media_type else None
    model = model or next(iter(fresh(media_type, count=1, seed=seed)), None)
    if model is None:
        return ()
    dice = Dice(seed, "edges", model.data)
    found = [EdgeInput("empty", "either", TypedBytes(media_type, b""))]
    for make in (_spelled, _damaged, _cells, _worded, _grown):
        for name, expected, data in make(model, dice):
            if data is not None and data != model.data:
                found.append(EdgeInput(name, expected, TypedBytes(media_type, data)))
    return tuple(found)


_Edge = tuple[str, Expectation, bytes | None]


def _spelled(model: TypedBytes, _dice: Dice) -> Iterator[_Edge]:
    """Give the same content under another mark, other line ends, another encoding."""
    kind, data = model.media_type, model.data
    decoded = decode(data) if kind in _TEXTS else None
    if kind == EML:
        yield "lf", "content", data.replace(b"\r\n", b"\n")
    if decoded is None:
        return
    text = decoded.text
    if not decoded.mark:
        # Standards for JSON and TOML allow readers to refuse the mark.
        yield "byte_order_mark", "either" if kind in {JSON, NDJSON, TOML, INI} else "content", _MARK + text.encode()
    if "\r\n" in text:
        yield "lf", "content", decoded.encode(text.replace("\r\n", "\n"))
    else:
        yield "crlf", "content", decoded.encode(text.replace("\n", "\r\n"))
    yield "no_final_line_end", "content", decoded.encode(text.rstrip("\r\n")) if text.strip() else None
    yield "blank", "either", b"\n \n\n"


def _damaged(model: TypedBytes, dice: Dice) -> Iterator[_Edge]:
    """Give half of it, something else under its name, and bytes that are no text."""
    kind, data = model.media_type, model.data
    if kind not in _TEXTS:
        # A tolerant reader may show what is whole in the first half of these.
        yield "truncated", "either" if kind in _TOLERANT else "failure", data[: len(data) // 2]
        yield "other_type", "either" if kind == EML else "failure", f"{invent(dice)} {invent(dice)}\n".encode()
        yield "header_only", "either", empty_file(kind)
        return
    decoded = decode(data)
    if decoded is None:
        return
    body = decoded.text.strip()
    if kind in _STRICT:
        yield "truncated", "failure", decoded.encode(body[: max(1, 2 * len(body) // 3)])
        yield "other_type", "failure", f"{invent(dice)} <{invent(dice)}\n".encode()
    elif kind == NDJSON:
        yield "truncated", "either", decoded.encode(body[:-2])
    yield "binary", "failure" if kind in _STRICT else "either", bytes(range(256)) * 4
    yield "not_utf8", "either", _not_utf8(model)


def _not_utf8(model: TypedBytes) -> bytes | None:
    """Give the input as Windows-1252 with an accent in its first changeable word."""
    slots = slots_of(model)
    span = next((s for s in slots.spans if _PLAIN_LETTER.search(slots.text[slice(*s)])), None) if slots else None
    if slots is None or span is None:
        return None
    found = _PLAIN_LETTER.search(slots.text, *span)
    text = edited(slots.text, [(*found.span(), "é")]) if found else ""
    raw = text.encode("cp1252", "ignore")
    return raw if b"\xe9" in raw else None


def _cells(model: TypedBytes, dice: Dice) -> Iterator[_Edge]:
    """Give tables with cells that simple readers misread, and with no rows at all."""
    table = demonstrated(model) if model.media_type in _TABLES else None
    if model.media_type == JSON:
        yield from _roots(model)
    if table is None:
        return
    hard = quoted(model, seed=dice.below(1_000_000))
    yield "quoted", "content", hard.data if hard else None
    yield "leading_zeros", "content", _with_integers(table, dice, [f"00{dice.between(10, 9_999)}" for _ in range(4)])
    yield "big_integers", "content", _with_integers(table, dice, [str(number) for number in _BIG])
    if table.header:
        yield "header_only", "either", table.written([])
    yield "one_row", "content", table.written([list(table.body[0])]) if len(table.body) > 1 else None
    short = [*map(list, table.body), list(table.body[-1][:1])] if table.width > 1 and table.body else None
    yield "short_row", "either", table.written(short) if short else None


def _with_integers(table: Demonstrated, dice: Dice, numbers: list[str]) -> bytes | None:
    """Put numbers into the last column of integers, the one least likely to be an identifier that is looked up."""
    places = [n for n in range(table.width) if all(v.strip().isdecimal() for v in table.column(n)) and table.body]
    if not places:
        return None
    rows = [list(row) for row in table.body]
    for number in numbers[: len(rows)]:
        rows[dice.below(len(rows))][places[-1]] = number
    return table.written(rows)


def _roots(model: TypedBytes) -> Iterator[_Edge]:
    """Give the empty container of the demonstrated kind."""
    try:
        root: Tree = json.loads(model.data)
    except (ValueError, RecursionError):
        return
    yield "header_only", "either", b"[]\n" if isinstance(root, list) else b"{}\n"
    text = decode(model.data)
    number = _JSON_INTEGER.search(text.text) if text else None
    if text and number:
        big = text.text[: number.start(1)] + str(_BIG[0]) + text.text[number.end(1) :]
        yield "big_integers", "content", text.encode(big)


def _worded(model: TypedBytes, dice: Dice) -> Iterator[_Edge]:
    """Give the input with words of other scripts in some places."""
    slots = slots_of(model)
    if slots is None:
        return
    spans = [span for span in slots.spans if any(char.isalpha() for char in slots.text[slice(*span)])]
    table = demonstrated(model) if model.media_type in _TABLES else None
    if table is not None:
        yield "unicode", "content", _unicode_table(table)
        return
    if model.media_type == TOML:
        # Only what is quoted may hold any letter.
        spans = [span for span in spans if slots.text[span[0]] == '"']
    found = [_LETTERS.search(slots.text, *span) for span in dice.some(spans, len(_WORDS))]
    edits = [(*match.span(), _WORDS[n % len(_WORDS)]) for n, match in enumerate(found) if match]
    if len(edits) == 1:
        edits = [(edits[0][0], edits[0][1], " ".join(_WORDS))]
    yield "unicode", "content", slots.write(edited(slots.text, edits)) if edits else None


def _unicode_table(table: Demonstrated) -> bytes | None:
    place = table.text_column(frozenset())
    if place < 0 or table.decoded.encoding not in {"utf-8", "utf-16-le", "utf-16-be"}:
        return None
    rows = [list(row) for row in table.body]
    full = [row for row in rows if len(row) > place]
    for number, row in enumerate(full):
        row[place] = _WORDS[number % len(_WORDS)]
    if full:
        full[-1][place] = unicodedata.normalize("NFD", "é ñ ü å")
    return table.written(rows)


def _grown(model: TypedBytes, dice: Dice) -> Iterator[_Edge]:
    """Give a long one of the same schema."""
    make = _GROWERS.get(model.media_type, _long_text)
    yield "large", "content", make(model, dice)


def _long_table(model: TypedBytes, dice: Dice) -> bytes | None:
    table = demonstrated(model)
    if table is None or not table.body:
        return None
    columns = table.new_columns(_LARGE_ROWS, dice, Rewriter(dice, model=table.decoded.text[:100_000]))
    return table.written([list(row) for row in zip(*columns, strict=True)])


def _long_workbook(model: TypedBytes, dice: Dice) -> bytes | None:
    return unseen_workbook(model, 1, dice, Rewriter(dice), count=_LARGE_ROWS)


def _long_tree(model: TypedBytes, _dice: Dice) -> bytes | None:
    """Repeat the records of a list; an object alone does not grow."""
    try:
        root: Tree = json.loads(model.data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(root, list) or not root:
        return None
    items = [json.dumps(item, ensure_ascii=False) for item in root]
    times = min(_LARGE_ROWS // len(items) + 1, _LARGE_CHARS // max(sum(map(len, items)), 1) + 1)
    return ("[" + ",\n".join(items * times) + "]\n").encode("utf-8", "replace")


def _long_layout(model: TypedBytes, _dice: Dice) -> bytes | None:
    """Repeat the parts of the longest series."""
    layout = layout_of(model)
    series = max(layout.series, key=lambda one: len(one.spans), default=None) if layout else None
    if layout is None or series is None:
        return None
    parts = [layout.text[a:b] for a, b in series.spans]
    size = sum(map(len, parts)) + len(series.joint) * len(parts)
    times = min(_LARGE_PARTS // len(parts) + 1, _LARGE_CHARS // max(size, 1) + 1)
    end = series.spans[-1][1]
    return layout.write(edited(layout.text, [(end, end, (series.joint + series.joint.join(parts)) * times)]))


def _long_text(model: TypedBytes, _dice: Dice) -> bytes | None:
    """Repeat a plain text or a run of lines."""
    decoded = decode(model.data) if model.media_type in {TEXT, MARKDOWN, NDJSON} else None
    if decoded is None or not decoded.text.strip():
        return None
    text = decoded.text if decoded.text.endswith("\n") else decoded.text + "\n"
    gap = "\n" if model.media_type == MARKDOWN else ""
    return decoded.encode((text + gap) * (_LARGE_CHARS // len(text) + 1))


_GROWERS: dict[str, Callable[[TypedBytes, Dice], bytes | None]] = {
    CSV: _long_table,
    TSV: _long_table,
    XLSX: _long_workbook,
    JSON: _long_tree,
    HTML: _long_layout,
    XML: _long_layout,
    DOCX: _long_layout,
    PPTX: _long_layout,
    YAML: _long_layout,
    TOML: _long_layout,
}
