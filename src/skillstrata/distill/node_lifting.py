"""Lift the constants of a node program: where they stand, what takes their place, and the lines before them.

In     a JavaScript program (scripts of CommonJS and of modules); the values it is to take
Out    FoldedPaths, expressions, a program
Never  guesses a value that depends on anything but constants of the text; rewrites code it does not have to
"""

import json
import re
from collections.abc import Iterator

from tree_sitter import Node

from skillstrata.distill.constant_paths import FoldedPath, looks_like_path
from skillstrata.distill.lifting_parts import Prologue, Taken, variable, without_private
from skillstrata.distill.roles import Standing
from skillstrata.distill.syntax_trees import javascript_tree_of, walk

_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|(\r\n|.))", re.DOTALL)
_PLAIN_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}
_JOINS = {"path.join", "path.resolve", "join", "resolve"}
_READS = re.compile(r"(?:readFile|createReadStream|readFileSync|readJson|readJsonSync)$|\breadFile\w*$")
_WRITES = re.compile(r"(?:createWriteStream|appendFile|appendFileSync|writeJson)$|\bwriteFile\w*$")
_MODULE = re.compile(r"(?m)^[ \t]*(?:import\b[^(\n]*['\"]|import\s*\{|export\s)")
_HASHBANG = re.compile(r"\A#![^\n]*\n")
_DIRECTIVE = re.compile(r"\A\s*(['\"])use strict\1;?[ \t]*\n")
_CAST = {"integer": "Number.parseInt({}, 10)", "number": "Number({})", "boolean": "({} === 'true')"}
_MOST_NESTED = 200
_LAST_CODE_POINT = 0x10FFFF
_CONSTANTS = {"string", "template_string", "binary_expression", "call_expression"}


def folds(body: str) -> tuple[FoldedPath, ...]:
    """Give every constant of a program that looks like a path, in order of place, the wider expression first."""
    reader = _Reader(body)
    found: list[FoldedPath] = []
    for node in reader.expressions():
        value = reader.value(node)
        if value is None or not looks_like_path(value):
            continue
        inner = any(o.start <= node.start_byte and node.end_byte <= o.end for o in found)
        if inner and node.type == "identifier":
            continue
        found.append(FoldedPath(value, node.start_byte, node.end_byte, False, node.type == "string", reader.use(node)))
    return tuple(found)


def texts(body: str) -> tuple[str, ...]:
    """Give every string of a program, and the constant parts of its templates."""
    reader = _Reader(body)
    return tuple(reader.texts())


def literals(body: str) -> tuple[tuple[int, int, str], ...]:
    """Give the strings and numbers of a program as (first byte, byte after the last, value); names are none."""
    reader = _Reader(body)
    return tuple(reader.literals())


def prefixes(body: str) -> tuple[FoldedPath, ...]:
    """Give the constant beginnings of templates whose rest is computed."""
    reader = _Reader(body)
    return tuple(reader.beginnings())


def expression(standing: Standing, fold: FoldedPath) -> str:
    """Give the code of a parameter in place of a constant."""
    del fold
    code = variable(standing.name)
    return f"({code} + {json.dumps(standing.tail)})" if standing.tail else code


def render(text: str, prologue: Prologue) -> str | None:
    """Give the whole program; None where it does not parse any more."""
    text = without_private(text, prologue.private)
    head = _HASHBANG.match(text)
    cut = head.end() if head else 0
    strict = _DIRECTIVE.match(text[cut:])
    cut += strict.end() if strict else 0
    main = text[:cut] + _lines(prologue) + text[cut:]
    return None if javascript_tree_of(main.encode("utf-8", "replace")).has_error else main


def is_module(body: str) -> bool:
    """Say whether a program is written as a module: with import or export statements."""
    return bool(_MODULE.search(body))


def _lines(prologue: Prologue) -> str:
    taken = prologue.taken
    lines: list[str] = []
    if taken:
        names = ", ".join(variable(t.name) for t in taken)
        lines.append(f"let [{names}] = process.argv.splice(2, {len(taken)});")
    lines += [f"{variable(t.name)} = {_cast(t)};" for t in taken if t.kind in _CAST]
    if prologue.inline:
        # `node -e` counts a program's own arguments from 1: no file stands before them.
        lines.append("process.argv.splice(1, 1);")
    return "".join(f"{line}\n" for line in lines)


def _cast(taken: Taken) -> str:
    return _CAST[taken.kind].format(variable(taken.name))


class _Reader:
    """One parsed program and the constants its names are bound to."""

    def __init__(self, body: str) -> None:
        self._source = body.encode("utf-8", "replace")
        self._root = javascript_tree_of(self._source)
        self._bound = self._bindings()

    def expressions(self) -> Iterator[Node]:
        """Give the nodes that may be constants, wider ones before those inside of them."""
        for node in walk(self._root):
            if node.type in _CONSTANTS and not _is_name(node):
                yield node

    def texts(self) -> Iterator[str]:
        for node in walk(self._root):
            if node.type == "string":
                yield _unescaped(self._text(node)[1:-1])
            elif node.type == "string_fragment" and node.parent is not None and node.parent.type == "template_string":
                yield _unescaped(self._text(node))

    def literals(self) -> Iterator[tuple[int, int, str]]:
        for node in walk(self._root):
            if node.type in {"string", "number"} and not _is_name(node):
                text = self._text(node)
                value = _unescaped(text[1:-1]) if node.type == "string" else text
                yield node.start_byte, node.end_byte, value

    def beginnings(self) -> Iterator[FoldedPath]:
        """Give the first text of each template that is no constant; one with escapes is left alone."""
        for node in walk(self._root):
            first = node.children[1] if node.type == "template_string" and len(node.children) > 1 else None
            if first is None or first.type != "string_fragment" or self.value(node) is not None:
                continue
            yield FoldedPath(self._text(first), first.start_byte, first.end_byte, False, True, "unknown")

    def value(self, node: Node, depth: int = 0) -> str | None:
        """Give the text an expression stands for; None where it is no constant."""
        found: str | None = None
        if depth > _MOST_NESTED:
            return None
        match node.type:
            case "string":
                found = _unescaped(self._text(node)[1:-1])
            case "template_string":
                found = self._template(node, depth)
            case "binary_expression":
                found = self._sum(node, depth)
            case "call_expression":
                found = self._joined(node, depth)
            case "identifier":
                found = self._named(node, depth)
            case "parenthesized_expression":
                inner = node.named_children
                found = self.value(inner[0], depth + 1) if len(inner) == 1 else None
            case _:
                pass
        return found

    def _named(self, node: Node, depth: int) -> str | None:
        name = self._text(node)
        if name == "__dirname":
            return "."
        bound = self._bound.get(name)
        return None if bound is None else self.value(bound, depth + 1)

    def use(self, node: Node) -> str:
        """Say what a call does with the file that an expression names, as far as the text shows it."""
        parent = node.parent
        if parent is None or parent.type != "arguments" or parent.parent is None:
            return "unknown"
        callee = parent.parent.child_by_field_name("function")
        name = self._text(callee) if callee is not None else ""
        if parent.named_children[:1] != [node]:
            return "unknown"
        return "read" if _READS.search(name) else "write" if _WRITES.search(name) else "unknown"

    def _text(self, node: Node) -> str:
        return self._source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def _bindings(self) -> dict[str, Node]:
        """Find names that are bound once, to one expression."""
        found: dict[str, Node] = {}
        changed: set[str] = set()
        for node in walk(self._root):
            if node.type == "variable_declarator":
                name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
                if name is not None and name.type == "identifier" and value is not None:
                    text = self._text(name)
                    changed |= {text} & set(found)
                    found[text] = value
            elif node.type in {"assignment_expression", "augmented_assignment_expression"}:
                left = node.child_by_field_name("left")
                if left is not None:
                    changed.add(self._text(left))
        return {name: value for name, value in found.items() if name not in changed}

    def _template(self, node: Node, depth: int) -> str | None:
        parts: list[str] = []
        for child in node.children:
            if child.type in {"string_fragment", "escape_sequence"}:
                parts.append(_unescaped(self._text(child)))
            elif child.type == "template_substitution":
                inner = child.named_children
                part = self.value(inner[0], depth + 1) if len(inner) == 1 else None
                if part is None:
                    return None
                parts.append(part)
        return "".join(parts)

    def _sum(self, node: Node, depth: int) -> str | None:
        operator = node.child_by_field_name("operator")
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if operator is None or operator.type != "+" or left is None or right is None:
            return None
        first, second = self.value(left, depth + 1), self.value(right, depth + 1)
        return None if first is None or second is None else first + second

    def _joined(self, node: Node, depth: int) -> str | None:
        callee, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if callee is None or arguments is None or self._text(callee) not in _JOINS:
            return None
        parts = [self.value(one, depth + 1) for one in arguments.named_children]
        known = [part for part in parts if part is not None]
        if not known or len(known) != len(parts):
            return None
        last = max((at for at, part in enumerate(known) if part.startswith("/")), default=0)
        return "/".join(part.rstrip("/") for part in known[last:])


def _is_name(node: Node) -> bool:
    """Say whether a string names a module or a key, not a value."""
    parent = node.parent
    if parent is None:
        return False
    if parent.type in {"import_statement", "export_statement"}:
        return True
    if parent.type == "arguments" and parent.parent is not None:
        callee = parent.parent.child_by_field_name("function")
        return callee is not None and callee.text in {b"require", b"import"}
    return parent.type == "pair" and parent.child_by_field_name("key") == node


def _unescaped(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        code = match.group(1) or match.group(2) or match.group(3)
        if code is None:
            return _PLAIN_ESCAPES.get(match.group(4), match.group(4))
        number = int(code, 16)
        return chr(number) if number <= _LAST_CODE_POINT else match.group(0)

    return _ESCAPE.sub(one, text)
