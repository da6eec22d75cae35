"""Recognise a run of a program in a shell command: its language, where its text stands, its arguments and input.

In     one ShellCommand and the command line it stands in
Out    ProgramCall, or None where no authored program starts
Never  counts test runners, servers and other tools as programs of the agent
"""

import re
import sys
from dataclasses import dataclass, replace

from skillstrata.distill.loops import MAPPERS
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
_SHELL = re.compile(r"(?:.*[/\\])?(?:bash|sh|zsh|dash|ksh)(?:\.exe)?$")
_NODE = re.compile(r"(?:.*[/\\])?(?:node|nodejs|bun|deno|tsx|ts-node)(?:\.exe|\.cmd)?$")
_NODE_TEXT = {"-e", "--eval", "-p", "--print", "-pe", "-ep", "eval"}
_NODE_VALUES = {"-r", "--require", "--import", "--loader", "-C", "--env-file", "--input-type", "-P", "--project"}
_PACKAGE_RUNNERS = {"npx", "bunx", "pnpx"}
_SCRIPT_RUNNERS = {"pnpm", "yarn", "npm"}
NODE_ENDS = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx")
SHELL_ENDS = (".sh", ".bash")
# Modules that are started as programs to make one file out of another.
_TRANSFORMING_MODULES = frozenset(
    """
    json.tool base64 gzip zipfile tarfile markdown markdown2 markdown_it markitdown mistune html2text docutils xlsx2csv
    pdfminer.high_level csvkit docx2txt pygments commonmark pymupdf fitz trafilatura pytesseract weasyprint cairosvg
    textract html2docx rst2pdf nbconvert
    """.split()
)
_AS_MODULE = 'import runpy\n\nrunpy.run_module({module!r}, run_name="__main__", alter_sys=True)\n'
_AS_FOREIGN = "import {top}\n"
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
    language: str = "python"


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
        command: One command of `parsed`, or the first turn of one that starts another many times.
        parsed: The whole command line, for what is piped in.
    """
    words = _unwrapped(_Words(command.argv, command.raw))
    if command.name in MAPPERS:
        return _mapped(words)
    first = words.first
    found: ProgramCall | None = None
    if _PYTHON.match(first):
        found = _python(words.after(1), command, parsed)
    elif _NODE.match(first):
        found = _node(words.after(1), command, parsed)
    elif _SHELL.match(first):
        found = _shell(words.after(1), command, parsed)
    elif first.endswith((*_SCRIPT_ENDS, *NODE_ENDS, *SHELL_ENDS)) or first.startswith("./"):
        argv, gap = words.after(1).arguments()
        stdin = _standard_input(command, parsed)
        return ProgramCall(BodyKind.SCRIPT, argv, first, gap=gap, needs_shebang=True, stdin=stdin)
    return replace(found, interpreter=first) if found else None


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
        elif name in _PACKAGE_RUNNERS or (name in _SCRIPT_RUNNERS and words.known[1:2] in {("exec",), ("dlx",)}):
            words = _packaged(words.after(1 if name in _PACKAGE_RUNNERS else 2))
        else:
            break
    return words


def _packaged(words: _Words) -> _Words:
    """Take off the options of `npx`; what follows is taken for a program where it is one that runs scripts."""
    while words.first.startswith("-"):
        words = words.after(2 if words.first in {"-p", "--package"} else 1)
    return words if _NODE.match(words.first) else _Words((), ())


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
        language = "python" if _PYTHON.match(word or "") else "node" if _NODE.match(word or "") else ""
        if at and language:
            rest = words.after(at + 1)
            if not rest.first.startswith("-") and rest.first:
                argv = rest.after(1).arguments()[0]
                return ProgramCall(BodyKind.SCRIPT, argv, rest.first, gap=NOT_LITERAL, language=language)
            inline = {"-c", *_NODE_TEXT} & set(rest.known)
            argv = rest.arguments()[0]
            return ProgramCall(BodyKind.INLINE, argv, gap=NOT_LITERAL, language=language) if inline else None
    return None


def _python(words: _Words, command: ShellCommand, parsed: ParsedShell) -> ProgramCall | None:
    while words.known:
        word = words.known[0]
        if word is None or word == "-" or not word.startswith("-"):
            break
        other_module = word != "-m" and re.match(r"-[A-Za-z]*m\b", word) and not word.startswith(("-X", "-W"))
        if other_module or word in {"-V", "-VV", "--version", "-h", "--help"}:
            return None
        if word == "-m":
            return _module(words.after(1), command, parsed)
        if not word.startswith("--") and word.endswith("c") and not word.startswith(("-X", "-W")):
            return _inline(words.after(1), command, parsed)
        words = words.after(2 if word in _FLAG_VALUES else 1)
    if not words.known or words.first == "-":
        return _from_stdin(words.after(1), command, parsed)
    argv, gap = words.after(1).arguments()
    stdin = _standard_input(command, parsed)
    if words.known[0] is None:
        return ProgramCall(BodyKind.SCRIPT, argv, "", gap=NOT_LITERAL, stdin=stdin)
    return ProgramCall(BodyKind.SCRIPT, argv, words.first, gap=gap, stdin=stdin)


def _module(words: _Words, command: ShellCommand, parsed: ParsedShell) -> ProgramCall | None:
    """Take `python -m json.tool` and its like for the program that would start that module."""
    if words.first not in _TRANSFORMING_MODULES or (
        len(words.known) == 1 and command.target(0) is None and command.fed_by is None
    ):
        return None
    argv, gap = words.after(1).arguments()
    text = _AS_MODULE.format(module=words.first)
    top = words.first.partition(".")[0]
    if top not in sys.stdlib_module_names:
        text = _AS_FOREIGN.format(top=top) + text
    return ProgramCall(BodyKind.INLINE, argv, text=text, gap=gap, stdin=_standard_input(command, parsed))


def _shell(words: _Words, command: ShellCommand, parsed: ParsedShell) -> ProgramCall | None:
    """Recognise a shell script, or commands piped into a shell; `-c` is read as a part of its line."""
    while words.first.startswith("-") and words.first not in {"-", "-s"}:
        if "c" in words.first and not words.first.startswith("--"):
            return None
        words = words.after(2 if words.first == "-o" else 1)
    if not words.known or words.first in {"-", "-s"}:
        found = _from_stdin(words.after(1), command, parsed)
        return replace(found, language="shell") if found is not None and (found.text or found.script) else None
    argv, gap = words.after(1).arguments()
    if words.known[0] is None:
        return None
    stdin = _standard_input(command, parsed)
    return ProgramCall(BodyKind.SCRIPT, argv, words.first, gap=gap, stdin=stdin, language="shell")


def _node(words: _Words, command: ShellCommand, parsed: ParsedShell) -> ProgramCall | None:
    """Recognise a script for node and its kin, `-e TEXT`, and text on standard input."""
    words = words.after(1) if words.first == "run" else words
    while words.known:
        word = words.known[0]
        if word is None or word == "-" or (not word.startswith("-") and word != "eval"):
            break
        if word in {"-v", "--version", "-h", "--help", "--test", "--check", "-c", "--watch"}:
            return None
        option, equals, text = word.partition("=")
        if option in _NODE_TEXT:
            rest = words.after(1) if not equals else _Words((text, *words.known[1:]), words.raw)
            found = _inline(rest, command, parsed)
            return _node_text(found, prints=option in {"-p", "--print", "-pe", "-ep"}) if found else None
        words = words.after(2 if option in _NODE_VALUES and not equals else 1)
    if not words.known or words.first == "-":
        found = _from_stdin(words.after(1), command, parsed)
        return replace(found, language="node") if found is not None else None
    if words.known[0] is not None and not words.first.endswith(NODE_ENDS):
        # `bun lint`, `deno fmt`: a task of the project.
        return None
    argv, gap = words.after(1).arguments()
    gap = NOT_LITERAL if words.known[0] is None else gap
    stdin = _standard_input(command, parsed)
    return ProgramCall(BodyKind.SCRIPT, argv, words.first, gap=gap, stdin=stdin, language="node")


def _node_text(found: ProgramCall, *, prints: bool) -> ProgramCall:
    """Write out what `node -p` does with its one expression."""
    text = (found.text or "").rstrip().rstrip(";")
    if prints and text and not set(";\n") & set(text):
        return replace(found, text=f"console.log({text})\n", language="node")
    return replace(found, language="node")


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
