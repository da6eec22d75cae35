"""Read the plain part of YAML: mappings and lists by indentation, scalars in a line. Anything else is not read.

In     text
Out    a tree as JSON would hold it, numbers exact; None where the text uses what is not plain
Never  raises, follows an anchor, builds an object, guesses
"""

import re
from decimal import Decimal

from skillstrata.distill.views.json_reader import Tree

_MOST_LINES = 20_000
_MOST_DEPTH = 40
_KEY = re.compile(
    r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#&*!|>%@`"'\[\]{},-][^#\n:]*|-[^\s#\n:][^#\n:]*)\s*:(?:\s+(.*))?$"""
)
_NUMBER = re.compile(r"[-+]?(?:0|[1-9]\d{0,60})(?:\.\d{1,60})?(?:[eE][-+]?\d{1,3})?")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.S)
_UNPLAIN = ("&", "*", "!", "|", ">", "%", "@", "`", "? ")
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "/": "/"}


class _NotPlainError(ValueError):
    """The text uses what this reader does not know."""


def front_matter(text: str) -> str | None:
    """Give the block between the dashes at the top of a Markdown text; None where it has none."""
    match = _FRONT.match(text)
    return match.group(1) if match else None


def parse_plain_yaml(text: str) -> Tree:
    """Read a mapping or a list; None where the text is neither, or not plain."""
    lines = [_line(raw) for raw in text.splitlines()[:_MOST_LINES]]
    kept = [line for line in lines if line[1] and line[1] not in {"---", "..."}]
    if not kept:
        return None
    try:
        tree, at = _block(kept, 0, kept[0][0], 0)
    except (_NotPlainError, RecursionError, IndexError):
        return None
    return tree if at == len(kept) and isinstance(tree, dict | list) else None


def _line(raw: str) -> tuple[int, str]:
    body = re.sub(r"(?:^|\s)#.*$", "", raw) if not re.search(r"""["']""", raw) else raw
    return len(raw) - len(raw.lstrip(" ")), body.strip()


def _block(lines: list[tuple[int, str]], at: int, indent: int, depth: int) -> tuple[Tree, int]:
    if depth > _MOST_DEPTH:
        raise _NotPlainError
    if lines[at][1] == "-" or lines[at][1].startswith("- "):
        return _list(lines, at, indent, depth)
    return _mapping(lines, at, indent, depth)


def _mapping(lines: list[tuple[int, str]], at: int, indent: int, depth: int) -> tuple[Tree, int]:
    found: dict[str, Tree] = {}
    while at < len(lines) and lines[at][0] == indent:
        match = _KEY.match(lines[at][1])
        if match is None:
            raise _NotPlainError
        key, rest = str(_scalar(match.group(1), text_only=True)), (match.group(2) or "").strip()
        at += 1
        if rest:
            found[key] = _inline(rest)
        elif at < len(lines) and (lines[at][0] > indent or (lines[at][0] == indent and lines[at][1].startswith("-"))):
            found[key], at = _block(lines, at, lines[at][0], depth + 1)
        else:
            found[key] = None
    if at < len(lines) and lines[at][0] > indent:
        raise _NotPlainError
    return found, at


def _list(lines: list[tuple[int, str]], at: int, indent: int, depth: int) -> tuple[Tree, int]:
    found: list[Tree] = []
    while at < len(lines) and lines[at][0] == indent and (lines[at][1] == "-" or lines[at][1].startswith("- ")):
        body = lines[at][1][1:]
        rest = body.strip()
        inner = indent + 1 + len(body) - len(body.lstrip())
        if rest and (_KEY.match(rest) or rest.startswith("- ")):
            lines[at] = (inner, rest)
            child, at = _block(lines, at, inner, depth + 1)
        elif rest:
            child, at = _inline(rest), at + 1
        elif at + 1 < len(lines) and lines[at + 1][0] > indent:
            child, at = _block(lines, at + 1, lines[at + 1][0], depth + 1)
        else:
            child, at = None, at + 1
        found.append(child)
    return found, at


def _inline(text: str) -> Tree:
    if text in {"[]", "{}"}:
        return [] if text == "[]" else {}
    if text.startswith("[") and text.endswith("]"):
        inside = text[1:-1]
        if any(mark in inside for mark in "[]{}"):
            raise _NotPlainError
        return [_scalar(part.strip()) for part in re.findall(r"""("[^"]*"|'[^']*'|[^,]+)(?:,|$)""", inside)]
    return _scalar(text)


def _scalar(text: str, *, text_only: bool = False) -> str | bool | Decimal | None:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m.group(1), m.group(0)), text[1:-1])
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if text.startswith((*_UNPLAIN, "[", "{", '"', "'")):
        raise _NotPlainError
    if text_only:
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    return Decimal(text) if _NUMBER.fullmatch(text) else text
