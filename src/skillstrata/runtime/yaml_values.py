"""Frontmatter to values: every scalar is text, as it was written.

In     the lines between the fences
Out    mappings, lists, text and None (for a value that is not there), with the line of each key at the top
Never  resolves 1.10 to a number, a date to a date, or an alias to anything; nests deeper than a cap
Why    most files are plain `key: value` lines, which are read without a YAML parser, with the same result
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias, cast

import orjson
import yaml

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.runtime.skill_codes import noted
from skillstrata.runtime.yaml_reader import yaml_reader

Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"


MAX_DEPTH = 32
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_INDICATORS = frozenset("-?:,[]{}#&*!|>'\"%@`")
MAX_NODES = 64 * 1024
# What an anchor, an alias or a tag could begin with; the events then tell whether it is one.
_MARKED = re.compile(r"(?<!\w)[&*!]")
# Deeper than any file seen: the events then tell how deep it is.
_DEEP = re.compile(rf"^[ \t?:-]{{{MAX_DEPTH}}}", re.MULTILINE)
_TABBED = re.compile(r"^ *\t", re.MULTILINE)
_LONGEST_WORD = len("false") + 1
_ODD_KEY = re.compile(r"[-+]?[0-9][0-9_.:]*|~|(?:null|true|false|yes|no|on|off|y|n)|", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mapping:
    """What a frontmatter says; `lines` gives the line of each key at the top, from 1."""

    values: dict[str, Value]
    lines: dict[str, int]


class FrontmatterFault(Exception):
    """Frontmatter that cannot be read. Never leaves the runtime stage: it becomes a diagnostic."""

    def __init__(self, found: Diagnostic) -> None:
        """Keep the diagnostic."""
        super().__init__(found.message)
        self.found = found


def read_mapping(text: str, first_line: int = 1) -> Mapping:
    """Read frontmatter.

    Raises:
        FrontmatterFault: With the diagnostic.
    """
    return _simple(text, first_line) or _from_yaml(text, first_line)


def as_json(value: Value) -> str:
    """Give a value as JSON text."""
    return orjson.dumps(value).decode()


def _simple(text: str, first_line: int) -> Mapping | None:
    """Read lines of `key: value`, one level of them indented; None where there is anything else."""
    top: dict[str, Value] = {}
    lines: dict[str, int] = {}
    nested: dict[str, Value] = {}
    parent, indent = "", 0
    for number, line in enumerate(text.split("\n"), first_line):
        stripped = line.strip(" ")
        if not stripped:
            continue
        key, colon, rest = stripped.partition(":")
        if not colon or not key.replace("-", "_").isidentifier() or not line.isprintable():
            return None
        value = _plain(rest)
        if value is None:
            return None
        if line[0] == " ":
            depth = len(line) - len(line.lstrip(" "))
            if not parent or (nested and depth != indent) or key in nested:
                return None
            nested[key], indent = value or None, depth
            top[parent] = nested
        elif key in top:
            return None
        else:
            top[key], lines[key] = value or None, number
            nested = {}
            parent = "" if value else key
    return Mapping(top, lines) if top else None


def _plain(rest: str) -> str | None:
    """Give the text after a key's colon, "" for null; None where it is not plainly text."""
    value = rest.strip(" ")
    if not value:
        return ""
    first = value[0]
    if rest[0] != " " or value in _NULLS:
        return None
    if first in "'\"":
        inner = value[1:-1]
        plain = inner and value[-1] == first and first not in inner and "\\" not in inner
        return inner if plain and len(value) > 1 else None
    if first in _INDICATORS or ": " in value or " #" in value or value[-1] == ":":
        return None
    return value


def _from_yaml(text: str, first_line: int) -> Mapping:
    if _MARKED.search(text) or _DEEP.search(text) or text.count("[") + text.count("{") > MAX_DEPTH:
        _check_events(text, first_line)
    try:
        reader = yaml_reader(text)
        node = reader.get_single_node()
    except yaml.YAMLError as error:
        raise FrontmatterFault(_yaml_error(text, error, first_line)) from error
    if node is None:
        return Mapping({}, {})
    if not isinstance(node, yaml.MappingNode):
        raise FrontmatterFault(noted("not_mapping", f"the frontmatter is a {_kind(node)}", first_line))
    lines = {key.value: key.start_mark.line + first_line for key, _ in node.value if isinstance(key, yaml.ScalarNode)}
    return Mapping(values_of(node, first_line), lines)


def values_of(node: yaml.MappingNode, first_line: int) -> dict[str, Value]:
    """Make values of a tree of nodes.

    Raises:
        FrontmatterFault: A key is no text or there twice; it is too deep, or has too many values.
    """
    return _Tree(first_line).mapping(node, 1)


class _Tree:
    """Makes values of nodes, of so many and so deep; a tree that leads back into itself ends there."""

    def __init__(self, first_line: int) -> None:
        self._first_line = first_line
        self._nodes = 0

    def mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for key, value in node.value:
            line = key.start_mark.line + self._first_line
            if not isinstance(key, yaml.ScalarNode):
                raise FrontmatterFault(noted("key_not_text", f"a key is a {_kind(key)}", line))
            if key.value in found:
                raise FrontmatterFault(noted("duplicate_key", f"the key {key.value!r} stands there twice", line))
            found[key.value] = self._value(value, depth)
        return found

    def _value(self, node: yaml.Node, depth: int) -> Value:
        self._nodes += 1
        if isinstance(node, yaml.ScalarNode) and self._nodes <= MAX_NODES:
            return None if not node.style and node.value in _NULLS else node.value
        if depth >= MAX_DEPTH or self._nodes > MAX_NODES:
            line = node.start_mark.line + self._first_line
            said = f"nested more than {MAX_DEPTH} deep, or more than {MAX_NODES} values"
            raise FrontmatterFault(noted("yaml_depth", said, line))
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, depth + 1)
        return [self._value(item, depth + 1) for item in node.value]


def odd_keys(values: dict[str, Value]) -> list[str]:
    """Give the keys, at any depth, that YAML takes for a number, yes/no or nothing."""
    found: list[str] = []
    waiting: list[Value] = [values]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            found += [key for key in value if _is_odd_key(key)]
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return found


@lru_cache(maxsize=4_096)
def _is_odd_key(key: str) -> bool:
    return (len(key) < _LONGEST_WORD or not key[0].isalpha()) and _ODD_KEY.fullmatch(key) is not None


def _kind(node: yaml.Node) -> str:
    return (
        "list" if isinstance(node, yaml.SequenceNode) else "mapping" if isinstance(node, yaml.MappingNode) else "text"
    )


def _check_events(text: str, first_line: int) -> None:
    """Refuse anchors, aliases, tags and deep nesting before anything is composed.

    Raises:
        FrontmatterFault: With the diagnostic.
    """
    depth = 0
    try:
        reader = yaml_reader(text)
        while reader.check_event():
            event = cast("yaml.Event", reader.get_event())
            line = event.start_mark.line + first_line
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > MAX_DEPTH:
                raise FrontmatterFault(noted("yaml_depth", f"nested more than {MAX_DEPTH} deep", line))
            if isinstance(event, yaml.NodeEvent):
                _check_node(event, line)
    except yaml.YAMLError as error:
        raise FrontmatterFault(_yaml_error(text, error, first_line)) from error


def _check_node(event: yaml.NodeEvent, line: int) -> None:
    if event.anchor is not None:
        raise FrontmatterFault(noted("yaml_alias", f"the anchor or alias {event.anchor!r}", line))
    tag = getattr(event, "tag", None)
    if tag is not None:
        raise FrontmatterFault(noted("yaml_tag", f"the tag {tag!r}", line))


def _yaml_error(text: str, error: yaml.YAMLError, first_line: int) -> Diagnostic:
    tab = _TABBED.search(text)
    if tab:
        return noted("tab_indent", "a tab in the indentation", text.count("\n", 0, tab.start()) + first_line)
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line = mark.line + first_line if mark else 0
        return noted("yaml_error", error.problem or "not YAML", line)
    return noted("yaml_error", str(error).split("\n", 1)[0], 0)
