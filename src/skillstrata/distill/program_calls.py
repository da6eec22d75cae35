"""Recognise a run of a Python program in a shell command: where its text stands, its arguments, its standard input.

In     one ShellCommand and the command line it stands in
Out    ProgramCall, or None where no authored program starts
Never  counts `python -m …`, test runners and other tools as programs of the agent
"""

import re
from dataclasses import dataclass, replace

from skillstrata.distill.printed_text import said
from skillstrata.distill.shell import ParsedShell, ShellCommand
from skillstrata.records.executions import BodyKind

NOT_LITERAL = "argv is not literal"
EXPANDED = "source never seen: the shell puts values into the program text"

_PYTHON = re.compile(r"(?:.*[/\\])?(?:python(?:\d(?:\.\d+)?)?|pypy3?|py)(?:\.exe)?$")
_WRAPPERS = {
    "env",
    "timeout",
    "gtimeout",
    "nice",
    "time",
    "nohup",
    "sudo",
    "command",
    "exec",
    "stdbuf",
    "ionice",
    "builtin",
}
_RUNNERS = {"poetry", "pipenv", "pdm", "rye", "hatch"}
_MAPPERS = {"xargs", "find", "parallel", "fd"}
_WRAPPER_WORD = re.compile(r"-.*|\d+(?:\.\d+)?[smhd]?$")
_UV_VALUES = frozenset(
    """
    --with --python -p --project --directory --env-file --extra --group --with-requirements --with-editable
    --index-url --index --package --cache-dir
    """.split()
)
_FLAG_VALUES = {"-X", "-W", "--check-hash-based-pycs"}
_SCRIPT_ENDS = (".py", ".pyw")


@dataclass(frozen=True, slots=True)
class StandardInput:
    """What a run reads on standard input: a file's word as written, or why it is not one."""

    path: str = ""
    gap: str = ""


@dataclass(frozen=True, slots=True)
class ProgramCall:
    """A run of a program. `script` is the path as written for a SCRIPT, `text` the program for the other kinds."""

    kind: BodyKind
    argv: tuple[str, ...] = ()
    script: str = ""
    text: str | None = None
    gap: str = ""
    needs_shebang: bool = False
    stdin: StandardInput = StandardInput()
    interpreter: str = ""


@dataclass(frozen=True, slots=True)
class _Words:
    """What is left of a command line, each word as known and as written."""

    known: tuple[str | None, ...]
    raw: tuple[str, ...]

    def after(self, count: int) -> "_Words":
        return _Words(self.known[count:], self.raw[count:])

    @property
    def first(self) -> str:
        return (self.known[0] or "") if self.known else ""

    def arguments(self) -> tuple[tuple[str, ...], str]:
        """Give the words as a tuple, as written where they are not known, and the gap that this leaves."""
        words = tuple(r if k is None else k for k, r in zip(self.known, self.raw, strict=True))
        return words, NOT_LITERAL if None in self.known else ""


def program_call(command: ShellCommand, parsed: ParsedShell) -> ProgramCall | None:
    """Recognise a program that the agent wrote.

    Args:
        command: One command of `parsed`.
        parsed: The whole command line, for what is piped in.
    """
    words = _unwrapped(_Words(command.argv, command.raw))
    if command.name in _MAPPERS:
        return _mapped(words)
    if _PYTHON.match(words.first):
        found = _python(words.after(1), command, parsed)
        return replace(found, interpreter=words.first) if found else None
    if words.first.endswith(_SCRIPT_ENDS) or words.first.startswith("./"):
        argv, gap = words.after(1).arguments()
        stdin = _standard_input(command, parsed)
        return ProgramCall(BodyKind.SCRIPT, argv, words.first, gap=gap, needs_shebang=True, stdin=stdin)
    return None


def _unwrapped(words: _Words) -> _Words:
    """Take off `timeout 30`, `env A=1`, `uv run --with x`, `poetry run`."""
    for _ in range(4):
        name = words.first.rsplit("/", 1)[-1]
        if name in _WRAPPERS:
            words = words.after(1)
            while words.known and (_WRAPPER_WORD.match(words.first) or (name == "env" and "=" in words.first)):
                words = words.after(1)
        elif name == "uv" and words.known[1:2] == ("run",):
            words = _uv(words.after(2))
        elif name in _RUNNERS and words.known[1:2] == ("run",):
            words = words.after(2)
        else:
            break
    return words


def _uv(words: _Words) -> _Words:
    while words.first.startswith("-"):
        if words.first in {"-m", "--module"}:
            return _Words((), ())
        if words.first in {"-s", "--script"}:
            return _Words(("python", *words.known[1:]), ("python", *words.raw[1:]))
        words = words.after(2 if words.first in _UV_VALUES else 1)
    if words.first.endswith(_SCRIPT_ENDS):
        return _Words(("python", *words.known), ("python", *words.raw))
    return words


def _mapped(words: _Words) -> ProgramCall | None:
    """Recognise a program that `xargs` or `find -exec` starts with words nobody wrote down."""
    for at, word in enumerate(words.known):
        if at and _PYTHON.match(word or ""):
            rest = words.after(at + 1)
            if not rest.first.startswith("-") and rest.first:
                return ProgramCall(BodyKind.SCRIPT, rest.after(1).arguments()[0], rest.first, gap=NOT_LITERAL)
            return ProgramCall(BodyKind.INLINE, rest.arguments()[0], gap=NOT_LITERAL) if "-c" in rest.known else None
    return None


def _python(words: _Words, command: ShellCommand, parsed: ParsedShell) -> ProgramCall | None:
    while words.known:
        word = words.known[0]
        if word is None or word == "-" or not word.startswith("-"):
            break
        if word in {"-m", "-V", "-VV", "--version", "-h", "--help"}:
            return None
        if not word.startswith("--") and word.endswith("c") and not word.startswith(("-X", "-W")):
            return _inline(words.after(1), command, parsed)
        if re.match(r"-[A-Za-z]*m\b", word) and not word.startswith(("-X", "-W")):
            return None
        words = words.after(2 if word in _FLAG_VALUES else 1)
    if not words.known or words.first == "-":
        return _from_stdin(words.after(1), command, parsed)
    argv, gap = words.after(1).arguments()
    stdin = _standard_input(command, parsed)
    if words.known[0] is None:
        return ProgramCall(BodyKind.SCRIPT, argv, "", gap=NOT_LITERAL, stdin=stdin)
    return ProgramCall(BodyKind.SCRIPT, argv, words.first, gap=gap, stdin=stdin)


def _inline(words: _Words, command: ShellCommand, parsed: ParsedShell) -> ProgramCall | None:
    if not words.known:
        return None
    argv, gap = words.after(1).arguments()
    text = words.known[0]
    gap = EXPANDED if text is None else gap
    return ProgramCall(BodyKind.INLINE, argv, text=text, gap=gap, stdin=_standard_input(command, parsed))


def _from_stdin(words: _Words, command: ShellCommand, parsed: ParsedShell) -> ProgramCall | None:
    argv, gap = words.arguments()
    if command.heredoc is not None:
        return _piped_text(command.heredoc.text, argv, gap)
    source = command.target(0)
    if source is not None:
        return ProgramCall(BodyKind.SCRIPT, argv, source.target or "", gap=gap if source.target else NOT_LITERAL)
    if command.fed_by is None:
        return None
    feeder = parsed.commands[command.fed_by]
    if feeder.name == "cat" and feeder.heredoc is not None:
        return _piped_text(feeder.heredoc.text, argv, gap)
    stdin = _standard_input(command, parsed)
    if stdin.path:
        return ProgramCall(BodyKind.SCRIPT, argv, stdin.path, gap=gap)
    text = said(feeder)
    gap = gap if text is not None else f"source never seen: it comes from {feeder.name or 'another command'}"
    return ProgramCall(BodyKind.HEREDOC, argv, text=text, gap=gap)


def _piped_text(text: str | None, argv: tuple[str, ...], gap: str) -> ProgramCall:
    return ProgramCall(BodyKind.HEREDOC, argv, text=text, gap=EXPANDED if text is None else gap)


def _standard_input(command: ShellCommand, parsed: ParsedShell) -> StandardInput:
    """Say what feeds a program whose text stands elsewhere."""
    if command.heredoc is not None:
        return StandardInput(gap="standard input is typed into the command")
    source = command.target(0)
    if source is not None:
        return StandardInput(source.target or "", "" if source.target else NOT_LITERAL)
    if command.fed_by is None:
        return StandardInput()
    feeder = parsed.commands[command.fed_by]
    operands = [w for w in feeder.argv[1:] if w != "-"]
    if feeder.name in {"cat", "type"} and len(operands) == 1 and operands[0] and not operands[0].startswith("-"):
        return StandardInput(operands[0])
    return StandardInput(gap=f"standard input comes from {feeder.name or 'another command'}")
