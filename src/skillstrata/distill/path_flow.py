"""Follow a value forward through a program to the calls that read, write or delete it as a path.

In     a ProgramTree and one of its expressions
Out    the uses reached: a set of "read", "write", "delete"
Never  runs the program; follows values through containers of unknown layout or across modules
Why    roles of files are settled by observation on replay; this is the cheap triage before it
"""

import ast

from skillstrata.distill import path_sinks
from skillstrata.distill.python_tree import Function, Position, ProgramTree

_MAX_DEPTH = 60
_FAR: Position = (1 << 60, 0)
_PART = "part:"


def _parted(uses: frozenset[str]) -> frozenset[str]:
    """Mark uses as those of a path that is made from the value, not of the value itself."""
    return frozenset(u if u.startswith(_PART) else _PART + u for u in uses)


def _settled(uses: frozenset[str]) -> frozenset[str]:
    own = frozenset(u for u in uses if not u.startswith(_PART))
    parts = frozenset(u.removeprefix(_PART) for u in uses - own)
    return own if own & path_sinks.BOTH or parts >= path_sinks.BOTH else own | parts


def _is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)


class PathFlow:
    """Answers `uses` for expressions of one program; every expression is followed once."""

    def __init__(self, tree: ProgramTree) -> None:
        self._tree = tree
        self._known: dict[int, frozenset[str]] = {}
        self._depth = 0

    def uses(self, node: ast.expr) -> frozenset[str]:
        """Give what happens to the place this expression names, wherever the value flows.

        A path made from this one is another path: its uses count only where this one has none of its own, and not
        where they are several.
        """
        return _settled(self._follow(node))

    def target_uses(self, target: ast.expr) -> frozenset[str]:
        """Give what happens to a value once it is bound to this target."""
        return _settled(self._bound(target))

    def _follow(self, node: ast.expr) -> frozenset[str]:
        key = id(node)
        if key in self._known:
            return self._known[key]
        if self._depth > _MAX_DEPTH:
            return path_sinks.NONE
        self._known[key] = path_sinks.NONE
        self._depth += 1
        self._known[key] = self._step(node)
        self._depth -= 1
        return self._known[key]

    def _step(self, node: ast.expr) -> frozenset[str]:
        parent = self._tree.parent(node)
        match parent:
            case ast.Call():
                uses = self._argument(parent, node)
            case ast.keyword():
                uses = self._keyword(parent)
            case ast.Attribute():
                uses = self._receiver(parent)
            case ast.Assign() | ast.AnnAssign() | ast.NamedExpr():
                uses = self._assigned(parent, node)
            case ast.Tuple() | ast.List() | ast.Set():
                uses = self._element(parent, node)
            case ast.For() | ast.AsyncFor() | ast.comprehension():
                uses = self._bound(parent.target) if parent.iter is node else path_sinks.NONE
            case ast.Return():
                uses = self._returned(parent)
            case ast.arguments():
                uses = self._default(parent, node)
            case ast.expr():
                uses = self._through(parent, node)
            case _:
                uses = path_sinks.NONE
        return uses

    def _through(self, parent: ast.expr, node: ast.expr) -> frozenset[str]:
        """Pass a value on through an expression that keeps it, or keeps it as a part."""
        match parent:
            case ast.BinOp(op=ast.Add() | ast.Div()):
                uses = self._as_part(parent, whole=_is_literal(node) and parent.right is node)
            case ast.BinOp(op=ast.Mod()):
                uses = self._as_part(parent, whole=parent.left is node)
            case ast.JoinedStr():
                uses = self._as_part(parent, whole=len(parent.values) == 1)
            case ast.FormattedValue() | ast.Await() | ast.Starred() | ast.Dict():
                uses = self._follow(parent)
            case ast.BoolOp():
                uses = self._one_of(parent)
            case ast.ListComp(elt=kept) | ast.GeneratorExp(elt=kept) | ast.SetComp(elt=kept):
                uses = self._follow(parent) if kept is node else path_sinks.NONE
            case ast.IfExp():
                uses = path_sinks.NONE if parent.test is node else self._one_of(parent)
            case ast.Subscript():
                uses = self._as_part(parent, whole=False) if parent.value is node else path_sinks.NONE
            case _:
                uses = path_sinks.NONE
        return uses

    def _as_part(self, made: ast.expr, *, whole: bool) -> frozenset[str]:
        """Pass a value on into an expression that is made from it; `whole` says that it names the same file."""
        uses = self._follow(made)
        return uses if whole else _parted(uses)

    def _one_of(self, choice: ast.expr) -> frozenset[str]:
        """Pass a value on through a choice: what is done with the chosen one may be done with the other."""
        uses = self._follow(choice)
        return uses if path_sinks.BOTH <= uses else _parted(uses)

    def _argument(self, call: ast.Call, node: ast.expr) -> frozenset[str]:
        if call.func is node:
            return path_sinks.NONE
        slot = next((i for i, a in enumerate(call.args) if a is node), 0)
        return self._into_call(call, slot, whole=_is_literal(node) and slot == len(call.args) - 1)

    def _keyword(self, keyword: ast.keyword) -> frozenset[str]:
        call = self._tree.parent(keyword)
        if not isinstance(call, ast.Call) or keyword.arg is None:
            return path_sinks.NONE
        return self._into_call(call, keyword.arg, whole=False)

    def _into_call(self, call: ast.Call, slot: path_sinks.Slot, *, whole: bool) -> frozenset[str]:
        name = self._tree.dotted(call.func)
        uses = path_sinks.argument_uses(call, name, slot, self._made_by(call.func))
        if name in path_sinks.SAME_PLACE_CALLS:
            uses |= self._as_part(call, whole=whole or len(call.args) == 1)
        elif name.endswith(".joinpath"):
            uses |= self._as_part(call, whole=whole)
        for function, shift in self._local_functions(call, name):
            uses |= self._parameter(function, slot if isinstance(slot, str) else slot + shift)
        return uses

    def _receiver(self, attribute: ast.Attribute) -> frozenset[str]:
        call = self._tree.parent(attribute)
        if not isinstance(call, ast.Call) or call.func is not attribute:
            return path_sinks.NONE
        uses = path_sinks.receiver_uses(call, attribute.attr)
        # What stands in a folder that is listed is read from that folder, whatever the listing is used for.
        if attribute.attr in path_sinks.SAME_PLACE_METHODS:
            makes_other = attribute.attr in path_sinks.PART_METHODS and bool(call.args)
            uses |= self._as_part(call, whole=not makes_other)
        return uses

    def _assigned(self, parent: ast.Assign | ast.AnnAssign | ast.NamedExpr, node: ast.expr) -> frozenset[str]:
        if parent.value is not node:
            return path_sinks.NONE
        targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
        uses = path_sinks.NONE
        for target in targets:
            uses |= self._bound(target)
        return uses | self._follow(parent) if isinstance(parent, ast.NamedExpr) else uses

    def _element(self, holder: ast.Tuple | ast.List | ast.Set, node: ast.expr) -> frozenset[str]:
        at = next(i for i, e in enumerate(holder.elts) if e is node)
        outside = self._tree.parent(holder)
        if self._is_command(holder, outside):
            return path_sinks.command_uses(holder.elts, at)
        target = self._unpacking_target(holder, outside)
        if target is not None and len(target.elts) == len(holder.elts):
            return self._bound(target.elts[at])
        return self._follow(holder)

    def _is_command(self, holder: ast.expr, outside: ast.AST | None) -> bool:
        """Recognise the words of a started program, also under a name: `cmd = ["pandoc", …]; run(cmd)`."""
        starts = [outside]
        if isinstance(outside, ast.Assign) and isinstance(name := outside.targets[0], ast.Name):
            loads = self._tree.loads.get(name.id, ())
            starts = [self._tree.parent(load) for load in loads if self._tree.sole_value(load) is holder]
        return any(isinstance(c, ast.Call) and self._tree.dotted(c.func) in path_sinks.RUNNERS for c in starts)

    def _unpacking_target(self, holder: ast.expr, outside: ast.AST | None) -> ast.Tuple | ast.List | None:
        """Find the names that a tuple is taken apart into: `a, b = x, y` or `for a, b in [(x, y)]`."""
        target: ast.expr | None = None
        if isinstance(outside, ast.Assign) and len(outside.targets) == 1:
            target = outside.targets[0]
        elif isinstance(outside, ast.Tuple | ast.List):
            loop = self._tree.parent(outside)
            if isinstance(loop, ast.For | ast.comprehension) and loop.iter is outside:
                target = loop.target
        return target if isinstance(target, ast.Tuple | ast.List) else None

    def _bound(self, target: ast.expr) -> frozenset[str]:
        match target:
            case ast.Name():
                return self._name(target)
            case ast.Attribute():
                uses = path_sinks.NONE
                for load in self._tree.attribute_loads.get(target.attr, ()):
                    uses |= self._follow(load)
                return uses
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                uses = path_sinks.NONE
                for part in parts:
                    uses |= self._bound(part)
                return uses
            case _:
                return path_sinks.NONE

    def _name(self, target: ast.Name) -> frozenset[str]:
        scope = self._tree.scope_of[id(target)]
        return self._loads(target.id, scope, (target.lineno, target.col_offset))

    def _loads(self, name: str, scope: int, since: Position) -> frozenset[str]:
        """Join the uses of every place that reads this binding: those of its own scope end at the next binding."""
        bound = self._tree.bindings.get((scope, name), ())
        until = min((b.position for b in bound if b.position > since), default=_FAR)
        uses = path_sinks.NONE
        for load in self._tree.loads.get(name, ()):
            if self._tree.binding_scope(load) != scope:
                continue
            here = self._tree.scope_of[id(load)] == scope
            position = (load.lineno, load.col_offset)
            # A comprehension reads its variable before the place that binds it.
            if here and (position >= until or position < since) and not self._in_comprehension(load):
                continue
            uses |= self._follow(load)
        return uses

    def _in_comprehension(self, load: ast.Name) -> bool:
        node: ast.AST | None = load
        while isinstance(node, ast.expr | ast.comprehension | ast.keyword):
            if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
                return True
            node = self._tree.parent(node)
        return False

    def _returned(self, node: ast.Return) -> frozenset[str]:
        function: ast.AST | None = node
        while function is not None and not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            function = self._tree.parent(function)
        uses = path_sinks.NONE
        if function is not None:
            for call in self._tree.calls:
                if self._tree.dotted(call.func).rsplit(".", 1)[-1] == function.name:
                    uses |= self._follow(call)
        return uses

    def _default(self, arguments: ast.arguments, node: ast.expr) -> frozenset[str]:
        function = self._tree.parent(arguments)
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            return path_sinks.NONE
        positional = [*arguments.posonlyargs, *arguments.args]
        pairs = [
            *zip(reversed(positional), reversed(arguments.defaults), strict=False),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]
        name = next((a.arg for a, d in pairs if d is node), None)
        return path_sinks.NONE if name is None else self._parameter(function, name)

    def _parameter(self, function: Function, slot: path_sinks.Slot) -> frozenset[str]:
        positional = [*function.args.posonlyargs, *function.args.args]
        if isinstance(slot, str):
            named = [*positional, *function.args.kwonlyargs]
            parameter = next((a for a in named if a.arg == slot), None)
        else:
            parameter = positional[slot] if slot < len(positional) else None
        if parameter is None:
            return path_sinks.NONE
        return self._loads(parameter.arg, id(function), (parameter.lineno, parameter.col_offset))

    def _local_functions(self, call: ast.Call, name: str) -> list[tuple[Function, int]]:
        """Find the functions of this program a call may mean, with the number of arguments it passes unseen."""
        last = name.rsplit(".", 1)[-1]
        if isinstance(call.func, ast.Name) and last in self._tree.classes:
            made = self._tree.classes[last]
            return [(f, 1) for f in made.body if isinstance(f, ast.FunctionDef) and f.name == "__init__"]
        shift = 1 if isinstance(call.func, ast.Attribute) else 0
        found = self._tree.functions.get(last, ())
        return [(f, shift if self._is_method(f) else 0) for f in found if self._is_method(f) == bool(shift)]

    def _is_method(self, function: Function) -> bool:
        return isinstance(self._tree.parent(function), ast.ClassDef)

    def _made_by(self, func: ast.expr) -> str:
        if not isinstance(func, ast.Attribute):
            return ""
        receiver = func.value
        value = self._tree.sole_value(receiver) if isinstance(receiver, ast.Name) else receiver
        return self._tree.dotted(value.func) if isinstance(value, ast.Call) else ""
