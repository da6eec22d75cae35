"""The shapes of a command line that was read: its simple commands, and what surrounds each.

In     nothing
Out    ShellCommand and what it is made of; ParsedShell
"""

from collections.abc import Callable
from dataclasses import dataclass

# Gives the files that a pattern names, as the shell would spell them. The pattern, the `cd` targets in force, and
# whether folders below count as well.
Names = Callable[[str, tuple[str | None, ...], bool], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Redirect:
    """`2> err.txt` is descriptor 2, operator ">", target "err.txt"; a target that cannot be known is None."""

    descriptor: int
    operator: str
    target: str | None


@dataclass(frozen=True, slots=True)
class Heredoc:
    """Text given to a command on standard input. `text` is None when the shell puts unknown values into it."""

    text: str | None
    quoted: bool


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """One simple command. A word that cannot be known is None in `argv` and stands in `raw` as written.

    `folders` are the `cd` targets in force, applied in order to the folder of the whole call. `fed_by` and `feeds` are
    positions in the list of commands. `masked` says that the status of the whole does not show this one's failure.
    `before` are the positions of commands that start only once this one succeeded: after `&&`, or under `set -e`.
    The first `inherited` redirections are those of a group around it. `loop` says over what a loop goes, where its
    first turn is known; `inner` that the output becomes a word; `grouped` that it is a part of a part of a pipe;
    `in_function` that only a call of the function around it runs it.
    """

    argv: tuple[str | None, ...]
    raw: tuple[str, ...]
    env: tuple[tuple[str, str | None], ...] = ()
    folders: tuple[str | None, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    heredoc: Heredoc | None = None
    fed_by: int | None = None
    feeds: int | None = None
    masked: bool = False
    stderr_hidden: bool = False
    background: bool = False
    looped: bool = False
    before: tuple[int, ...] = ()
    inherited: int = 0
    loop: str = ""
    inner: bool = False
    grouped: bool = False
    in_function: bool = False

    @property
    def name(self) -> str:
        """Give the command's own name without its folder, "" where it is not known."""
        first = self.argv[0] if self.argv else None
        return (first or "").rsplit("/", 1)[-1]

    def target(self, descriptor: int) -> Redirect | None:
        """Give the redirection in force for a descriptor."""
        return next((r for r in reversed(self.redirects) if r.descriptor == descriptor), None)


# How a part of a command line is written: text between, positions of commands, redirections of groups.
Form = tuple[str | int | Redirect, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """What stands between two of `;`, `&&`, `||`: a command, a pipe or a group.

    `form` is () where it cannot be written from its commands. `operator` stands before it. `prints` counts the
    outputs that reach its own, `inner` the parts of a group. `together` says that its commands make one output or
    share one input and are one program; `file` is what a group's output is kept in.
    """

    form: Form
    positions: tuple[int, ...]
    operator: str
    prints: int = 1
    inner: int = 1
    together: bool = False
    file: str = ""


@dataclass(frozen=True, slots=True)
class ParsedShell:
    """The commands in order; `complete` is False when parts of the text were not understood.

    `lists` are its parts, those of the inside of a group before those of what holds the group.
    """

    commands: tuple[ShellCommand, ...]
    complete: bool
    lists: tuple[tuple[Part, ...], ...] = ()
