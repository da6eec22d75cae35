"""What a program's text says about its files: the paths it names, what it does with each, and with its arguments.

In     the program text and the words it was called with
Out    ProgramText
Never  runs the program; the roles found here are triage, the run shows the truth
"""

import ast
import sys
from dataclasses import dataclass

from skillstrata.distill import path_sinks
from skillstrata.distill.constant_paths import command_texts, folded_nodes, looks_like_path
from skillstrata.distill.path_flow import PathFlow
from skillstrata.distill.program_shape import NamedPath, ProgramText
from skillstrata.distill.python_tree import ProgramTree, program_tree
from skillstrata.distill.shell import commands

__all__ = ["NamedPath", "ProgramText", "program_text"]

_PLAIN_RECEIVERS = {"read_text", "read_bytes", "write_text", "write_bytes"}
_STDIN = {"sys.stdin", "input", "fileinput.input"}
_PRINTS = {"print", "sys.stdout.write", "sys.stdout.buffer.write", "sys.stdout.writelines", "pprint.pprint"}
_FOLDER_CALLS = {"os.listdir", "os.scandir", "os.walk", "glob.glob", "glob.iglob"}
_FOLDER_METHODS = {"iterdir", "glob", "rglob"}
_NOT_READING = {"cd", "pushd", "mkdir", "rmdir", "rm", "echo", "printf", "export", "test", "[", "touch", "chmod"}
_NO_VALUE_ACTIONS = {"store_true", "store_false", "count", "help", "version"}


def program_text(source: str, argv: tuple[str, ...] = ()) -> ProgramText | None:
    """Analyse a program.

    Args:
        source: The text. None comes back for what does not parse.
        argv: The words after the program, to tell which of them is read and which is written.
    """
    tree = program_tree(source)
    if tree is None:
        return None
    flow = PathFlow(tree)
    seen = _all_uses(tree)
    arguments = _argument_uses(tree, flow)
    names = [tree.dotted(c.func) for c in tree.calls]
    paths = (*_literal_paths(tree, flow), *_argv_paths(argv, arguments))
    seen = seen.union(*(p.uses for p in paths))
    return ProgramText(
        paths=paths,
        reads="read" in seen,
        writes="write" in seen,
        prints=any(n in _PRINTS for n in names) or "sys.stdout" in _attributes(tree, "stdout"),
        reads_stdin=any(n in _STDIN for n in names) or "sys.stdin" in _attributes(tree, "stdin"),
        lists_folders=any(_lists(n) for n in names),
        opens=_opens(tree),
        uses_argv=bool(arguments.positions or arguments.flags or arguments.rest is not None),
    )


def _attributes(tree: ProgramTree, name: str) -> set[str]:
    return {tree.dotted(a) for a in tree.attribute_loads.get(name, ())}


def _literal_paths(tree: ProgramTree, flow: PathFlow) -> tuple[NamedPath, ...]:
    """Give each path once, with all its uses; an expression inside a wider path is a part, not a path of its own."""
    nodes = folded_nodes(tree)
    folded = {id(f.node) for f in nodes}
    uses: dict[str, frozenset[str]] = {}
    for found in nodes:
        parent = tree.parent(found.node)
        if id(parent) in folded:
            continue
        uses[found.value] = uses.get(found.value, frozenset()) | flow.uses(found.node)
    for value, each in _command_paths(tree):
        uses[value] = uses.get(value, frozenset()) | each
    return tuple(NamedPath(value, each) for value, each in uses.items())


def _command_paths(tree: ProgramTree) -> list[tuple[str, frozenset[str]]]:
    """Find the files that constant shell texts name, with what their commands do to them."""
    found: list[tuple[str, frozenset[str]]] = []
    for text in command_texts(tree).values():
        for command in commands(text).commands:
            words = [] if command.name in _NOT_READING else list(command.argv)
            for at, word in enumerate(words):
                option, _, value = (word or "").partition("=")
                if at and option.startswith("-") and looks_like_path(value):
                    found.append((value, path_sinks.word_uses([words[0], option, value], 2)))
                elif at and word is not None and not word.startswith("-") and looks_like_path(word):
                    found.append((word, path_sinks.word_uses(words, at)))
            for redirect in command.redirects:
                if redirect.target and not redirect.target.startswith("/dev/") and not redirect.target.isdigit():
                    uses = path_sinks.READ if redirect.operator == "<" else path_sinks.WRITE
                    found.append((redirect.target, uses))
    return found


def _lists(name: str) -> bool:
    return name in _FOLDER_CALLS or ("." in name and name.rsplit(".", 1)[-1] in _FOLDER_METHODS)


def _opens(tree: ProgramTree) -> bool:
    """Say whether anything but a listing is read; what a foreign module does with a path is not known."""
    foreign = {v.split(".")[0] for v in tree.imports.values()} - sys.stdlib_module_names
    return bool(foreign) or "read" in _all_uses(tree, listing=False)


def _all_uses(tree: ProgramTree, *, listing: bool = True) -> frozenset[str]:
    seen: frozenset[str] = frozenset()
    for call in tree.calls:
        name = tree.dotted(call.func)
        if not listing and _lists(name):
            continue
        for slot, _argument in enumerate(call.args[:2]):
            seen |= path_sinks.argument_uses(call, name, slot, "")
        for keyword in call.keywords:
            if keyword.arg is not None:
                seen |= path_sinks.argument_uses(call, name, keyword.arg, "")
        method = name.rsplit(".", 1)[-1]
        if method in _PLAIN_RECEIVERS or (method == "open" and name.startswith("?")):
            seen |= path_sinks.receiver_uses(call, method)
    return seen


@dataclass(slots=True)
class _Arguments:
    """What the program does with its words: by position (0 is the first), by option, and with all together."""

    positions: dict[int, frozenset[str]]
    flags: dict[str, tuple[frozenset[str], bool]]
    rest: frozenset[str] | None = None


def _argument_uses(tree: ProgramTree, flow: PathFlow) -> _Arguments:
    found = _Arguments({}, {})
    for load in tree.attribute_loads.get("argv", ()):
        if tree.dotted(load) == "sys.argv":
            _argv_words(tree, flow, load, 0, found)
    for load in tree.loads.get("argv", ()):
        if tree.imports.get("argv") == "sys.argv":
            _argv_words(tree, flow, load, 0, found)
    position = 0
    for call in sorted(tree.calls, key=lambda c: (c.lineno, c.col_offset)):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "add_argument":
            position += _declared(tree, flow, call, position, found)
    return found


def _argv_words(tree: ProgramTree, flow: PathFlow, words: ast.expr, start: int, found: _Arguments) -> None:
    """Note what happens to the words that a list expression holds, the first of which is `sys.argv[start]`."""
    parent = tree.parent(words)
    if isinstance(parent, ast.Subscript) and parent.value is words:
        if isinstance(parent.slice, ast.Slice):
            lower = parent.slice.lower
            skipped = lower.value if isinstance(lower, ast.Constant) and isinstance(lower.value, int) else 0
            _argv_words(tree, flow, parent, start + skipped, found)
            return
        at = parent.slice.value if isinstance(parent.slice, ast.Constant) else None
        if isinstance(at, int):
            _at_position(found, start + at - 1, flow.uses(parent))
            return
        if isinstance(parent.slice, ast.UnaryOp):
            # Which word the last one is does not show in the text: the replay tells.
            found.rest = found.rest or frozenset()
            return
    target = parent.targets[0] if isinstance(parent, ast.Assign) else None
    if isinstance(target, ast.Tuple | ast.List):
        for at, part in enumerate(target.elts):
            _at_position(found, start + at - 1, flow.target_uses(part))
    elif isinstance(target, ast.Name) and (loads := _sole_loads(tree, target, words)):
        for load in loads:
            _argv_words(tree, flow, load, start, found)
    else:
        found.rest = (found.rest or frozenset()) | flow.uses(words)


def _at_position(found: _Arguments, at: int, uses: frozenset[str]) -> None:
    if at >= 0:
        found.positions[at] = found.positions.get(at, frozenset()) | uses


def _sole_loads(tree: ProgramTree, target: ast.Name, value: ast.expr) -> list[ast.Name]:
    return [load for load in tree.loads.get(target.id, ()) if tree.sole_value(load) is value]


def _declared(tree: ProgramTree, flow: PathFlow, call: ast.Call, position: int, found: _Arguments) -> int:
    """Note one `add_argument`; the number of positions it takes comes back."""
    names = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if not names:
        return 0
    options = {k.arg: k.value.value for k in call.keywords if isinstance(k.value, ast.Constant)}
    long = next((n for n in names if n.startswith("--")), names[0])
    attribute = str(options.get("dest") or long.lstrip("-").replace("-", "_"))
    uses: frozenset[str] = frozenset()
    for load in tree.attribute_loads.get(attribute, ()):
        uses |= flow.uses(load)
    if not names[0].startswith("-"):
        found.positions[position] = uses
        return 1
    takes_value = options.get("action") not in _NO_VALUE_ACTIONS
    for name in names:
        found.flags[name] = (uses, takes_value)
    return 0


def _argv_paths(argv: tuple[str, ...], arguments: _Arguments) -> tuple[NamedPath, ...]:
    found: list[NamedPath] = []
    position = 0
    waiting: frozenset[str] | None = None
    for word in argv:
        flag, _, value = word.partition("=")
        if waiting is not None:
            uses, waiting = waiting, None
        elif flag in arguments.flags:
            uses, takes_value = arguments.flags[flag]
            waiting = uses if takes_value and not value else None
        else:
            uses = arguments.positions.get(position, arguments.rest or frozenset())
            position += 1
        given = value if flag in arguments.flags and value else word
        if looks_like_path(given):
            found.append(NamedPath(given, uses, from_argv=True))
    return tuple(found)
