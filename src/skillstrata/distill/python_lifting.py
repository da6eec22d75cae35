"""Lift the constants of a Python program: where they stand, what takes their place, and the lines before them.

In     a Python program; the values it is to take
Out    FoldedPaths, expressions, a PEP 723 script
Never  rewrites code it does not have to
"""

import ast
import codecs
import re
from collections.abc import Iterator

from skillstrata.distill.constant_paths import FoldedPath, fold_paths
from skillstrata.distill.lifting_parts import LISTED, Prologue, variable
from skillstrata.distill.roles import Standing
from skillstrata.distill.script_text import insert_prologue, pep723_header, scrub

_CAST = {"integer": "int", "number": "float"}
_LISTING = frozenset({"listdir", "scandir", "walk", "Path", "glob", "iglob", "join"})
_NEWLINES = re.compile(rb"\r\n|\n|\r")
_OPENING = re.compile(rb"(?:[fF][rR]?|[rR][fF])(?:\"\"\"|'''|\"|')")
# A name in quotes as it stands in a pattern: relative, since a pattern of `Path.glob` may not be absolute.
_ONLY_MATCH = "_strata_glob.escape(_strata_relpath({}))"


def folds(body: str) -> tuple[FoldedPath, ...]:
    """Give every constant path of a program, and the bare words that calls which list folders are given."""
    found = fold_paths(body)
    known = {fold.start for fold in found}
    return (*found, *(fold for fold in _bare_folders(body) if fold.start not in known))


def prefixes(body: str) -> tuple[FoldedPath, ...]:
    """Give the constant beginnings of f-strings whose rest is computed; one that is written with escapes is not."""
    raw = body.encode("utf-8", "surrogatepass")
    found: list[FoldedPath] = []
    for node, start in nodes(body):
        first = node.values[0] if isinstance(node, ast.JoinedStr) and len(node.values) > 1 else None
        opening = _OPENING.match(raw, start)
        if opening is None or not isinstance(first, ast.Constant) or not isinstance(first.value, str):
            continue
        text = first.value.encode("utf-8", "surrogatepass")
        if raw.startswith(text, opening.end()):
            found.append(FoldedPath(first.value, opening.end(), opening.end() + len(text), False, True, "unknown"))
    return tuple(found)


def _bare_folders(body: str) -> Iterator[FoldedPath]:
    found = tuple(nodes(body))
    starts = {id(node): start for node, start in found}
    for word in (word for node, _ in found for word in _may_name_a_folder(node)):
        if isinstance(word, ast.Constant) and isinstance(word.value, str) and word.end_lineno == word.lineno:
            start = starts[id(word)]
            yield FoldedPath(
                word.value, start, start + (word.end_col_offset or 0) - word.col_offset, False, True, LISTED
            )


def nodes(body: str) -> Iterator[tuple[ast.expr, int]]:
    """Give every expression and its first byte; a text that does not parse has none."""
    try:
        tree = ast.parse(body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    raw = body.encode("utf-8", "surrogatepass")
    starts = [len(codecs.BOM_UTF8) if body.startswith("\ufeff") else 0, *(m.end() for m in _NEWLINES.finditer(raw))]
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            yield node, starts[node.lineno - 1] + node.col_offset


def _may_name_a_folder(node: ast.expr) -> list[ast.expr]:
    match node:
        case ast.Call() if _name(node.func) in _LISTING:
            return node.args
        case ast.BinOp(left=ast.Constant(value=str(value)), op=ast.Add()) if value.endswith("/"):
            return [node.left]
        case _:
            return []


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return node.attr
        case _:
            return ""


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
    if standing.pattern:
        return _ONLY_MATCH.format(code)
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
    if _ONLY_MATCH.partition("(")[0] in text:
        lines += ["import glob as _strata_glob", "from os.path import relpath as _strata_relpath"]
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
