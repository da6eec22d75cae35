"""The text that a command prints where the command line itself holds it: echo, printf, cat of what is known.

In     one command, the line it stands in, and what is known of files
Out    the text, or None where it depends on anything else
Never  runs anything; guesses what a program prints
"""

import re
from collections.abc import Callable

from skillstrata.distill.shell import ParsedShell, ShellCommand

Known = Callable[[str], str | None]

_SILENT = {":", "true"}
_ECHO_FLAGS = re.compile(r"-[neE]+\Z")
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{1,2}|0?[0-7]{1,3}|.)", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\\": "\\", '"': '"', "'": "'"}
_DIRECTIVE = re.compile(r"%(?:%|s|d|i)")
_MOST_PIPED = 8


def printed(command: ShellCommand, parsed: ParsedShell, known: Known, *, depth: int = 0) -> str | None:
    """Give what a command prints.

    Args:
        command: One command of `parsed`.
        parsed: The whole command line, for what is piped in.
        known: Gives a file's text by the word that names it, None where it is not known.
        depth: How many pipes were followed.
    """
    if command.looped or depth > _MOST_PIPED:
        return None
    if command.name == "cat":
        return _cat(command, parsed, known, depth)
    return said(command)


def fed(command: ShellCommand, parsed: ParsedShell, known: Known, *, depth: int = 0) -> str | None:
    """Give what a command reads on standard input."""
    if command.heredoc is not None:
        return command.heredoc.text
    given = command.target(0)
    if given is not None:
        return known(given.target) if given.operator == "<" and given.target else None
    if command.fed_by is None:
        return None
    return printed(parsed.commands[command.fed_by], parsed, known, depth=depth + 1)


def said(command: ShellCommand) -> str | None:
    """Give what `echo` or `printf` prints, None for other commands and for words that are not known."""
    words = [w for w in command.argv[1:] if w is not None]
    if len(words) != len(command.argv) - 1:
        return None
    if command.name == "echo":
        return _echoed(words)
    if command.name == "printf" and words and not words[0].startswith("-"):
        return _formatted(words[0], words[1:])
    return "" if command.name in _SILENT else None


def _cat(command: ShellCommand, parsed: ParsedShell, known: Known, depth: int) -> str | None:
    words = command.argv[1:]
    if not words:
        return fed(command, parsed, known, depth=depth)
    parts: list[str] = []
    for word in words:
        if word is None or (word.startswith("-") and word != "-"):
            return None
        part = fed(command, parsed, known, depth=depth) if word == "-" else known(word)
        if part is None:
            return None
        parts.append(part)
    return "".join(parts)


def _echoed(words: list[str]) -> str | None:
    flags = ""
    while words and _ECHO_FLAGS.match(words[0]):
        flags += words[0][1:]
        words = words[1:]
    text = " ".join(words)
    if "e" in flags:
        text = _unescaped(text)
    return text if "n" in flags else text + "\n"


def _formatted(form: str, words: list[str]) -> str | None:
    """Give what `printf` prints: the form is used again until the words are spent."""
    plain = _DIRECTIVE.sub("", form)
    if "%" in plain:
        return None
    parts = _DIRECTIVE.split(form)
    directives = _DIRECTIVE.findall(form)
    spent = 0
    printed_parts: list[str] = []
    while True:
        for text, directive in zip(parts, [*directives, ""], strict=True):
            printed_parts.append(_unescaped(text))
            if directive == "%%":
                printed_parts.append("%")
            elif directive:
                word = words[spent] if spent < len(words) else "" if directive == "%s" else "0"
                if directive != "%s" and not re.fullmatch(r"[+-]?\d+", word):
                    return None
                printed_parts.append(word)
                spent += 1
        if spent >= len(words) or all(d == "%%" for d in directives):
            return "".join(printed_parts)


def _unescaped(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        code = match.group(1)
        if code[0] == "x":
            return chr(int(code[1:], 16))
        if code[0].isdigit():
            return chr(int(code, 8))
        return _LETTERS.get(code, match.group(0))

    return _ESCAPE.sub(one, text)
