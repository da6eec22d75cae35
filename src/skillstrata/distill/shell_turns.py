"""Read the text that `xargs sh -c` or `find -exec sh -c` gives to a shell for its first file.

In     the commands of one line, the files a pattern stands for
Out    the same with the first turn of each mapping command, the inner commands in the place of a shell at the end
Never  makes up a file; opens a text that takes its file as `$1`
"""

from dataclasses import replace

from skillstrata.distill.loops import first_turns
from skillstrata.distill.shell import commands
from skillstrata.distill.shell_commands import Names, ParsedShell, Part, ShellCommand

_SHELLS = {"sh", "bash", "zsh", "dash"}
_WORDS = 3


def turns(parsed: ParsedShell, names: Names) -> ParsedShell:
    """Put the first turn in place of each command that starts another one for many files.

    Args:
        parsed: One command line.
        names: Gives the files that a pattern stands for.
    """
    turned = first_turns(parsed, names)
    last = turned.commands[-1] if turned.commands else None
    if last is None or turned is parsed or not last.loop or last.name not in _SHELLS or len(last.argv) != _WORDS:
        return turned
    text = last.argv[2] if last.argv[1] == "-c" else None
    inner = commands(text, names=names) if text else None
    if inner is None or not inner.commands or not inner.complete:
        return turned
    by = len(turned.commands) - 1
    moved = tuple(_moved(command, last, by) for command in inner.commands)
    lists = (*(tuple(_part(p, by) for p in parts) for parts in inner.lists), *turned.lists)
    return replace(turned, commands=(*turned.commands[:-1], *moved), lists=lists)


def _moved(command: ShellCommand, outer: ShellCommand, by: int) -> ShellCommand:
    return replace(
        command,
        folders=(*outer.folders, *command.folders),
        fed_by=None if command.fed_by is None else command.fed_by + by,
        feeds=None if command.feeds is None else command.feeds + by,
        before=tuple(at + by for at in command.before),
        masked=True,
        looped=True,
        loop=outer.loop,
    )


def _part(part: Part, by: int) -> Part:
    form = tuple(item + by if isinstance(item, int) else item for item in part.form)
    return replace(part, form=form, positions=tuple(at + by for at in part.positions))
