"""The syntax tree of a node program with what analyses ask of it: imports, calls with their names, constant values.

In     the program text
Out    NodeTree, None for a text that is too large to look at
Never  runs the program; guesses a value that depends on anything but constants of the text
"""

import functools
import posixpath
from dataclasses import dataclass, field

from tree_sitter import Node

from skillstrata.distill.syntax_trees import javascript_tree_of, walk

_MAX_BYTES = 2_000_000
_MAX_DEPTH = 24
_FIRST_ARGUMENT = 2
_JOINERS = {"path.join", "path.resolve", "path.posix.join", "join", "resolve"}
_HERE = {"__dirname", "import.meta.dirname", "process.cwd", "import.meta.url", "import.meta.dir"}
_SAME = {"path.normalize", "String", "path.toNamespacedPath", "fileURLToPath", "url.fileURLToPath", "os.homedir"}


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression is known to be: a text, or the word of the command line at `argument` (0 is the first)."""

    text: str | None = None
    argument: int | None = None


@dataclass(slots=True)
class NodeTree:
    """What one walk over the tree collects. `complete` is False where the text was not understood as JavaScript."""

    source: bytes
    root: Node
    complete: bool
    calls: list[Node] = field(default_factory=list[Node])
    members: list[Node] = field(default_factory=list[Node])
    bindings: dict[str, list[Node | None]] = field(default_factory=dict[str, list[Node | None]])
    modules: dict[str, str] = field(default_factory=dict[str, str])
    strings: list[Node] = field(default_factory=list[Node])
    imports: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    arguments: dict[str, int] = field(default_factory=dict[str, int])

    def text(self, node: Node | None) -> str:
        """Give a node's text."""
        return "" if node is None else self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def line(self, node: Node) -> int:
        """Give the line a node begins at."""
        return node.start_point[0] + 1

    def dotted(self, node: Node | None) -> str:
        """Spell a callee with names of modules put in: `const {join} = require("path")` makes `join` path.join."""
        parts: list[str] = []
        while node is not None and node.type == "member_expression":
            parts.append(self.text(node.child_by_field_name("property")))
            node = node.child_by_field_name("object")
        if node is None or node.type not in {"identifier", "meta_property", "this"}:
            return ".".join([_required(self, node) or "?", *reversed(parts)])
        name = self.text(node)
        return ".".join([self.modules.get(name, name), *reversed(parts)])

    def callee(self, call: Node) -> str:
        """Give the name of what a call or `new` expression calls."""
        return self.dotted(call.child_by_field_name("function") or call.child_by_field_name("constructor"))

    def given(self, call: Node) -> list[Node]:
        """Give the arguments of a call."""
        holder = call.child_by_field_name("arguments")
        return [] if holder is None else [c for c in holder.children if c.is_named and c.type != "comment"]

    def value(self, node: Node | None, depth: int = 0) -> Value:
        """Fold an expression."""
        if node is None or depth > _MAX_DEPTH:
            return Value()
        match node.type:
            case "string":
                found = Value(_unescaped(self.text(node)[1:-1]))
            case "template_string":
                found = self._template(node, depth)
            case "identifier":
                found = self._named(self.text(node), depth)
            case "binary_expression":
                found = self._binary(node, depth)
            case "subscript_expression":
                found = self._indexed(node)
            case "call_expression" | "new_expression":
                found = self._called(node, depth)
            case "parenthesized_expression" | "await_expression":
                found = self.value(next((c for c in node.children if c.is_named), None), depth + 1)
            case _:
                found = Value("") if node.type == "member_expression" and self.dotted(node) in _HERE else Value()
        return found

    def _template(self, node: Node, depth: int) -> Value:
        parts: list[str] = []
        for child in node.children:
            if child.type == "template_substitution":
                inner = self.value(next((c for c in child.children if c.is_named), None), depth + 1)
                if inner.text is None:
                    return Value()
                parts.append(inner.text)
            elif child.type in {"string_fragment", "escape_sequence"}:
                parts.append(_unescaped(self.text(child)))
        return Value("".join(parts))

    def _named(self, name: str, depth: int) -> Value:
        if name in self.arguments:
            return Value(argument=self.arguments[name])
        if name in _HERE:
            return Value("")
        bound = self.bindings.get(name, [])
        return self.value(bound[0], depth + 1) if len(bound) == 1 else Value()

    def _binary(self, node: Node, depth: int) -> Value:
        left = self.value(node.child_by_field_name("left"), depth + 1)
        right = self.value(node.child_by_field_name("right"), depth + 1)
        operator = self.text(node.child_by_field_name("operator"))
        if operator in {"??", "||"}:
            return left if left != Value() else right
        if operator == "+" and left.text is not None and right.text is not None:
            return Value(left.text + right.text)
        return Value()

    def _indexed(self, node: Node) -> Value:
        index = self.text(node.child_by_field_name("index"))
        of = node.child_by_field_name("object")
        name = self.dotted(of)
        first = self.arguments.get(f"[{name}]", _FIRST_ARGUMENT if name == "process.argv" else -1)
        at = int(index) - first if index.isdigit() and first >= 0 else -1
        return Value(argument=at) if at >= 0 else Value()

    def _called(self, node: Node, depth: int) -> Value:
        name = self.callee(node)
        given = self.given(node)
        if name in _HERE:
            return Value("")
        if name in _JOINERS or name.removeprefix("node:") in _JOINERS:
            parts = [self.value(arg, depth + 1) for arg in given]
            texts = [p.text for p in parts if p.text is not None]
            if len(texts) == len(parts):
                return Value(posixpath.join(*texts) if texts else "")
            return parts[-1] if parts and parts[-1].argument is not None else Value()
        if (name in _SAME or name == "URL") and given:
            return self.value(given[0], depth + 1)
        return Value()


@functools.lru_cache(maxsize=64)
def node_tree(source: str) -> NodeTree | None:
    """Parse a node program; a text with errors gives what could be read, with `complete` False."""
    data = source.encode("utf-8", "replace")
    if len(data) > _MAX_BYTES:
        return None
    root = javascript_tree_of(data)
    tree = NodeTree(data, root, complete=not root.has_error)
    declared: list[tuple[Node, Node | None]] = []
    for node in walk(root):
        _note(tree, node, declared)
    for name, value in declared:
        _bind(tree, name, value)
    return tree


def _note(tree: NodeTree, node: Node, declared: list[tuple[Node, Node | None]]) -> None:
    match node.type:
        case "call_expression" | "new_expression":
            tree.calls.append(node)
            if tree.text(node.child_by_field_name("function")) in {"require", "import"}:
                tree.imports += [(m, tree.line(node)) for a in tree.given(node)[:1] if (m := tree.value(a).text)]
        case "import_statement" | "export_statement":
            source = node.child_by_field_name("source")
            if source is not None:
                module = tree.value(source).text or ""
                tree.imports.append((module, tree.line(node)))
                _imported(tree, node, _plain(module))
        case "variable_declarator":
            name = node.child_by_field_name("name")
            declared += [] if name is None else [(name, node.child_by_field_name("value"))]
        case "assignment_expression" | "augmented_assignment_expression":
            left = node.child_by_field_name("left")
            plain = node.type == "assignment_expression"
            declared += [] if left is None else [(left, node.child_by_field_name("right") if plain else None)]
        case "member_expression":
            tree.members.append(node)
        case "string":
            tree.strings.append(node)
        case _:
            pass


def _plain(module: str) -> str:
    """Name a module without `node:` and without the variant that gives promises."""
    return module.removeprefix("node:").replace("fs/promises", "fs.promises")


def _imported(tree: NodeTree, node: Node, module: str) -> None:
    for part in walk(node):
        if part.type == "import_specifier":
            name = tree.text(part.child_by_field_name("name"))
            tree.modules[tree.text(part.child_by_field_name("alias")) or name] = f"{module}.{name}"
        elif part.type == "identifier" and part.parent is not None and part.parent.type != "import_specifier":
            tree.modules[tree.text(part)] = module


def _bind(tree: NodeTree, name: Node, value: Node | None) -> None:
    module = _required(tree, value)
    if name.type == "identifier":
        if module:
            tree.modules[tree.text(name)] = module
        _sliced(tree, tree.text(name), value)
        tree.bindings.setdefault(tree.text(name), []).append(value)
    elif name.type == "object_pattern" and module:
        for part in name.children:
            if part.type == "shorthand_property_identifier_pattern":
                tree.modules[tree.text(part)] = f"{module}.{tree.text(part)}"
            elif part.type == "pair_pattern":
                key = tree.text(part.child_by_field_name("key"))
                tree.modules[tree.text(part.child_by_field_name("value"))] = f"{module}.{key}"
    elif name.type == "array_pattern":
        _unpacked(tree, name, value)


def _required(tree: NodeTree, value: Node | None) -> str:
    """Give the module that `require("x")`, `await import("x")`, `require("x").y` stand for."""
    suffix = ""
    while value is not None and value.type in {"await_expression", "member_expression"}:
        if value.type == "member_expression":
            suffix = f".{tree.text(value.child_by_field_name('property'))}{suffix}"
            value = value.child_by_field_name("object")
        else:
            value = next((c for c in value.children if c.is_named), None)
    if value is None or value.type != "call_expression":
        return ""
    if tree.text(value.child_by_field_name("function")) not in {"require", "import"}:
        return ""
    given = tree.given(value)
    module = tree.value(given[0]).text if given else None
    return _plain(module) + suffix if module else ""


def _start_of_words(tree: NodeTree, value: Node | None) -> int:
    """Give the position in `process.argv` that the first item of an expression has, -1 for other expressions."""
    if value is None:
        return -1
    if value.type == "call_expression" and tree.callee(value) == "process.argv.slice":
        given = tree.given(value)
        start = tree.text(given[0]) if given else "0"
        return int(start) if start.isdigit() else -1
    return 0 if tree.dotted(value) == "process.argv" else -1


def _sliced(tree: NodeTree, name: str, value: Node | None) -> None:
    start = _start_of_words(tree, value)
    if start >= 0:
        # `args[0]` is the first word behind the program when `args` starts at the third item.
        tree.arguments[f"[{name}]"] = _FIRST_ARGUMENT - start


def _unpacked(tree: NodeTree, pattern: Node, value: Node | None) -> None:
    at = _start_of_words(tree, value) - _FIRST_ARGUMENT
    if value is None or _start_of_words(tree, value) < 0:
        return
    for child in pattern.children:
        if child.type == ",":
            at += 1
        elif child.type == "identifier" and at >= 0:
            tree.arguments[tree.text(child)] = at
        elif child.type == "assignment_pattern" and at >= 0:
            tree.arguments[tree.text(child.child_by_field_name("left"))] = at


def _unescaped(text: str) -> str:
    return text.replace("\\\\", "\\").replace("\\'", "'").replace('\\"', '"').replace("\\n", "\n")
