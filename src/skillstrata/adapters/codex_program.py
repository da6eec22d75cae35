"""A JavaScript program that calls tools -> the commands and patches that stand in it as literals.

    const r = await tools.exec_command({cmd: "ls", workdir: "/p"}); text(r.output);

In     the text of a program the agent wrote
Out    each `tools.exec_command` whose command is a literal (or a constant that holds one), each patch in a string
Never  runs anything; fails, whatever the text; makes up a command that is put together while the program runs
Why    a scan, not a parser: where the scan loses its way it finds less, and the program stays one call of its own
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from skillstrata.adapters.codex_patch import changes_of
from skillstrata.records.events import FileChange

MAX_PROGRAM = 2_000_000
MAX_COMMANDS = 200
_MAX_ARGUMENT = 5_000
_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
      |(?P<string>"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|`(?:[^`\\]|\\.)*+`)
      |(?P<name>[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)
      |(?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|.))", re.DOTALL)
_FILLED_IN = re.compile(r"(?:\A|[^\\])(?:\\\\)*\$\{")
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}
_LAST_CHARACTER = 0x10FFFF
_RUNS = frozenset({"tools.exec_command", "tools.shell", "tools.shell_command"})
_OPENS, _CLOSES = frozenset("([{"), frozenset(")]}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


@dataclass(frozen=True, slots=True)
class ProgramCommand:
    """A command the program runs, and the folder it names for it ("" where it names none)."""

    command: str | tuple[str, ...]
    workdir: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """What stands in a program: its commands in order, the files its patches change."""

    commands: tuple[ProgramCommand, ...] = ()
    changes: tuple[FileChange, ...] = ()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    value: str
    literal: str | None = None


def read_program(source: str) -> Program:
    """Scan a program.

    Args:
        source: The program; beyond 2 MB it is not looked at.
    """
    if len(source) > MAX_PROGRAM:
        return Program()
    tokens = list(_tokens(source))
    constants = _constants(tokens)
    runs = [at for at, token in enumerate(tokens[:-1]) if token.value in _RUNS and tokens[at + 1].value == "("]
    found = [_command(_argument(tokens, at + 1), constants) for at in runs[:MAX_COMMANDS]]
    commands = [command for command in found if command is not None]
    patches = [t.literal for t in tokens if t.literal is not None and "*** Begin Patch" in t.literal]
    return Program(tuple(commands), tuple(change for patch in patches for change in changes_of(patch)))


def _tokens(source: str) -> Iterator[_Token]:
    at = 0
    while at < len(source):
        if source.startswith("/*", at):
            end = source.find("*/", at)
            if end < 0:
                return
            at = end + 2
            continue
        match = _TOKEN.match(source, at)
        if match is None:
            return
        kind, value = match.lastgroup or "", match.group()
        at = match.end()
        if kind == "string":
            yield _Token(kind, "", _literal(value))
        elif kind == "mark" and value in {'"', "'", "`"}:
            # A quote nobody closes: what follows it on this line, or a template's whole rest, cannot be told.
            end = source.find("\n", at)
            if value == "`" or end < 0:
                return
            at = end
        elif kind != "space":
            yield _Token(kind, value)


def _literal(quoted: str) -> str | None:
    """Give what a string literal stands for, None for a template with something to fill in."""
    body = quoted[1:-1]
    if quoted[0] == "`" and _FILLED_IN.search(body):
        return None
    found = _ESCAPE.sub(_unescaped, body) if "\\" in body else body
    return _SURROGATE.sub("\ufffd", _PAIR.sub(_joined_pair, found))


def _unescaped(match: re.Match[str]) -> str:
    code = match.group(1) or match.group(2) or match.group(3)
    if code:
        return chr(min(int(code, 16), _LAST_CHARACTER))
    return _NAMED.get(match.group(4), match.group(4))


def _joined_pair(match: re.Match[str]) -> str:
    return match.group().encode("utf-16", "surrogatepass").decode("utf-16")


def _constants(tokens: list[_Token]) -> dict[str, str]:
    found: dict[str, str] = {}
    for word, name, sign, value in zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False):
        if word.value in {"const", "let", "var"} and sign.value == "=" and value.literal is not None:
            found[name.value] = value.literal
    return found


def _argument(tokens: list[_Token], opening: int) -> list[_Token]:
    """Give the tokens between a parenthesis and its partner."""
    depth = 0
    for at in range(opening, min(len(tokens), opening + _MAX_ARGUMENT)):
        value = tokens[at].value
        depth += (value in _OPENS) - (value in _CLOSES)
        if depth == 0:
            return tokens[opening + 1 : at]
    return []


def _command(argument: list[_Token], constants: dict[str, str]) -> ProgramCommand | None:
    fields = _fields(argument, constants)
    command = fields.get("cmd") or fields.get("command")
    workdir = fields.get("workdir", "")
    return ProgramCommand(command, workdir if isinstance(workdir, str) else "") if command else None


def _fields(argument: list[_Token], constants: dict[str, str]) -> dict[str, str | tuple[str, ...]]:
    """Read the members of an object literal whose values are literals."""
    found: dict[str, str | tuple[str, ...]] = {}
    if not argument or argument[0].value != "{":
        return found
    for member in _split(argument[1:-1]):
        key = member[0].literal if member[0].literal is not None else member[0].value
        value = _value(member[2:] if len(member) > 1 else member, constants)
        if value:
            found[key] = value
    return found


def _split(tokens: list[_Token]) -> Iterator[list[_Token]]:
    """Cut at the commas that stand in no inner bracket."""
    depth = 0
    part: list[_Token] = []
    for token in tokens:
        depth += (token.value in _OPENS) - (token.value in _CLOSES)
        if token.value == "," and depth == 0:
            if part:
                yield part
            part = []
        else:
            part.append(token)
    if part:
        yield part


def _value(tokens: list[_Token], constants: dict[str, str]) -> str | tuple[str, ...] | None:
    """Give a text, or an array of texts."""
    if not tokens or tokens[0].value != "[" or tokens[-1].value != "]":
        return _joined(tokens, constants)
    parts = [_joined(one, constants) for one in _split(tokens[1:-1])]
    words = tuple(part for part in parts if part is not None)
    return words if len(words) == len(parts) else None


def _joined(tokens: list[_Token], constants: dict[str, str]) -> str | None:
    """Give a literal, a known constant, or several of them joined by `+`."""
    texts = [constants.get(t.value) if t.kind == "name" else t.literal for t in tokens[::2]]
    stated = [one for one in texts if one is not None]
    is_sum = all(t.value == "+" for t in tokens[1::2])
    return "".join(stated) if is_sum and len(stated) == len(texts) else None
