"""List the simple commands of a shell command line: words, folder, redirections, pipes, and whose status shows.

In     the text an agent passed to its shell tool
Out    ParsedShell: the commands in the order they would start
Never  raises on any text, runs anything, expands file patterns
Why    half of the commands are compound, and the shell hides failures (`|| true`, `| head`, `; ls`): what a run read,
       wrote and returned is known only from the tree
"""

import re
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tree_sitter import Node

from skillstrata.distill.heredocs import HeredocText, heredoc_number, take_heredocs
from skillstrata.distill.loops import first_fed
from skillstrata.distill.shell_commands import Heredoc, Names, ParsedShell, Part, Redirect, ShellCommand
from skillstrata.distill.shell_parts import ASSIGNMENTS, PartLister, at_ends
from skillstrata.distill.shell_state import ShellState, take_effect
from skillstrata.distill.shell_tree import AndOr, Group, Pipe, Sequence, Shape, Simple, read_shell
from skillstrata.distill.shell_words import expand_heredoc, resolve, text_of

__all__ = ["Heredoc", "Names", "ParsedShell", "Redirect", "ShellCommand", "commands"]

_SHELL = re.compile(r"(?:.*/)?(?:ba|z|da|k)?sh$")
_MAX_NESTING = 3
_OUT, _ERR = 1, 2
_SUBSTITUTIONS = {"command_substitution", "process_substitution"}


class _Setting(NamedTuple):
    """What surrounds a command: hidden status, loop, background, its stdin's source, redirections of groups."""

    masked: bool = False
    looped: bool = False
    background: bool = False
    fed_by: int | None = None
    redirects: tuple[Redirect, ...] = ()
    heredoc: Heredoc | None = None
    loop: str = ""
    inner: bool = False
    grouped: bool = False
    in_function: bool = False


def _no_names(_pattern: str, _folders: tuple[str | None, ...], _deep: bool) -> tuple[str, ...]:
    return ()


def commands(
    text: str, *, home: str | None = None, folder: str | None = None, names: Names | None = None
) -> ParsedShell:
    """Read a command line.

    Args:
        text: Any text; what is no shell gives what could be understood, with `complete` False.
        home: The value of `$HOME`, None where it is not known.
        folder: The folder the command line starts in, for `$PWD`.
        names: Gives the files a pattern stands for, so that the first turn of a loop over them can be read.
    """
    bodies: list[HeredocText] = []
    reader = _Reader(take_heredocs(text, bodies), _Found([], bodies, names or _no_names), nesting=0)
    complete = reader.read(ShellState({"HOME": home, "PWD": folder}), _Setting())
    return ParsedShell(tuple(reader.found), complete, _lists(reader.shared))


@dataclass(slots=True)
class _Found:
    """What nested texts share with the text around them; commands and groups are known by their shapes' identity."""

    commands: list[ShellCommand]
    bodies: list[HeredocText]
    names: Names
    shapes: list[Shape] = field(default_factory=list[Shape])
    places: dict[int, int] = field(default_factory=dict[int, int])
    groups: dict[int, tuple[Redirect, ...] | None] = field(default_factory=dict[int, tuple[Redirect, ...] | None])


def _lists(found: _Found) -> tuple[tuple[Part, ...], ...]:
    lister = PartLister(found.places, found.groups, found.commands)
    try:
        for shape in reversed(found.shapes):
            lister.add(shape)
    except RecursionError:
        return ()
    return tuple(lister.lists)


class _Reader:
    """Walks the shapes of one text and collects its commands into `found`, which nested texts share."""

    def __init__(self, text: str, shared: _Found, *, nesting: int) -> None:
        self._source = text.encode("utf-8", "replace")
        self._nesting = nesting
        self.shared = shared
        self._bodies = shared.bodies
        self.found = shared.commands

    def _reader(self, text: str) -> "_Reader":
        return _Reader(text, self.shared, nesting=self._nesting + 1)

    def read(self, shell: ShellState, setting: _Setting) -> bool:
        try:
            shape, complete = read_shell(self._source)
            self.shared.shapes.append(shape)
            self._walk(shape, shell, setting)
        except RecursionError:
            return False
        return complete

    def _walk(self, shape: Shape, shell: ShellState, setting: _Setting) -> None:
        match shape:
            case Simple():
                self._simple(shape, shell, setting)
            case Pipe():
                self._pipe(shape, shell, setting)
            case AndOr():
                self._and_or(shape, shell, setting)
            case Sequence():
                self._sequence(shape, shell, setting)
            case Group():
                self._group(shape, shell, setting)

    def _and_or(self, shape: AndOr, shell: ShellState, setting: _Setting) -> None:
        first = len(self.found)
        hides = shape.operator == "||" and not self._gives_up(shape.right)
        self._walk(shape.left, shell, setting._replace(masked=True) if hides else setting)
        middle = len(self.found)
        # The right side of `||` may never have run.
        right = setting if shape.operator == "&&" else setting._replace(masked=True)
        self._walk(shape.right, shell, right)
        if shape.operator == "&&":
            self._put_before(first, middle)

    def _put_before(self, first: int, end: int) -> None:
        """Note that the commands from `end` on start only once those from `first` to there succeeded."""
        after = tuple(range(end, len(self.found)))
        for at in range(first, end):
            self.found[at] = replace(self.found[at], before=(*self.found[at].before, *after))

    def _sequence(self, shape: Sequence, shell: ShellState, setting: _Setting) -> None:
        last = len(shape.parts) - 1
        begun: list[tuple[int, int]] = []
        for at, part in enumerate(shape.parts):
            away = at in shape.background
            hidden = away or (at != last and not shell.stop_on_error)
            inner = setting if not hidden else setting._replace(masked=True, background=setting.background or away)
            first = len(self.found)
            self._walk(part, shell.inside() if away else shell, inner)
            if not hidden and at != last:
                begun.append((first, len(self.found)))
        for first, end in begun:
            self._put_before(first, end)

    def _pipe(self, shape: Pipe, shell: ShellState, setting: _Setting) -> None:
        feeder = setting.fed_by
        for at, part in enumerate(shape.parts):
            hidden = at != len(shape.parts) - 1 and not shell.pipe_fails
            first = len(self.found)
            # A compound command that only takes a pipe in is a loop over its lines; one that feeds it is a mixture.
            grouped = setting.grouped or not (isinstance(part, Simple) or (at == len(shape.parts) - 1 and at > 0))
            own = at_ends(setting.redirects, at == 0, at == len(shape.parts) - 1)
            masked = setting.masked or hidden
            inner = setting._replace(masked=masked, fed_by=feeder, grouped=grouped, redirects=own)
            self._walk(part, shell.inside(), inner)
            if len(self.found) > first and feeder is not None and at > 0:
                self.found[feeder] = replace(self.found[feeder], feeds=first)
            feeder = len(self.found) - 1 if len(self.found) > first else None

    def _group(self, group: Group, shell: ShellState, setting: _Setting) -> None:
        redirects, heredoc = self._redirects(group.redirects, shell)
        self.shared.groups[id(group)] = None if heredoc else redirects
        loose = group.kind in {"loop", "condition", "function"}
        setting = setting._replace(
            masked=setting.masked or loose or group.kind == "negated",
            looped=setting.looped or group.kind in {"loop", "function"},
            redirects=(*setting.redirects, *redirects),
            heredoc=heredoc or setting.heredoc,
            in_function=setting.in_function or group.kind == "function",
        )
        if group.variable is not None:
            first, over = self._items(group, shell, setting)
            shell.variables[text_of(group.variable, self._source)] = first
            setting = setting._replace(loop=over if first is not None else "")
        if group.kind == "loop":
            self._loop(group, shell, setting)
        else:
            self._walk(group.body, shell.inside() if group.kind == "subshell" else shell, setting)

    def _loop(self, group: Group, shell: ShellState, setting: _Setting) -> None:
        """Read the first turn of a loop; what it assigned is not what the last turn leaves."""
        before = dict(shell.variables)
        self._walk(group.body, shell, setting)
        changed = [name for name, value in shell.variables.items() if name not in before or before[name] != value]
        shell.variables.update(dict.fromkeys(changed))
        if group.variable is not None:
            shell.variables[text_of(group.variable, self._source)] = None
        shell.loop = ""

    def _items(self, group: Group, shell: ShellState, setting: _Setting) -> tuple[str | None, str]:
        """Give the first word that a `for` goes through, and what it goes over as written."""
        over = " ".join(text_of(item, self._source) for item in group.items)
        for item in group.items:
            known = resolve(item, self._source, shell.variables)
            if known is not None:
                return known, over
            if item.type in _SUBSTITUTIONS:
                first = len(self.found)
                self._reader(_inside(text_of(item, self._source))).read(
                    shell.inside(), setting._replace(masked=True, inner=True, fed_by=None)
                )
                listed = first_fed(self.found[first:][-1:], self.shared.names)
            else:
                found = self.shared.names(text_of(item, self._source).replace('"', ""), shell.folders, False)
                listed = found[0] if found else None
            if listed is not None:
                return listed, over
        return None, over

    def _gives_up(self, shape: Shape) -> bool:
        """Recognise `|| exit 1` and `|| false`: they keep the failure visible."""
        if isinstance(shape, Group):
            return self._gives_up(shape.body)
        if isinstance(shape, Sequence):
            return bool(shape.parts) and self._gives_up(shape.parts[-1])
        if not isinstance(shape, Simple):
            return False
        words = text_of(shape.node, self._source).split()
        return words[:1] == ["false"] or (words[:1] in (["exit"], ["return"]) and words[1:] != ["0"])

    def _simple(self, simple: Simple, shell: ShellState, setting: _Setting) -> None:
        node = simple.node
        self._substitutions(node, shell, setting)
        if node.type in ASSIGNMENTS:
            self._assign(node, shell)
            return
        argv, raw, prefix = self._words(simple, shell)
        own = [c for c in node.children if c.type in {"file_redirect", "herestring_redirect"}]
        redirects, heredoc = self._redirects([*own, *simple.redirects], shell)
        redirects = (*setting.redirects, *redirects)
        command = ShellCommand(
            argv=tuple(argv),
            raw=tuple(raw),
            env=(*shell.exported.items(), *prefix),
            folders=shell.folders,
            redirects=redirects,
            heredoc=heredoc or setting.heredoc,
            fed_by=None if setting.fed_by in shell.read_from else setting.fed_by,
            masked=setting.masked,
            stderr_hidden=any(r.descriptor == _ERR and r.target == "/dev/null" for r in redirects),
            background=setting.background,
            looped=setting.looped,
            inherited=len(setting.redirects),
            loop=setting.loop or shell.loop,
            inner=setting.inner,
            grouped=setting.grouped,
            in_function=setting.in_function,
        )
        nested = self._nested_text(command)
        if nested is not None:
            self._reader(take_heredocs(nested, self._bodies)).read(shell.inside(), setting)
            return
        if command.name == "read":
            self._take_in(command, shell)
            return
        self.shared.places[id(simple)] = len(self.found)
        self.found.append(command)
        take_effect(command, shell)

    def _take_in(self, command: ShellCommand, shell: ShellState) -> None:
        """Give the variable of `read` the first name that what feeds it lists."""
        fed_by = [] if command.fed_by is None else [self.found[command.fed_by]]
        shell.read_from |= set() if command.fed_by is None else {command.fed_by}
        first = first_fed(fed_by, self.shared.names) if command.looped else None
        operands = [w for w in command.argv[1:] if w and w.isidentifier()]
        for name in operands:
            shell.variables[name] = first if len(operands) == 1 else None
        if first is not None and fed_by:
            shell.loop = " ".join(fed_by[0].raw)

    def _nested_text(self, command: ShellCommand) -> str | None:
        """Give the text of `bash -c TEXT`, which is read as if it stood here."""
        if self._nesting >= _MAX_NESTING or not command.argv or not _SHELL.match(command.argv[0] or ""):
            return None
        for at, word in enumerate(command.argv[1:], start=1):
            if word is None or not word.startswith("-"):
                return None
            if "c" in word and not word.startswith("--"):
                return command.argv[at + 1] if at + 1 < len(command.argv) else None
        return None

    def _words(
        self, simple: Simple, shell: ShellState
    ) -> tuple[list[str | None], list[str], list[tuple[str, str | None]]]:
        argv: list[str | None] = []
        raw: list[str] = []
        prefix: list[tuple[str, str | None]] = []
        if simple.node.type == "test_command":
            return ["["], ["["], []
        before = 0
        for child in (*simple.node.children, *(w for r in simple.redirects for w in _words_behind(r))):
            if child.type == "variable_assignment":
                prefix.append(self._assignment(child, shell))
            elif child.is_named and not child.type.endswith("_redirect"):
                argv.append(resolve(child, self._source, shell.variables))
                raw.append(text_of(child, self._source))
                # The grammar drops an escaped blank between two pieces of one word.
                if before and b"\\" in self._source[before : child.start_byte].replace(b"\\\n", b""):
                    argv[-1] = None
                before = child.end_byte
        return argv, raw, prefix

    def _assignment(self, node: Node, shell: ShellState) -> tuple[str, str | None]:
        name = node.child_by_field_name("name")
        value = node.child_by_field_name("value")
        label = "" if name is None else text_of(name, self._source)
        if any(c.type == "+=" for c in node.children):
            return label, None
        return label, "" if value is None else resolve(value, self._source, shell.variables)

    def _assign(self, node: Node, shell: ShellState) -> None:
        if node.type == "variable_assignment":
            name, value = self._assignment(node, shell)
            shell.variables[name] = value
            if name in shell.exported:
                shell.exported[name] = value
            return
        exports = text_of(node, self._source).startswith("export")
        for child in node.children:
            if child.type == "variable_assignment":
                self._assign(child, shell)
                name, value = self._assignment(child, shell)
            elif child.type == "variable_name":
                name = text_of(child, self._source)
                value = shell.variables.get(name)
            else:
                continue
            if exports:
                shell.exported[name] = value

    def _redirects(self, nodes: list[Node], shell: ShellState) -> tuple[tuple[Redirect, ...], Heredoc | None]:
        found: list[Redirect] = []
        heredoc: Heredoc | None = None
        for node in nodes:
            if node.type == "herestring_redirect":
                words = [c for c in node.children if c.is_named]
                text = resolve(words[-1], self._source, shell.variables) if words else None
                heredoc = Heredoc(None if text is None else text + "\n", quoted=True)
                continue
            for redirect in self._file_redirect(node, shell):
                number = heredoc_number(redirect.target)
                if number is None or number >= len(self._bodies):
                    found.append(redirect)
                else:
                    heredoc = _heredoc(self._bodies[number], shell)
        return tuple(found), heredoc

    def _file_redirect(self, node: Node, shell: ShellState) -> list[Redirect]:
        given = ""
        operator = ""
        target: str | None = None
        for child in node.children:
            if child.type == "file_descriptor":
                given = text_of(child, self._source)
            elif not child.is_named:
                operator = child.type
            elif target is None:
                target = resolve(child, self._source, shell.variables)
        if operator in {"&>", "&>>"}:
            return [Redirect(_OUT, operator[1:], target), Redirect(_ERR, operator[1:], target)]
        default = 0 if operator.startswith("<") else _OUT
        return [Redirect(int(given) if re.fullmatch("[0-9]{1,3}", given) else default, operator, target)]

    def _substitutions(self, node: Node, shell: ShellState, setting: _Setting) -> None:
        """Collect the commands inside `$(…)`: they run first, their output goes into a word, their status is lost."""
        stack = list(node.children)
        while stack:
            child = stack.pop()
            if child.type in _SUBSTITUTIONS:
                if self._nesting < _MAX_NESTING:
                    inner = setting._replace(masked=True, inner=True, fed_by=None)
                    self._reader(_inside(text_of(child, self._source))).read(shell.inside(), inner)
            elif child.child_count:
                stack.extend(child.children)


def _inside(text: str) -> str:
    return text[1:-1] if text.startswith("`") else text[2:-1]


def _words_behind(redirect: Node) -> list[Node]:
    """Give the words after `< FILE`: the grammar counts them to the redirection, the shell to the command."""
    return [c for c in redirect.children if c.is_named and c.type != "file_descriptor"][1:]


def _heredoc(body: HeredocText, shell: ShellState) -> Heredoc:
    return Heredoc(body.text if body.quoted else expand_heredoc(body.text, shell.variables), body.quoted)
