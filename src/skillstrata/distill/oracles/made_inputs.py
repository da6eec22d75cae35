"""Inputs made out of a demonstrated one, for relations: in another order, twice over, with one part more.

In     TypedBytes
Out    TypedBytes of the same type; None where the type or the content does not allow it
Never  invents content: every word was there before
"""

import csv
import importlib
import io
import json
import re
from collections.abc import Sequence
from typing import Protocol, cast

from skillstrata.distill.oracles.values import canonical
from skillstrata.distill.views import table_views
from skillstrata.distill.views.decoding import Decoded, decode
from skillstrata.distill.views.delimited import fields_of, guessed_delimiter, table_of
from skillstrata.distill.views.json_reader import parse_json, shown
from skillstrata.distill.views.media_types import CSV, JSON, MARKDOWN, NDJSON, TEXT, TSV
from skillstrata.records.proofs import TypedBytes

_MOST_CHARS = 4_000_000
_LEAST = 2
_BLANK = re.compile(r"\s*")
_JOINT = re.compile(r"\s*,?\s*")


class _Scaling(Protocol):
    """What decoding pictures gives; loaded when a picture is at hand."""

    def enlarged(self, content: TypedBytes) -> TypedBytes | None:
        """Give the picture twice as wide and high."""
        ...

    def looks_alike(self, first: TypedBytes, second: TypedBytes) -> str:
        """Say what tells two pictures apart; "" for nothing."""
        ...


class _Scaled:
    """Makes and compares scaled pictures."""

    def __call__(self, content: TypedBytes) -> TypedBytes | None:
        """Give the picture twice as wide and high."""
        return self._module().enlarged(content)

    def alike(self, first: TypedBytes, second: TypedBytes) -> str:
        """Say what tells two pictures apart; "" for nothing."""
        return self._module().looks_alike(first, second)

    def _module(self) -> _Scaling:
        return cast("_Scaling", importlib.import_module("skillstrata.distill.oracles.scaling"))


scaled = _Scaled()


def permuted(content: TypedBytes) -> TypedBytes | None:
    """Put the records in another order: the second half first, each half backwards."""
    parts = _split(content)
    if parts is None or len(set(parts.records)) < _LEAST:
        return None
    half = len(parts.records) // 2
    order = [*reversed(parts.records[half:]), *reversed(parts.records[:half])]
    return parts.joined(order if order != list(parts.records) else [*parts.records[1:], parts.records[0]])


def concatenated(content: TypedBytes) -> TypedBytes | None:
    """Put the records twice, one whole after the other; a header stays one."""
    parts = _split(content)
    return parts.joined([*parts.records, *parts.records]) if parts and parts.records else None


def appended(content: TypedBytes) -> TypedBytes | None:
    """Put the first record once more at the end."""
    parts = _split(content)
    return parts.joined([*parts.records, parts.records[0]]) if parts and len(parts.records) >= _LEAST else None


def other_line_ends(content: TypedBytes) -> TypedBytes | None:
    """Give the same text with CRLF for LF, or the other way round."""
    decoded = decode(content.data)
    if decoded is None or "\n" not in decoded.text.strip():
        return None
    text = decoded.text
    changed = text.replace("\r\n", "\n") if "\r\n" in text else text.replace("\n", "\r\n")
    return TypedBytes(content.media_type, decoded.encode(changed))


def record_texts(content: TypedBytes) -> list[str] | None:
    """Give the rows of an output's only table as comparable text; None where it is no table."""
    tables = table_views(content)
    if len(tables) != 1:
        return None
    return [json.dumps([canonical(shown(value)) for value in row]) for row in tables[0].rows]


class _Parts:
    """Records of one input, and how they are put together again."""

    def __init__(self, decoded: Decoded, media_type: str, records: Sequence[str], frame: tuple[str, str, str]) -> None:
        self._decoded = decoded
        self._media_type = media_type
        self.records = tuple(records)
        self._frame = frame

    def joined(self, records: Sequence[str]) -> TypedBytes:
        """Write records in the frame of the input."""
        head, joint, tail = self._frame
        return TypedBytes(self._media_type, self._decoded.encode(head + joint.join(records) + tail))


def _split(content: TypedBytes) -> _Parts | None:
    decoded = decode(content.data)
    if decoded is None or len(decoded.text) > _MOST_CHARS:
        return None
    if content.media_type in {CSV, TSV}:
        return _delimited(decoded, content.media_type)
    if content.media_type == JSON:
        return _json(decoded)
    if content.media_type in {TEXT, NDJSON}:
        lines = decoded.text.splitlines()
        return _Parts(decoded, content.media_type, lines, ("", "\n", "\n")) if len(lines) >= _LEAST else None
    if content.media_type == MARKDOWN and not decoded.text.startswith("---") and "```" not in decoded.text:
        blocks = [block for block in re.split(r"\n\s*\n", decoded.text.strip("\n")) if block.strip()]
        return _Parts(decoded, MARKDOWN, blocks, ("", "\n\n", "\n")) if len(blocks) >= _LEAST else None
    return None


def _delimited(decoded: Decoded, media_type: str) -> _Parts | None:
    delimiter = guessed_delimiter(decoded.text, "\t" if media_type == TSV else ",")
    rows = fields_of(decoded.text, delimiter)
    table = table_of(rows) if rows else None
    if not rows or table is None:
        return None
    lines = [_written(row, delimiter) for row in rows]
    head = lines[:1] if table.named else []
    return _Parts(decoded, media_type, lines[len(head) :], ("".join(f"{line}\n" for line in head), "\n", "\n"))


def _written(row: Sequence[str], delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="").writerow(row)
    return out.getvalue()


def _json(decoded: Decoded) -> _Parts | None:
    """Split a list into the texts of its items, each as it is written."""
    text = decoded.text.strip()
    if not text.startswith("[") or not parse_json(text)[0]:
        return None
    scan = json.JSONDecoder().raw_decode
    records: list[str] = []
    at = _after(_BLANK, text, 1)
    try:
        while at < len(text) and text[at] != "]":
            end = scan(text, at)[1]
            records.append(text[at:end])
            at = _after(_JOINT, text, end)
    except (ValueError, RecursionError):
        return None
    return _Parts(decoded, JSON, records, ("[", ", ", "]\n")) if len(records) >= _LEAST else None


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else len(text)
