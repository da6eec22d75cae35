"""The objects of a file of JSON lines, read once, in constant memory.

In     a path, and bytes nobody vouches for
Out    one ObjectLine a line: its JSON object, or why there is none
Never  raises for what is in the file
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from skillstrata.adapters.history_values import members
from skillstrata.adapters.lenient_json import parsed_or_mended
from skillstrata.adapters.transcript_lines import history_lines
from skillstrata.records.imports import HistoryItem, ImportFault

ZSTANDARD = b"\x28\xb5\x2f\xfd"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_HEAD_LINES = 64
_NOT_AN_OBJECT = "not a JSON object"


@dataclass(frozen=True, slots=True)
class ObjectLine:
    """One line: its number from 1, and its object, or the reason why it has none. Number 0 is the whole file."""

    number: int
    value: dict[str, object] | None = None
    reason: str = ""


def fault(path: str, line: int, reason: str) -> HistoryItem:
    """Make the item that stands for a piece that cannot be read."""
    return HistoryItem(line=line, fault=ImportFault(path, line, reason))


def object_lines(path: str) -> Iterator[ObjectLine]:
    """Read a file of JSON lines; blank lines are passed over."""
    for line in history_lines(path):
        if line.number == 1 and line.data.startswith(ZSTANDARD):
            yield ObjectLine(0, reason="compressed: not read; unpack it with `unzstd` and import the result")
            return
        if line.reason:
            yield ObjectLine(line.number, reason=line.reason)
            continue
        value = parsed_object(line.data.removeprefix(_BYTE_ORDER_MARK) if line.number == 1 else line.data)
        if not isinstance(value, str):
            yield ObjectLine(line.number, value)
        else:
            yield ObjectLine(line.number, reason=value if line.whole else f"the last line is cut off: {value}")


def parsed_object(raw: bytes) -> dict[str, object] | str:
    """Give the JSON object in these bytes, or say why there is none."""
    try:
        value = parsed_or_mended(raw)
    except ValueError as error:
        return f"not JSON: {error}"
    return members(cast("object", value)) if isinstance(value, dict) else _NOT_AN_OBJECT


def head_objects(head: bytes) -> Iterator[dict[str, object]]:
    """Give the first objects of a file from its first bytes; a line that is cut or broken is passed over."""
    for raw in head.removeprefix(_BYTE_ORDER_MARK).split(b"\n", _HEAD_LINES)[:_HEAD_LINES]:
        if raw.lstrip()[:1] == b"{":
            value = parsed_object(raw)
            if not isinstance(value, str):
                yield value
