"""Bring a shell command line into five plain shapes, with redirections where the shell puts them.

In     the text of a command line, its heredocs taken out
Out    Simple, Pipe, AndOr, Sequence and Group nodes
Why    the grammar hangs the redirection of `cd X && python3 - <FILE` on the list; everything after this file sees the
       shell's own reading
"""

from dataclasses import dataclass, field

from tree_sitter import Node

from skillstrata.distill.syntax_trees import shell_tree_of

_REDIRECTS = {"file_redirect", "herestring_redirect"}
_LOOPS = {"for_statement", "c_style_for_statement", "while_statement", "until_statement", "select_statement"}
_CONDITIONS = {"if_statement", "case_statement"}


@dataclass(slots=True)
class Simple:
    """One simple command, an assignment, or a declaration; `redirects` are nodes that belong to it."""

    node: Node
    redirects: list[Node] = field(default_factory=list[Node])


@dataclass(slots=True)
class Pipe:
    """Commands whose output feeds the next."""

    parts: "list[Shape]"


@dataclass(slots=True)
class AndOr:
    """Two commands joined by `&&` or `||`."""

    left: "Shape"
    operator: str
    right: "Shape"


@dataclass(slots=True)
class Sequence:
    """Commands one after the other; `background` holds the positions that `&` sends away."""

    parts: "list[Shape]"
    background: set[int] = field(default_factory=set[int])


@dataclass(slots=True)
class Group:
    """A compound command. `kind` is subshell, brace, loop, condition, function or negated.

    `items` are the words that a `for` goes through.
    """

    kind: str
    body: "Shape"
    redirects: list[Node] = field(default_factory=list[Node])
    variable: Node | None = None
    items: list[Node] = field(default_factory=list[Node])


Shape = Simple | Pipe | AndOr | Sequence | Group


def read_shell(source: bytes) -> tuple[Shape, bool]:
    """Parse a command line. The flag says whether the whole text was understood."""
    root = shell_tree_of(source)
    return _sequence(root.children), not root.has_error


def _sequence(nodes: list[Node]) -> Shape:
    parts: list[Shape] = []
    background: set[int] = set()
    for node in nodes:
        if node.type == "&" and parts:
            background.add(len(parts) - 1)
        shape = _shape(node) if node.is_named else None
        if shape is not None:
            parts.append(shape)
    return Sequence(parts, background)


def _shape(node: Node) -> Shape | None:
    match node.type:
        case "command" | "variable_assignment" | "variable_assignments" | "declaration_command" | "test_command":
            return Simple(node)
        case "redirected_statement":
            return _redirected(node)
        case "list":
            return _list(node)
        case "pipeline":
            parts = [s for c in node.children if c.is_named and (s := _shape(c)) is not None]
            return _piped(parts) if parts else None
        case "comment" | "unset_command":
            return None
        case _:
            return _group(node)


def _group(node: Node) -> Shape | None:
    inside = _sequence(node.children)
    if isinstance(inside, Sequence) and not inside.parts:
        return None
    if node.type == "subshell":
        return Group("subshell", inside)
    if node.type in _LOOPS:
        return _loop(node, inside)
    if node.type in _CONDITIONS:
        return Group("condition", inside)
    if node.type in {"function_definition", "negated_command"}:
        return Group(node.type.partition("_")[0], inside)
    return Group("brace", inside)


def _loop(node: Node, inside: Shape) -> Group:
    variable = node.child_by_field_name("variable")
    if node.type != "for_statement":
        return Group("loop", inside, variable=variable)
    body = [c for c in node.children if c.type in {"do_group", "compound_statement"}]
    items = [c for c in node.children if c.is_named and c not in body and c != variable]
    return Group("loop", _sequence(body), variable=variable, items=items)


def _list(node: Node) -> Shape | None:
    joined: Shape | None = None
    operator = "&&"
    for child in node.children:
        if child.type in {"&&", "||"}:
            operator = child.type
        elif child.is_named and (shape := _shape(child)) is not None:
            joined = shape if joined is None else AndOr(joined, operator, shape)
    return joined


def _redirected(node: Node) -> Shape | None:
    """Give a redirection to the last command of a list, as the shell does."""
    body: Shape | None = None
    redirects: list[Node] = []
    for child in node.children:
        if child.type in _REDIRECTS:
            redirects.append(child)
        elif child.is_named and body is None:
            body = _shape(child)
    target = None if body is None else _last(body)
    if target is None:
        return body
    target.redirects.extend(redirects)
    return body


def _last(shape: Shape) -> Simple | Group | None:
    while not isinstance(shape, Simple | Group):
        if isinstance(shape, AndOr):
            shape = shape.right
        elif shape.parts:
            shape = shape.parts[-1]
        else:
            return None
    return shape


def _piped(parts: list[Shape]) -> Shape:
    """Flatten nested pipes; a list that the grammar put inside a pipe goes back around it."""
    flat: list[Shape] = []
    for at, part in enumerate(parts):
        if isinstance(part, Pipe):
            flat += part.parts
        elif isinstance(part, AndOr) and at == len(parts) - 1 and flat:
            return AndOr(_piped([*flat, part.left]), part.operator, part.right)
        else:
            flat.append(part)
    return flat[0] if len(flat) == 1 else Pipe(flat)
