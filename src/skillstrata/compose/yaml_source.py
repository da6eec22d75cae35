"""`tool_schema` as it is written: frontmatter or sidecar to JSON values, with the line of each.

In     the text of SKILL.md or of tool_schema.yaml
Out    a JSON value, and where each of its parts stands; every fault at once
Never  resolves `no` or `on` to a boolean (YAML 1.2 core), follows an alias, keeps the second of two equal keys
Why    a template without quotes is a YAML mapping; whoever forgets them is told so, and not "unhashable key"
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, cast

import yaml

from skillstrata.compose.yaml_nodes import NodeReader, yaml_reader
from skillstrata.records.json_values import Json, JsonObject

SOURCE_CHARACTERS = 512_000
_DEPTH = 64
_SAFE_SIGNS = 400
_QUOTES = 'quote the template: "{{input.field}}"'
_UNQUOTED = re.compile(r"(?:^|[:\-,\[]\s+|-)\{\{")
_DEEP = re.compile(rf"^[ \t?:-]{{{2 * _DEPTH}}}", re.MULTILINE)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NUMBER_START = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?[0-9]{1,400}")
_OTHER_BASE = re.compile(r"0o[0-7]{1,400}|0x[0-9a-fA-F]{1,400}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_FENCE = re.compile(r"\ufeff?---[ \t]*\r?\n")
_END = re.compile(r"^(?:---|\.\.\.)[ \t]*\r?$", re.MULTILINE)

Parts = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class SourceFault:
    """Something that cannot be read: what, on which line, at which place of the value."""

    message: str
    line: int = 0
    parts: Parts = ()
    hint: str = ""


# Where a value stands: its line, and below it that of each part; the nodes themselves would fill the memory.
_Rows: TypeAlias = "int | tuple[int, dict[str, _Rows]] | tuple[int, list[_Rows]]"


class YamlText:
    """One YAML document: `value`, its faults, and the line of any part."""

    def __init__(self, text: str, first_line: int = 1, reader: Callable[[str], NodeReader] = yaml_reader) -> None:
        """Read it; `first_line` is the line of its first line in the file."""
        self._reader = reader
        self.faults: list[SourceFault] = []
        self.value: Json = None
        self._first = first_line
        self._seen: set[int] = set()
        self._rows: _Rows = 0
        if self._too_large(text):
            return
        try:
            root = reader(text).get_single_node()
            if root is not None:
                self.value, self._rows = self._valued(root, (), _row(root))
        except (yaml.YAMLError, ValueError) as error:
            self.faults.append(self._unreadable(error, text))
        self._seen.clear()

    def line(self, parts: Parts) -> int:
        """Give the line of a part, of the nearest part around it where it is not there."""
        rows = self._rows
        for part in parts:
            below = rows if isinstance(rows, int) else _below(rows[1], part)
            if isinstance(rows, int) or below is None:
                break
            rows = below
        return self._first + (rows if isinstance(rows, int) else rows[0])

    def _too_large(self, text: str) -> bool:
        if len(text) > SOURCE_CHARACTERS:
            self.faults.append(SourceFault(f"{len(text):,} characters of YAML are more than {SOURCE_CHARACTERS:,}"))
            return True
        if text.count("[") + text.count("{") <= _SAFE_SIGNS and not _DEEP.search(text):
            return False
        # libyaml builds its tree by recursion in C; events come without.
        depth, reader = 0, self._reader(text)
        try:
            while reader.check_event():
                event = reader.get_event()
                depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
                if depth > _DEPTH:
                    line = self._first + event.start_mark.line if event else 0
                    self.faults.append(SourceFault(f"nested deeper than {_DEPTH}", line))
                    return True
        except (yaml.YAMLError, ValueError) as error:
            self.faults.append(self._unreadable(error, text))
            return True
        return False

    def _unreadable(self, error: Exception, text: str) -> SourceFault:
        mark = cast("yaml.Mark | None", getattr(error, "problem_mark", None))
        said = cast("str | None", getattr(error, "problem", None)) or str(error).split("\n", 1)[0]
        row = mark.line if mark else 0
        lines = text.split("\n")
        for near in (row, row - 1):
            if 0 <= near < len(lines) and _UNQUOTED.search(lines[near]):
                return SourceFault(
                    f"a template without quotes is a YAML mapping: {lines[near].strip()[:80]}",
                    self._first + near,
                    hint=_QUOTES,
                )
        return SourceFault(
            f"not YAML: {said}", self._first + row, hint="mend the line; `:` and `#` in text need quotes"
        )

    def _fault(self, node: yaml.Node, parts: Parts, message: str, hint: str = "") -> None:
        self.faults.append(SourceFault(message, self._first + _row(node), parts, hint))

    def _valued(self, node: yaml.Node, parts: Parts, row: int) -> tuple[Json, _Rows]:
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, parts), row
        if id(node) in self._seen:
            self._fault(node, parts, "an alias (`*name`) is used here", "write the value out")
            return None, row
        self._seen.add(id(node))
        if len(parts) >= _DEPTH:
            self._fault(node, parts, f"nested deeper than {_DEPTH}")
            return None, row
        if node.tag:
            self._fault(node, parts, f"the tag {node.tag!r} is not supported", "leave the tag out")
        if isinstance(node, yaml.SequenceNode):
            pairs = [self._valued(item, (*parts, n), _row(item)) for n, item in enumerate(node.value)]
            return [value for value, _ in pairs], (row, [rows for _, rows in pairs])
        return self._mapping(cast("yaml.MappingNode", node), parts, row)

    def _mapping(self, node: yaml.MappingNode, parts: Parts, row: int) -> tuple[JsonObject, _Rows]:
        found: JsonObject = {}
        below: dict[str, _Rows] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._odd_key(key, parts)
                continue
            name = cast("str", key.value)
            if name in found:
                self._fault(key, (*parts, name), f"the key {name!r} is written twice", "keep one of them")
                continue
            found[name], below[name] = self._valued(value, (*parts, name), _row(key))
        return found, (row, below)

    def _odd_key(self, key: yaml.Node, parts: Parts) -> None:
        if isinstance(key, yaml.MappingNode):
            self._fault(key, parts, "a template without quotes is a YAML mapping", _QUOTES)
        else:
            self._fault(key, parts, "a list is used as a key", "keys are text")

    def _scalar(self, node: yaml.ScalarNode, parts: Parts) -> Json:
        text = cast("str", node.value)
        if node.tag:
            self._fault(node, parts, f"the tag {node.tag!r} is not supported", "put text in quotes and leave tags out")
        # The style is "" with libyaml and None without.
        if cast("str | None", node.style):
            return text
        if text in _NULLS:
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        return self._number(node, text, parts) if text[0] in _NUMBER_START else text

    def _number(self, node: yaml.Node, text: str, parts: Parts) -> Json:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _OTHER_BASE.fullmatch(text):
            return int(text, 0)
        if _NOT_FINITE.fullmatch(text):
            self._fault(node, parts, f"{text} is not a finite number", "JSON has none; put it in quotes if it is text")
            return None
        if not _FLOAT.fullmatch(text):
            return text
        value = float(text)
        if not math.isfinite(value):
            self._fault(node, parts, f"{text[:40]} is too large for a number")
            return None
        return value


def frontmatter(text: str) -> tuple[str, int] | None:
    """Give the text between the fences and the number of its first line; None where a file has no frontmatter."""
    start = _FENCE.match(text)
    if not start:
        return None
    end = _END.search(text, start.end())
    return (text[start.end() : end.start()], 2) if end else None


def tool_block(text: str) -> tuple[str, int]:
    """Give the lines of `tool_schema` alone, and how many lines are before them; "" where there are none."""
    lines = text.split("\n")
    first = next((n for n, line in enumerate(lines) if line.startswith("tool_schema:")), None)
    if first is None:
        return "", 0
    last = first + 1
    while last < len(lines) and (not lines[last].strip() or lines[last][0] in " \t-#\r"):
        last += 1
    return "\n".join(lines[first:last]), first


def _row(node: yaml.Node) -> int:
    return node.start_mark.line if node.start_mark else 0


def _below(rows: "dict[str, _Rows] | list[_Rows]", part: str | int) -> "_Rows | None":
    if isinstance(rows, dict):
        return rows.get(str(part))
    return rows[part] if isinstance(part, int) and part < len(rows) else None
