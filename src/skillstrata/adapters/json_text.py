"""Small edits of somebody else's JSON file that leave every other byte as it is.

In     the text of a JSON object
Out    the text with one member or item put in or taken out, in the indentation the file has
Never  reorders, re-indents or re-quotes what it did not put in
Why    a settings file is written by people and by its own program; a diff must show our lines only
"""

import json
import re
from dataclasses import dataclass

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_SCALAR = re.compile(r"[^\s,\]}]+")
_INDENT = re.compile(r"[ \t]*")
_FIRST_INDENT = re.compile(r"\{[ \t]*\r?\n([ \t]+)")


@dataclass(frozen=True, slots=True)
class Node:
    """A value in the text: `start` and `end` are its span, `children` the members of an object or items of an array.

    `starts` are where each child's whole text begins: at the key of a member, at the item itself. `scalar` is the
    source text of what is neither object nor array.
    """

    kind: str
    start: int
    end: int
    keys: tuple[str, ...] = ()
    starts: tuple[int, ...] = ()
    children: tuple["Node", ...] = ()

    def member(self, key: str) -> "Node | None":
        """Give an object's member, None of an array; of two with one key the last counts, as for every JSON reader."""
        if self.kind != "object":
            return None
        return next((c for k, c in zip(reversed(self.keys), reversed(self.children), strict=True) if k == key), None)

    def index(self, key: str) -> int:
        """Give the place of the member that `member` gives."""
        return len(self.keys) - 1 - self.keys[::-1].index(key)


def parse(text: str) -> Node:
    """Read the spans of a text that `json.loads` accepts."""
    return _value(text, _skip(text, 0))


def value_of(text: str, node: Node) -> object:
    """Give what a node stands for."""
    return json.loads(text[node.start : node.end])


def with_member(text: str, owner: Node, key: str, value: object) -> str:
    """Put a member at the end of an object."""
    return _with_child(text, owner, value, f"{json.dumps(key)}: ")


def with_item(text: str, owner: Node, value: object) -> str:
    """Put an item at the end of an array."""
    return _with_child(text, owner, value, "")


def without_child(text: str, owner: Node, index: int) -> str:
    """Take out one member or item, with its comma and the space that led to it."""
    if len(owner.children) == 1:
        return f"{text[: owner.start + 1]}{text[owner.end - 1 :]}"
    if index == 0:
        return text[: owner.starts[0]] + text[owner.starts[1] :]
    return text[: owner.children[index - 1].end] + text[owner.children[index].end :]


def line_of(text: str, node: Node) -> int:
    """Give the line a node begins on, counted from 1."""
    return text.count("\n", 0, node.start) + 1


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _skip(text: str, at: int) -> int:
    return _end(_SPACE, text, at)


def _value(text: str, at: int) -> Node:
    match text[at]:
        case "{":
            return _container(text, at, "object", "}")
        case "[":
            return _container(text, at, "array", "]")
        case '"':
            return Node("scalar", at, _end(_STRING, text, at))
        case _:
            return Node("scalar", at, _end(_SCALAR, text, at))


def _container(text: str, start: int, kind: str, closing: str) -> Node:
    keys: list[str] = []
    starts: list[int] = []
    children: list[Node] = []
    at = _skip(text, start + 1)
    while text[at] != closing:
        starts.append(at)
        if kind == "object":
            key_end = _end(_STRING, text, at)
            keys.append(json.loads(text[at:key_end]))
            at = _skip(text, _skip(text, key_end) + 1)
        children.append(_value(text, at))
        at = _skip(text, children[-1].end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return Node(kind, start, at + 1, tuple(keys), tuple(starts), tuple(children))


def _with_child(text: str, owner: Node, value: object, key: str) -> str:
    if not _is_spread(text, owner):
        at = owner.children[-1].end if owner.children else owner.start + 1
        lead = ", " if owner.children else ""
        return f"{text[:at]}{lead}{key}{json.dumps(value)}{text[at:]}"
    newline = "\r\n" if "\r\n" in text else "\n"
    unit = _unit(text)
    outer = _indent_at(text, owner.start)
    inner = _indent_at(text, owner.starts[-1]) if owner.children else outer + unit
    lines = json.dumps(value, indent=unit, ensure_ascii=False).split("\n")
    child = f"{newline}{inner}{key}" + f"{newline}{inner}".join(lines)
    if owner.children:
        at = owner.children[-1].end
        return f"{text[:at]},{child}{text[at:]}"
    return f"{text[: owner.start + 1]}{child}{newline}{outer}{text[owner.end - 1 :]}"


def _is_spread(text: str, owner: Node) -> bool:
    """Say whether children stand on lines of their own; an empty container does as the whole file does."""
    if owner.children:
        return "\n" in text[owner.start : owner.starts[0]]
    body = text.strip()
    return "\n" in body or body in {"{}", "[]"} or not body.strip("{} \t")


def _unit(text: str) -> str:
    first = _FIRST_INDENT.match(text.lstrip())
    return first.group(1) if first else "  "


def _indent_at(text: str, at: int) -> str:
    line = text.rfind("\n", 0, at) + 1
    return text[line : _end(_INDENT, text, line)]
