"""The CommandParser port on the shell's grammar.

In     shell text of any kind
Out    every simple command of it, however deep, and whether the grammar understood all of it
Never  runs anything; gives the grammar a byte beyond plain text: some characters end the process in its scanner
"""

import re
from collections.abc import Iterator

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from skillstrata.adapters.shell_words import literal_of
from skillstrata.records.policies import ShellCommand, ShellText

MOST_CHARS = 64 * 1024
_MOST_NODES = 50_000
_MOST_DEPTH = 200
# The grammar takes time that grows with the square of a pipeline's length.
_MOST_PIPES = 1_000
_PLAIN = bytes(b if b in b"\t\n" or ord(" ") <= b <= ord("~") else ord("x") for b in range(256))
# White space to the grammar and letters to the shell, or the other way round.
_ODD = frozenset(chr(n) for n in range(32) if chr(n) not in "\t\n") | {"\x7f"}
_REDIRECTS = frozenset({"file_redirect", "heredoc_redirect", "herestring_redirect"})
_WRITING = frozenset({">", ">>", ">|", "&>", "&>>", "<>", ">&"})
_LIVE = frozenset(
    {"simple_expansion", "expansion", "command_substitution", "arithmetic_expansion", "process_substitution"}
)
# What the grammar hangs on a heredoc's opening: the rest of the line is no word of the command.
_AFTER = frozenset({"heredoc_start", "heredoc_end", "pipeline", "list", "command", "redirected_statement"})
# The grammar takes an escaped blank for a blank, and sees a comment where the shell sees commands.
_ESCAPED_BLANK = re.compile(r"\\[ \t]")
# A line goes on where the shell and the grammar agree only behind a word and a blank.
_GOES_ON = re.compile(r"\S[ \t]+\\\n")
_COMMANDS = frozenset({"command", "declaration_command", "unset_command", "test_command"})


class ShellGrammar:
    """Parses with the bash grammar; one parser for each text, so that threads do not share one."""

    def __init__(self) -> None:
        """Load the grammar."""
        self._language = Language(tree_sitter_bash.language())

    def parse(self, text: str) -> ShellText:
        """Give the commands of a text; what is too long or has odd characters counts as not understood."""
        if len(text) > MOST_CHARS or not _ODD.isdisjoint(text):
            return ShellText(parsed=False)
        try:
            source = text.encode()
        except UnicodeEncodeError:
            return ShellText(parsed=False)
        if _depth(text) > _MOST_DEPTH or text.count("|") > _MOST_PIPES:
            return ShellText(parsed=False)
        root = Parser(self._language).parse(source.translate(_PLAIN)).root_node
        found: list[ShellCommand] = []
        # `Node.parent` looks from the root on each time; the walk knows it.
        stack: list[tuple[Node, Node | None]] = [(root, None)]
        for _ in range(_MOST_NODES):
            if not stack:
                break
            node, above = stack.pop()
            stack.extend((child, node) for child in reversed(node.children))
            try:
                one = _Reading(source, node, above).command()
            except UnicodeDecodeError:
                # Where the grammar is lost it cuts a character in two.
                return ShellText(parsed=False, commands=tuple(found))
            if one is not None:
                found.append(one)
        return ShellText(not root.has_error and not stack and not _is_read_otherwise(text), tuple(found))


def _is_read_otherwise(text: str) -> bool:
    """Say whether a text has backslashes that the grammar does not read as the shell does."""
    if "\\" not in text:
        return False
    return _ESCAPED_BLANK.search(text) is not None or text.count("\\\n") != len(_GOES_ON.findall(text))


def _depth(text: str) -> int:
    """Give a bound of how deep things are nested, without parsing: deep trees take long to build."""
    return max(text.count("$("), text.count("${"), text.count("`") // 2, text.count("("), text.count("{"))


def _walk(root: Node) -> Iterator[Node]:
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


class _Reading:
    """One node, read as a command."""

    def __init__(self, source: bytes, node: Node, above: Node | None) -> None:
        self._source, self._node, self._above = source, node, above
        self._words: list[str | None] = []
        self._writes: list[str] = []
        self._assigns: list[str] = []
        self._stdin: str | None = None
        self._dynamic = False
        self._begins = self._ends = -1

    def command(self) -> ShellCommand | None:
        """Give the command that this node is; None for one that is part of another or none at all."""
        node, above = self._node, self._above
        outer = "" if above is None else above.type
        if node.type in _COMMANDS:
            self._read_command(node)
            if above is not None and outer == "redirected_statement":
                self._read_redirects(above)
        elif node.type == "variable_assignment" and outer not in {"command", "declaration_command"}:
            self._read_assignment(node)
        elif node.type == "for_statement":
            # The variable of a loop is set like any other: `for PATH in …`.
            name = node.child_by_field_name("variable")
            self._assigns.append(self._text(name) if name is not None else "?")
        elif node.type not in _REDIRECTS and not any(c.type in _COMMANDS for c in node.children):
            # A group, a list, a function: what it writes is a command of its own here.
            self._read_redirects(node)
            if not self._writes:
                return None
        else:
            return None
        return ShellCommand(tuple(self._words), tuple(self._writes), self._dynamic, tuple(self._assigns), self._stdin)

    def _text(self, node: Node) -> str:
        return self._source[node.start_byte : node.end_byte].decode()

    def _read_command(self, node: Node) -> None:
        for child in node.children:
            if child.type == "variable_assignment":
                self._read_assignment(child)
                if node.type == "declaration_command":
                    self._word(child)
            elif child.type in _REDIRECTS:
                self._redirect(child)
            elif node.type == "test_command":
                continue
            elif child.is_named or node.type in {"declaration_command", "unset_command"}:
                self._word(child)
            elif child.type not in {"(", ")"}:
                self._word(child)
        if node.type == "test_command":
            quoted = (one for one in _walk(node) if one.type in {"raw_string", "ansi_c_string"})
            self._words += ["[", *(literal_of(self._text(one)) for one in quoted)]

    def _word(self, node: Node) -> None:
        value = None if any(one.type in _LIVE for one in _walk(node)) else literal_of(self._text(node))
        if self._words and node.start_byte == self._ends:
            # The grammar cuts `''rm` in two; the shell does not.
            before = self._words.pop()
            value = None if before is None or value is None else self._joined(node)
        else:
            self._begins = node.start_byte
        self._ends = node.end_byte
        self._words.append(value)
        self._dynamic = self._dynamic or value is None

    def _joined(self, node: Node) -> str | None:
        return literal_of(self._source[self._begins : node.end_byte].decode())

    def _read_assignment(self, node: Node) -> None:
        name = node.child_by_field_name("name")
        self._assigns.append(self._text(name) if name is not None else "?")

    def _read_redirects(self, statement: Node) -> None:
        for child in statement.children:
            if child.type in _REDIRECTS:
                self._redirect(child)

    def _redirect(self, node: Node) -> None:
        if node.type == "heredoc_redirect":
            self._heredoc(node)
        elif node.type == "herestring_redirect":
            said = [c for c in node.children if c.is_named]
            value = literal_of(self._text(said[-1])) if said else None
            self._stdin, self._dynamic = value or "", self._dynamic or value is None
        elif any(c.type in _WRITING for c in node.children):
            self._target(node)

    def _heredoc(self, node: Node) -> None:
        for child in node.children:
            if child.type == "heredoc_body":
                self._stdin = self._text(child)
                self._dynamic = self._dynamic or any(one.type in _LIVE for one in _walk(child))
            elif child.type == "file_redirect":
                self._redirect(child)
            elif child.is_named and child.type not in _AFTER:
                # Words after `<<EOF` belong to the command.
                self._word(child)

    def _target(self, node: Node) -> None:
        place = node.child_by_field_name("destination")
        if place is None:
            # `>&-` closes.
            return
        joined = any(c.type == ">&" for c in node.children)
        if place.type == "number" and joined:
            return
        value = literal_of(self._text(place))
        self._writes.append(self._text(place) if value is None else value)
        self._dynamic = self._dynamic or value is None
