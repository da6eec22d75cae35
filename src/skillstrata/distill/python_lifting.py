"""Lift the constants of a Python program: where they stand, what takes their place, and the lines before them.

In     a Python program; the values it is to take
Out    FoldedPaths, expressions, a PEP 723 script
Never  rewrites code it does not have to
"""

import ast

from skillstrata.distill.constant_paths import FoldedPath, fold_paths
from skillstrata.distill.lifting_parts import Prologue, variable
from skillstrata.distill.roles import Standing
from skillstrata.distill.script_text import insert_prologue, pep723_header, scrub

_CAST = {"integer": "int", "number": "float"}


def folds(body: str) -> tuple[FoldedPath, ...]:
    """Give every constant path of a program."""
    return fold_paths(body)


def texts(body: str) -> tuple[str, ...]:
    """Give every string of a program; docstrings do not count, and a text that does not parse has none."""
    try:
        tree = ast.parse(body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = (n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in bare)
    return tuple(
        v if isinstance(v, str) else v.decode("utf-8", "replace") for v in constants if isinstance(v, str | bytes)
    )


def expression(standing: Standing, fold: FoldedPath) -> str:
    """Give the code of a parameter in place of a constant."""
    code = variable(standing.name)
    if standing.tail:
        code = f"({code} + {standing.tail!r})"
    return f"_strata_path({code})" if fold.is_path else code


def render(text: str, prologue: Prologue) -> str | None:
    """Give the whole script; None where it does not parse any more."""
    text = scrub(text, prologue.private)
    try:
        main = pep723_header(insert_prologue(text, _lines(text, prologue)), prologue.requirements)
        ast.parse(main)
    except (SyntaxError, ValueError):
        return None
    return main


def _lines(text: str, prologue: Prologue) -> str:
    """Write the lines that take the values off the arguments, so that the program sees only its own."""
    lines: list[str] = []
    names = [variable(taken.name) for taken in prologue.taken]
    if names or prologue.bundled:
        lines.append("import sys as _strata_sys")
    if prologue.bundled:
        lines.append('_strata_sys.path.insert(0, __file__.rpartition("/")[0])')
    if "_strata_path(" in text:
        lines.append("from pathlib import Path as _strata_path")
    if names:
        targets = ", ".join(names) + ("," if len(names) == 1 else "")
        lines += [f"{targets} = _strata_sys.argv[1:{len(names) + 1}]", f"del _strata_sys.argv[1:{len(names) + 1}]"]
    for taken in prologue.taken:
        name = variable(taken.name)
        if taken.kind in _CAST:
            lines.append(f"{name} = {_CAST[taken.kind]}({name})")
        elif taken.kind == "boolean":
            lines.append(f'{name} = {name} == "true"')
    return "".join(f"{line}\n" for line in lines)
