"""Lift the constants of a shell program: which words stand for files, and the lines that take the values in.

In     shell text: a script, or a command line of known programs; the values it is to take
Out    FoldedPaths (words, parts of `--name=value`, redirect targets), `"$…"` in their place, a script for bash
Never  runs anything; touches a word inside of another program's text (awk, jq, SQL)
Why    the words of a command are its literals: quoting must stay right whatever the file is called
"""

import re
from collections.abc import Iterator

from tree_sitter import Node

from skillstrata.distill.constant_paths import FoldedPath
from skillstrata.distill.lifting_parts import Prologue, variable, without_private
from skillstrata.distill.roles import Standing
from skillstrata.distill.shell_words import Variables, resolve, text_of
from skillstrata.distill.syntax_trees import shell_tree_of, walk

_WORDS = {"word", "number", "string", "raw_string", "ansi_c_string", "concatenation", "simple_expansion", "expansion"}
_HOLDERS = {"command", "file_redirect", "variable_assignment", "for_statement", "array", "test_command"}
_FLAG = re.compile(r"-{1,2}[A-Za-z][\w-]*=")
_HASHBANG = re.compile(r"\A#![^\n]*\n")
# These end before their input does; what feeds them is then stopped by a signal, and that is no fault.
_ENDS_EARLY = re.compile(r"\|\s*(?:head\b|sed\s+[^|]*\bq\b|grep\s+-\w*[qm])")


def _parsed(source: bytes) -> Node:
    """Parse a program; bytes keep their places.

    The grammar's own reading of heredocs ends the process on some texts: it never sees one. What a heredoc holds is
    then read as commands, whose words may be lifted like any others.
    """
    return shell_tree_of(source.replace(b"<<", b"  "))


def folds(body: str) -> tuple[FoldedPath, ...]:
    """Give every word that is a constant, and the value of `--name=value`; in order of place."""
    source = body.encode("utf-8", "replace")
    root = _parsed(source)
    values = _assigned(root, source)
    found: list[FoldedPath] = []
    for node in _words(root):
        value = resolve(node, source, values)
        if not value or "\n" in value:
            continue
        flag = _FLAG.match(value) if node.type in {"word", "concatenation"} else None
        start = node.start_byte + (len(flag.group(0).encode()) if flag else 0)
        found.append(FoldedPath(value[flag.end() :] if flag else value, start, node.end_byte, False, True, _use(node)))
    return tuple(found)


def texts(body: str) -> tuple[str, ...]:
    """Give every constant word of a program and the texts it hands to others."""
    source = body.encode("utf-8", "replace")
    root = _parsed(source)
    nodes = [node for node in walk(root) if node.type in {*_WORDS, "heredoc_body"}]
    read = (resolve(node, source, {}) if node.type != "heredoc_body" else text_of(node, source) for node in nodes)
    return tuple(text for text in read if text)


def expression(standing: Standing, fold: FoldedPath) -> str:
    """Give the word of a parameter in place of a constant."""
    del fold
    tail = "'" + standing.tail.replace("'", "'\\''") + "'" if standing.tail else ""
    return f'"${variable(standing.name)}"{tail}'


def render(text: str, prologue: Prologue) -> str | None:
    """Give the whole script; None where it does not parse any more."""
    text = without_private(text, prologue.private, nothing="./")
    head = _HASHBANG.match(text)
    cut = head.end() if head else 0
    main = text[:cut] + _lines(text, prologue) + text[cut:]
    main = main if main.endswith("\n") else main + "\n"
    source = main.encode("utf-8", "replace")
    # The text of a heredoc is no commands: there the grammar has nothing to say about the whole.
    return None if b"<<" not in source and _parsed(source).has_error else main


def _lines(text: str, prologue: Prologue) -> str:
    """Take the values in; a step that fails ends the run, where the agent's shell went on to the next one."""
    strict = "set -eu\n" if _ENDS_EARLY.search(text) else "set -eu -o pipefail\n"
    taken = prologue.taken
    lines = [f"{variable(t.name)}=${{{at}}}" for at, t in enumerate(taken, start=1)]
    return strict + "".join(f"{line}\n" for line in lines) + (f"shift {len(taken)}\n" if taken else "")


def _assigned(root: Node, source: bytes) -> Variables:
    """Find names that are given one constant, once."""
    values: Variables = {}
    for node in walk(root):
        if node.type == "variable_assignment":
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            if name is not None and value is not None:
                key = text_of(name, source)
                values[key] = None if key in values else resolve(value, source, {})
    return values


def _words(root: Node) -> Iterator[Node]:
    for node in walk(root):
        parent = node.parent
        if node.type not in _WORDS or parent is None or parent.type not in _HOLDERS:
            continue
        # A name's own value is lifted where it is assigned.
        if node.type in {"simple_expansion", "expansion"} or (node.type == "string" and _is_one_name(node)):
            continue
        yield node


def _is_one_name(node: Node) -> bool:
    return [child.type for child in node.named_children] in (["simple_expansion"], ["expansion"])


def _use(node: Node) -> str:
    parent = node.parent
    if parent is None or parent.type != "file_redirect":
        return "unknown"
    operators = {child.type for child in parent.children}
    return "read" if "<" in operators else "write" if operators & {">", ">>", ">|", "&>"} else "unknown"
