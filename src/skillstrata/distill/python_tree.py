"""The syntax tree of a Python program with what analyses ask of it: parents, scopes, bindings, loads, imports.

In     the program text
Out    a ProgramTree, or None for text that does not parse
Never  runs or imports the program
"""

import ast
import functools
import warnings
from collections import defaultdict
from dataclasses import dataclass, field
from typing import cast

Function = ast.FunctionDef | ast.AsyncFunctionDef
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_FOLDABLE = (ast.Constant, ast.JoinedStr, ast.BinOp, ast.Call)
_MARKS = (ast.expr_context, ast.operator, ast.boolop, ast.unaryop)
_NOTHING: frozenset[int] = frozenset()
Position = tuple[int, int]


@dataclass(slots=True)
class Binding:
    """One place where a name gets a value. `value` is None where the value is not one expression (loops, imports)."""

    name: str
    position: Position
    value: ast.expr | None = None


@dataclass(slots=True)
class ProgramTree:
    """What one walk over the tree collects. Scopes are keyed by `id` of their node."""

    module: ast.Module
    parents: dict[int, ast.AST] = field(default_factory=dict[int, ast.AST])
    scope_of: dict[int, int] = field(default_factory=dict[int, int])
    outer: dict[int, int] = field(default_factory=dict[int, int])
    class_scopes: set[int] = field(default_factory=set[int])
    bindings: dict[tuple[int, str], list[Binding]] = field(
        default_factory=lambda: defaultdict[tuple[int, str], list[Binding]](list)
    )
    loads: dict[str, list[ast.Name]] = field(default_factory=lambda: defaultdict[str, list[ast.Name]](list))
    attribute_loads: dict[str, list[ast.Attribute]] = field(
        default_factory=lambda: defaultdict[str, list[ast.Attribute]](list)
    )
    functions: dict[str, list[Function]] = field(default_factory=lambda: defaultdict[str, list[Function]](list))
    classes: dict[str, ast.ClassDef] = field(default_factory=dict[str, ast.ClassDef])
    calls: list[ast.Call] = field(default_factory=list[ast.Call])
    foldable: list[ast.expr] = field(default_factory=list[ast.expr])
    imports: dict[str, str] = field(default_factory=dict[str, str])

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Give the node that holds this one."""
        return self.parents.get(id(node))

    def binding_scope(self, name: ast.Name) -> int | None:
        """Find the scope whose binding a name refers to, as Python looks it up; None for built-ins."""
        scope: int | None = self.scope_of[id(name)]
        first = True
        while scope is not None:
            if (first or scope not in self.class_scopes) and (scope, name.id) in self.bindings:
                return scope
            first = False
            scope = self.outer.get(scope)
        return None

    def sole_value(self, name: ast.Name) -> ast.expr | None:
        """Give the one expression ever assigned to a name, None when there are several bindings or no expression."""
        scope = self.binding_scope(name)
        if scope is None:
            return None
        bound = self.bindings[(scope, name.id)]
        return bound[0].value if len(bound) == 1 else None

    def dotted(self, node: ast.expr) -> str:
        """Spell a name or attribute chain with import aliases resolved: `pd.read_csv` is pandas.read_csv.

        A receiver that is no name is written as "?": `open(p).read` is "?.read".
        """
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        root = self.imports.get(node.id, node.id) if isinstance(node, ast.Name) else "?"
        return ".".join([root, *reversed(parts)])


@functools.lru_cache(maxsize=64)
def program_tree(source: str) -> ProgramTree | None:
    """Parse a program; None when it is no Python that this interpreter can read."""
    module = parse(source)
    return None if module is None else _collect(module)


def parse(source: str) -> ast.Module | None:
    """Parse without raising and without the parser's warnings about odd escapes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source.removeprefix("\ufeff"))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _collect(module: ast.Module) -> ProgramTree:
    tree = ProgramTree(module)
    stack: list[tuple[ast.AST, int, bool]] = [(module, id(module), False)]
    while stack:
        node, scope, in_text = stack.pop()
        tree.scope_of[id(node)] = scope
        _record(tree, node, scope)
        # Positions inside f-strings are not exact before Python 3.12: only the whole of one may be edited.
        if not in_text and isinstance(node, _FOLDABLE):
            tree.foldable.append(node)
        in_text = in_text or isinstance(node, ast.JoinedStr)
        inside, outside = scope, _NOTHING
        if isinstance(node, _SCOPES):
            inside, outside = id(node), _outer_parts(node)
            tree.outer[inside] = scope
        for child in _children(node):
            tree.parents[id(child)] = node
            stack.append((child, scope if id(child) in outside else inside, in_text))
    for bound in tree.bindings.values():
        bound.sort(key=lambda b: b.position)
    return tree


def _children(node: ast.AST) -> list[ast.AST]:
    """Give the nodes below a node, without operators and contexts, which hold nothing."""
    found: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            found += [each for each in cast("list[ast.AST | None]", value) if isinstance(each, ast.AST)]
        elif isinstance(value, ast.AST) and not isinstance(value, _MARKS):
            found.append(value)
    return found


def _outer_parts(node: ast.AST) -> frozenset[int]:
    """Give the parts of a definition that belong to the scope around it."""
    if isinstance(node, ast.ClassDef):
        return frozenset(id(d) for d in (*node.decorator_list, *node.bases))
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else []
    return frozenset(id(d) for d in decorators)


def _record(tree: ProgramTree, node: ast.AST, scope: int) -> None:
    match node:
        case ast.Name(ctx=ast.Load()):
            tree.loads[node.id].append(node)
        case ast.Attribute(ctx=ast.Load()):
            tree.attribute_loads[node.attr].append(node)
        case ast.Call():
            tree.calls.append(node)
        case ast.Import() | ast.ImportFrom():
            _record_import(tree, node, scope)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            _record_definition(tree, node, scope)
        case _:
            _record_binding(tree, node, scope)


def _record_binding(tree: ProgramTree, node: ast.AST, scope: int) -> None:
    match node:
        case ast.Assign():
            for target in node.targets:
                _bind(tree, target, node.value, scope)
        case ast.AnnAssign() if node.value is not None:
            _bind(tree, node.target, node.value, scope)
        case ast.NamedExpr():
            _bind(tree, node.target, node.value, scope)
        case ast.AugAssign() | ast.For() | ast.AsyncFor() | ast.comprehension():
            _bind(tree, node.target, None, scope)
        case ast.withitem() if node.optional_vars is not None:
            _bind(tree, node.optional_vars, None, scope)
        case _:
            _record_bare_binding(tree, node, scope)


def _record_bare_binding(tree: ProgramTree, node: ast.AST, scope: int) -> None:
    match node:
        case ast.arg():
            tree.bindings[(scope, node.arg)].append(Binding(node.arg, (node.lineno, node.col_offset)))
        case ast.ExceptHandler() if node.name:
            tree.bindings[(scope, node.name)].append(Binding(node.name, (node.lineno, node.col_offset)))
        case ast.Global() | ast.Nonlocal():
            for name in node.names:
                # A name two scopes write to is never folded: both count as bound more than once.
                for where in (id(tree.module), scope):
                    tree.bindings[(where, name)] += [Binding(name, (node.lineno, 0))] * 2
        case _:
            pass


def _record_definition(tree: ProgramTree, node: Function | ast.ClassDef, scope: int) -> None:
    tree.bindings[(scope, node.name)].append(Binding(node.name, (node.lineno, node.col_offset)))
    if isinstance(node, ast.ClassDef):
        tree.class_scopes.add(id(node))
        tree.classes[node.name] = node
    else:
        tree.functions[node.name].append(node)


def _record_import(tree: ProgramTree, node: ast.Import | ast.ImportFrom, scope: int) -> None:
    for alias in node.names:
        bound = alias.asname or alias.name.split(".")[0]
        target = alias.name if alias.asname else bound
        if isinstance(node, ast.ImportFrom):
            bound = alias.asname or alias.name
            target = f"{node.module or ''}.{alias.name}"
        tree.imports[bound] = target
        tree.bindings[(scope, bound)].append(Binding(bound, (node.lineno, node.col_offset)))


def _bind(tree: ProgramTree, target: ast.expr, value: ast.expr | None, scope: int) -> None:
    match target:
        case ast.Name():
            position = (target.lineno, target.col_offset)
            tree.bindings[(scope, target.id)].append(Binding(target.id, position, value))
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            values: list[ast.expr | None] = [None] * len(parts)
            starred = any(isinstance(p, ast.Starred) for p in parts)
            if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(parts) and not starred:
                values = list(value.elts)
            for part, each in zip(parts, values, strict=True):
                _bind(tree, part, each, scope)
        case ast.Starred():
            _bind(tree, target.value, None, scope)
        case _:
            pass
