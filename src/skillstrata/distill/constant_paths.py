"""Find every expression of a program that is a constant path, with its value, its place and its use.

In     the program text
Out    FoldedPath per expression node that folds to a path or file name; names alone are left out (their value is in)
Never  runs the program; guesses a value that depends on anything but constants of the text
Why    paths are literals in what agents write: lifting them is what makes a program reusable
"""

import ast
import posixpath
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from skillstrata.distill import path_sinks
from skillstrata.distill.path_flow import PathFlow
from skillstrata.distill.python_tree import ProgramTree, program_tree

_MAX_PATH = 4096
_WORD_BITS = 64
_FILE_NAME = re.compile(r"\.[A-Za-z0-9]{1,5}$|^[A-Za-z]:\\")
_NEWLINES = re.compile(rb"\r\n|\r|\n")
_PATH_TYPES = {"pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "pathlib.PurePosixPath", "Path"}
_SAME_TEXT = frozenset(
    """
    os.path.expanduser os.path.abspath os.path.realpath os.path.normpath os.path.expandvars os.fspath os.fsdecode
    """.split()
)
_SAME_PATH = {"resolve", "absolute", "expanduser"}


@dataclass(frozen=True, slots=True)
class FoldedPath:
    """An expression that is a constant path. `start` and `end` are UTF-8 byte offsets into the source.

    `is_path` says that the expression is a pathlib.Path, `is_bytes` that it is a bytes literal, else it is a str.
    `innermost` expressions hold no other folded path. `use` is "read", "write", or "unknown" (not seen, or both).
    """

    value: str
    start: int
    end: int
    is_path: bool
    innermost: bool
    use: str
    is_bytes: bool = False


@dataclass(frozen=True, slots=True)
class _Value:
    """What an expression folds to; numbers count as text inside f-strings only."""

    text: str
    kind: str = "str"


@dataclass(frozen=True, slots=True)
class FoldedNode:
    """A folded expression as a node of the tree, for analyses that go on from it."""

    node: ast.expr
    value: str
    kind: str


def looks_like_path(text: str) -> bool:
    """Say whether a text has the form of a path or a file name: one line, a slash or a short ending, no URL."""
    if not text or len(text) > _MAX_PATH or "://" in text or any(c in text for c in "\n\r\0"):
        return False
    return "/" in text.strip("/ ") or (text.startswith("/") and len(text) > 1) or bool(_FILE_NAME.search(text))


def fold_paths(source: str) -> tuple[FoldedPath, ...]:
    """Fold every constant path of a program, in order of place, the wider expression first.

    Args:
        source: A Python program. Text that does not parse gives an empty tuple.
    """
    tree = program_tree(source)
    if tree is None:
        return ()
    starts = _line_starts(source)
    flow = PathFlow(tree)
    spans = [(*_span(f.node, starts), f) for f in folded_nodes(tree)]
    spans.sort(key=lambda s: (s[0], -s[1]))
    found: list[FoldedPath] = []
    for at, (start, end, folded) in enumerate(spans):
        holds_next = at + 1 < len(spans) and spans[at + 1][1] <= end
        found.append(
            FoldedPath(
                value=folded.value,
                start=start,
                end=end,
                is_path=folded.kind == "path",
                innermost=not holds_next,
                use=_one_use(flow.uses(folded.node)),
                is_bytes=folded.kind == "bytes",
            )
        )
    return tuple(found)


def folded_nodes(tree: ProgramTree) -> tuple[FoldedNode, ...]:
    """Give the nodes that fold to a path, unordered; what stands inside an f-string is left to the whole of it."""
    fold = _Folder(tree)
    # A command line that ends in a file name is no path.
    lines = command_texts(tree)
    found: list[FoldedNode] = []
    for node in tree.foldable:
        if id(node) in lines:
            continue
        if isinstance(node, ast.Constant) and (
            not isinstance(node.value, str | bytes) or isinstance(tree.parent(node), ast.Expr)
        ):
            continue
        value = fold.value(node)
        if value is not None and value.kind != "number" and looks_like_path(value.text):
            found.append(FoldedNode(node, value.text, value.kind))
    return tuple(found)


def constant_text(tree: ProgramTree, node: ast.expr) -> str | None:
    """Give the text that an expression always has, None where it depends on anything but constants."""
    value = _Folder(tree).value(node)
    return value.text if value is not None and value.kind == "str" else None


def command_texts(tree: ProgramTree) -> dict[int, str]:
    """Give the constant command lines that the program hands to a shell, by `id` of the expression."""
    fold = _Folder(tree)
    found: dict[int, str] = {}
    for call in tree.calls:
        if not call.args or tree.dotted(call.func) not in path_sinks.SHELL_RUNNERS:
            continue
        node = call.args[0]
        value = fold.value(node)
        if value is None or value.kind != "str" or len(value.text.split()) <= 1:
            continue
        found[id(node)] = value.text
        sole = tree.sole_value(node) if isinstance(node, ast.Name) else None
        if sole is not None:
            found.pop(id(node))
            found[id(sole)] = value.text
    return found


def _one_use(uses: frozenset[str]) -> str:
    reads, writes = "read" in uses, "write" in uses
    if reads == writes:
        return "unknown"
    return "read" if reads else "write"


def _line_starts(source: str) -> list[int]:
    mark = 3 if source.startswith("\ufeff") else 0
    raw = source.encode("utf-8", "surrogatepass")
    return [mark, *(m.end() for m in _NEWLINES.finditer(raw))]


def _span(node: ast.expr, starts: list[int]) -> tuple[int, int]:
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return starts[node.lineno - 1] + node.col_offset, starts[end_line - 1] + end_column


class _Folder:
    """Folds expressions; every node is folded once."""

    def __init__(self, tree: ProgramTree) -> None:
        self._tree = tree
        self._known: dict[int, _Value | None] = {}

    def value(self, node: ast.expr) -> _Value | None:
        """Fold one expression. A name that refers to itself folds to nothing."""
        key = id(node)
        if key not in self._known:
            self._known[key] = None
            self._known[key] = self._fold(node)
        return self._known[key]

    def _fold(self, node: ast.expr) -> _Value | None:
        match node:
            case ast.Constant():
                return _constant(node)
            case ast.JoinedStr():
                return self._joined(node)
            case ast.BinOp():
                return self._operation(node)
            case ast.Name():
                sole = self._tree.sole_value(node)
                return None if sole is None else self.value(sole)
            case ast.Call():
                return self._call(node)
            case _:
                return None

    def _joined(self, node: ast.JoinedStr) -> _Value | None:
        text: list[str] = []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                if part.conversion != -1 or part.format_spec is not None:
                    return None
                value = self.value(part.value)
                if value is None or value.kind == "bytes":
                    return None
                text.append(value.text)
            else:
                text.append(str(part.value) if isinstance(part, ast.Constant) else "")
        return _Value("".join(text))

    def _operation(self, node: ast.BinOp) -> _Value | None:
        if not isinstance(node.op, ast.Add | ast.Div):
            return None
        left, right = self.value(node.left), self.value(node.right)
        if left is None or right is None:
            return None
        kinds = {left.kind, right.kind}
        if isinstance(node.op, ast.Add):
            return _Value(left.text + right.text, left.kind) if kinds in ({"str"}, {"bytes"}) else None
        if "path" in kinds and kinds <= {"path", "str"}:
            return _Value(str(PurePosixPath(left.text) / right.text), "path")
        return None

    def _call(self, node: ast.Call) -> _Value | None:
        if node.keywords:
            return None
        name = self._tree.dotted(node.func)
        if name in _PATH_TYPES or name == "os.path.join":
            parts = self._texts(node.args)
            if not parts:
                return None
            return (
                _Value(posixpath.join(*parts)) if name == "os.path.join" else _Value(str(PurePosixPath(*parts)), "path")
            )
        if (name in _SAME_TEXT or name == "str") and len(node.args) == 1:
            value = self.value(node.args[0])
            return None if value is None or value.kind == "bytes" else _Value(value.text)
        return self._method(node)

    def _method(self, node: ast.Call) -> _Value | None:
        if not isinstance(node.func, ast.Attribute):
            return None
        receiver = self.value(node.func.value)
        if receiver is None or receiver.kind != "path":
            return None
        if node.func.attr in _SAME_PATH and not node.args:
            return receiver
        if node.func.attr == "as_posix":
            return _Value(receiver.text)
        parts = self._texts(node.args) if node.func.attr == "joinpath" else None
        return _Value(str(PurePosixPath(receiver.text, *parts)), "path") if parts else None

    def _texts(self, nodes: list[ast.expr]) -> list[str] | None:
        values = [self.value(n) for n in nodes]
        texts = [v.text for v in values if v is not None and v.kind in {"str", "path"}]
        return texts if len(texts) == len(nodes) else None


def _constant(node: ast.Constant) -> _Value | None:
    match node.value:
        case str():
            return _Value(node.value)
        case bytes():
            try:
                return _Value(node.value.decode(), "bytes")
            except UnicodeDecodeError:
                return None
        case bool():
            return None
        case int():
            return _Value(repr(node.value), "number") if node.value.bit_length() <= _WORD_BITS else None
        case _:
            return None
