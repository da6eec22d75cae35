"""Find what a Python program takes from the home folder beyond the files of its session.

In     the text of a program, the Execution it belongs to
Out    "~/name" or "the home folder" for each such place
Never  asks the disk; counts what is only written, or a word of the command line that may begin with `~`
Why    a tool that reads a setting of one user's home gives something else for everyone, in the sandbox too
"""

import ast
from collections.abc import Iterator

from skillstrata.distill.constant_paths import folded_nodes
from skillstrata.distill.path_flow import PathFlow
from skillstrata.distill.places import absolute
from skillstrata.distill.python_tree import ProgramTree, program_tree
from skillstrata.records.executions import Execution

WHOLE = "the home folder"
_SIGNS = ("expanduser", ".home(", "HOME", "expandvars")
_HOMES = {"pathlib.Path.home", "pathlib.PosixPath.home"}
_VARIABLES = {"HOME", "USERPROFILE"}
_LOOKUPS = {"os.environ.get", "os.getenv"}
_EXPANDS = {"os.path.expanduser", "os.path.expandvars"}


def home_reads(body: str, execution: Execution) -> tuple[str, ...]:
    """Give the places below the home folder that a program reads and its session did not record.

    Args:
        body: The program, or a helper of it.
        execution: Whose snapshots are the files of the replay.
    """
    tree = program_tree(body) if any(sign in body for sign in _SIGNS) else None
    if tree is None:
        return ()
    plain = ast.unparse(ast.fix_missing_locations(_Tildes(tree).visit(ast.parse(body))))
    tree = program_tree(plain.replace("$HOME/", "~/"))
    if tree is None:
        return ()
    flow = PathFlow(tree)
    folded = [(f.node, f.value, flow.uses(f.node)) for f in folded_nodes(tree) if f.value.startswith("~/")]
    written = {value for _, value, uses in folded if "write" in uses and "read" not in uses}
    known = {id(inner) for node, _, _ in folded for inner in ast.walk(node)}
    expanded = {value for node, value, _ in folded if _is_expanded(tree, node)}
    read = [
        value
        for _, value, _ in folded
        if value in expanded and value not in written and not any(w.startswith(f"{value}/") for w in written)
        if not is_recorded(value, execution) and not _is_start(value, folded)
    ]
    whole = [WHOLE for call in _expansions(tree) if not _is_known(tree, call, known)]
    return tuple(dict.fromkeys((*read, *whole)))


def is_recorded(value: str, execution: Execution) -> bool:
    """Say whether a place below the home folder is a file that the replay has."""
    path = absolute(value, execution.cwd)
    return any(s.path == path and s.digest is not None for s in execution.snapshots)


def _is_start(value: str, folded: list[tuple[ast.expr, str, frozenset[str]]]) -> bool:
    """Say whether a folder is only named to name something below it."""
    return any(other.startswith(f"{value}/") for _, other, _ in folded)


class _Tildes(ast.NodeTransformer):
    """Writes `Path.home()` and the variable HOME as `~`, which folds."""

    def __init__(self, tree: ProgramTree) -> None:
        self._tree = tree

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        name = self._tree.dotted(node.func)
        if name in _HOMES and isinstance(node.func, ast.Attribute):
            return ast.Call(ast.Attribute(ast.Call(node.func.value, [_tilde()], []), "expanduser", ast.Load()), [], [])
        if name in _LOOKUPS and node.args and _is_variable(node.args[0]):
            return _expanded()
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        named = isinstance(node.ctx, ast.Load) and _is_variable(node.slice)
        return _expanded() if named and self._tree.dotted(node.value) == "os.environ" else node


def _tilde() -> ast.Constant:
    return ast.Constant("~")


def _expanded() -> ast.expr:
    os_path = ast.Attribute(ast.Name("os", ast.Load()), "path", ast.Load())
    return ast.Call(ast.Attribute(os_path, "expanduser", ast.Load()), [_tilde()], [])


def _is_variable(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in _VARIABLES


def _expansions(tree: ProgramTree) -> Iterator[ast.Call]:
    """Give the calls that put the home folder in place of a `~` that stands in the program."""
    for call in tree.calls:
        method = isinstance(call.func, ast.Attribute) and call.func.attr == "expanduser"
        if tree.dotted(call.func) not in _EXPANDS and not method:
            continue
        holder = call.args[0] if call.args else call.func
        held = [n for n in ast.walk(holder) if isinstance(n, ast.expr)]
        bound = [tree.sole_value(n) for n in held if isinstance(n, ast.Name)]
        texts = [n.value for n in (*held, *bound) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        if any(text == "~" or text.startswith("~/") or "$HOME" in text for text in texts):
            yield call


def _is_expanded(tree: ProgramTree, node: ast.expr) -> bool:
    """Say whether an expression goes through an expansion, itself or by what its names stand for."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) and inner.attr in {"expanduser", "expandvars"}:
            return True
        value = tree.sole_value(inner) if isinstance(inner, ast.Name) else None
        if value is not None and value is not node and _is_expanded(tree, value):
            return True
    return False


def _is_known(tree: ProgramTree, call: ast.expr, known: set[int]) -> bool:
    """Say whether every use of an expansion is part of a path that is known as a whole."""
    if id(call) in known:
        return True
    parent = tree.parent(call)
    if not isinstance(parent, ast.Assign) or len(parent.targets) != 1 or not isinstance(parent.targets[0], ast.Name):
        return False
    return all(id(load) in known for load in tree.loads.get(parent.targets[0].id, ()))
