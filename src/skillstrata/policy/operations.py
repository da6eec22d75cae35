"""Does a call do what an operation such as `rm -rf` or `format C:` names?

In     the operation as somebody wrote it, and the commands of a call
Out    YES, MAYBE (only running it would tell) or NO
Never  compares beginnings of text: `rm -r -f`, `rm --recursive -fv`, `/bin/rm -fr`, `sudo rm -rf` are one operation
"""

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache

from skillstrata.policy.commands import SeenCommand, ShellView, is_interpreter, only_reads, program_name

_CLUSTER = re.compile(r"-[A-Za-z0-9]+")
_LONG_OF = {"r": "recursive", "R": "recursive", "f": "force", "v": "verbose", "n": "dry-run", "q": "quiet", "a": "all"}
_NOT_WORDS = frozenset("|&;<>()")


class Match(IntEnum):
    """How sure it is."""

    NO = 0
    MAYBE = 1
    YES = 2


@dataclass(frozen=True, slots=True)
class Operation:
    """A program, flags in any order and form, and words that come in this order, other words between them or not."""

    program: str
    flags: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    token: re.Pattern[str] = field(default=re.compile(""), compare=False)


def operation_of(words: Iterable[str]) -> Operation | None:
    """Give the operation of these words; None where they name no command."""
    told = tuple(words)
    name = program_name(told[0]) if told else ""
    if not name or any(word in _NOT_WORDS or not word for word in told):
        return None
    rest = told[1:]
    flags = tuple(word for word in rest if word.startswith("-") and word != "-")
    others = tuple(word.casefold() for word in rest if word not in flags)
    token = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", re.I)
    return Operation(name, flags, others, token)


@lru_cache(maxsize=1024)
def operation_named(text: str) -> Operation | None:
    """Read an operation as it is written in a file: `rm -rf`; None where it is no single command."""
    try:
        words = shlex.split(text, comments=False)
    except ValueError:
        return None
    if any(set(word) & _NOT_WORDS for word in words):
        return None
    return operation_of(words)


def does(operation: Operation, view: ShellView) -> Match:
    """Say whether any command of a call is this operation."""
    best = Match.MAYBE if view.opaque else Match.NO
    if operation.program not in view.words:
        return best
    for command in view.commands:
        best = max(best, _is(operation, command))
        if best is Match.YES:
            return best
    return best


def starts(words: tuple[str, ...], command: SeenCommand) -> bool:
    """Say whether a command is certainly the one of these words, for rules that allow.

    Its first words are these, every word of it is known, it sets no variable, writes no file by redirection, is named
    without a folder or with a system's, and is no interpreter.
    """
    if command.dynamic or command.inner or command.sets or command.writes or None in command.words:
        return False
    return is_plain_program(command, words[0]) and command.words[1 : len(words)] == words[1:]


def is_plain_program(command: SeenCommand, name: str) -> bool:
    """Say whether a command runs the program of this name as the system has it."""
    first = command.words[0] if command.words else None
    return first in {name, f"/bin/{name}", f"/usr/bin/{name}"} and not is_interpreter(command.program)


def _is(operation: Operation, command: SeenCommand) -> Match:
    program = command.program
    if program is None:
        return Match.MAYBE
    if program == operation.program:
        return _same(operation, command.words[1:])
    if command.inner or not command.words or only_reads(program):
        return Match.NO
    return Match.MAYBE if _mentions(operation, command.words[1:]) else Match.NO


def _same(operation: Operation, rest: tuple[str | None, ...]) -> Match:
    known = [word for word in rest if word is not None]
    if _flags_hold(operation.flags, known) and _in_order(operation.words, [word.casefold() for word in known]):
        return Match.YES
    return Match.MAYBE if len(known) < len(rest) else Match.NO


def _mentions(operation: Operation, rest: tuple[str | None, ...]) -> bool:
    """Say whether a program that may run others is handed this operation, as words or inside a text."""
    for at, word in enumerate(rest):
        if word is None:
            continue
        if program_name(word) == operation.program and _same(operation, rest[at + 1 :]) is not Match.NO:
            return True
        if not word.isalnum() and " " in word and operation.token.search(word) is not None:
            return True
    return False


def _in_order(wanted: tuple[str, ...], known: list[str]) -> bool:
    left = iter(known)
    return all(any(word == one for one in left) for word in wanted)


def _flags_hold(wanted: tuple[str, ...], known: list[str]) -> bool:
    if not wanted:
        return True
    letters = {letter for word in known if _CLUSTER.fullmatch(word) for letter in word[1:]}
    longs = [word[2:].partition("=")[0] for word in known if word.startswith("--") and len(word) > len("--")]
    return all(flag in known or _flag_holds(flag, letters, longs) for flag in wanted)


def _flag_holds(flag: str, letters: set[str], longs: list[str]) -> bool:
    if flag.startswith("--"):
        name = flag[2:].partition("=")[0]
        short = {letter for letter, long in _LONG_OF.items() if long == name}
        return bool(short & letters) or any(name.startswith(one) for one in longs)
    return all(_letter_holds(letter, letters, longs) for letter in flag[1:])


def _letter_holds(letter: str, letters: set[str], longs: list[str]) -> bool:
    long = _LONG_OF.get(letter)
    same = {one for one, name in _LONG_OF.items() if name == long} | {letter}
    return bool(same & letters) or (long is not None and any(long.startswith(one) for one in longs))
